"""Step `reconcile`: the day proves itself. A check that fails stops the run; nothing of it is ever shown to anyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import yaml

from forbear.nightly.allocation import STAGES, day_capacity
from forbear.nightly.day import Day
from forbear.nightly.eligibility import OPEN
from forbear.nightly.queues import CURRENT, QUEUED, WITH_CASE
from forbear.nightly.reasons import reasons
from forbear.nightly.steps import Made, Reader, Step
from forbear.nightly.strategy import MESSAGES, actions

READS = (
    "queues/outcomes",
    "queues/queue",
    "queues/messages",
    "inputs/accounts",
    "inputs/statements",
    "inputs/positions",
    "inputs/entries",
    "ageing/ageing",
    "segment/units",
    "strategy/strategy",
    "eligibility/eligibility",
    "inputs/staff",
)
WRITTEN = (*MESSAGES, "letter")


class BrokenProof(RuntimeError):
    """The day does not tie; names the check, what was expected and what was found. Nothing may be committed."""

    def __init__(self, check: str, expected: Any, found: Any) -> None:
        self.check = check
        super().__init__(f"{check}: expected {expected}, found {found}")


Line = tuple[str, Any, Any, bool]  # check (code, or code:subject), expected, found, whether it holds


def run(reader: Reader, day: Day) -> Made:
    """Check the day line by line; raises BrokenProof at the first that fails."""
    frames = dict(zip(READS, reader.frames(*READS), strict=True))
    lines = []
    for line in _lines(reader, day, frames):
        check, expected, found, holds = line
        said = check_words(check)
        if not holds:
            raise BrokenProof(said["en"], expected, found)
        lines.append(
            {
                "id": check,
                "check": said["en"],
                "zh": said["zh"],
                "expected": str(expected),
                "found": str(found),
            }
        )
    columns = ("id", "check", "zh", "expected", "found")
    table = pa.Table.from_pylist(lines, pa.schema([(name, pa.string()) for name in columns]))
    rows = int(frames["queues/outcomes"].count().execute())
    return Made({"proof": table}, rows, table.num_rows, {"checks": lines})


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        Path(__file__).with_name("checks.yaml").read_text()
    )
    return found


def check_words(check: str) -> dict[str, str]:
    """Return the words of a check such as "capacity:sms" by language."""
    code, _, subject = check.partition(":")
    return {language: text.replace("{}", subject) for language, text in _words()[code].items()}


def _lines(reader: Reader, day: Day, frames: dict[str, Any]) -> Iterator[Line]:
    yield from _each_account_once(frames)
    yield from _balances(day, frames)
    yield from _one_step_per_unit(frames)
    yield from _eligible(day, frames)
    yield from _within_capacity(reader, day, frames)
    yield from _worded(frames)


def _same(check: str, expected: Any, found: Any) -> Line:
    return check, expected, found, expected == found


def _each_account_once(frames: dict[str, Any]) -> Iterator[Line]:
    outcomes, accounts = frames["queues/outcomes"], frames["inputs/accounts"]
    count = int(accounts.count().execute())
    yield _same("accounts", count, int(outcomes.count().execute()))
    yield _same("once", count, int(outcomes.account_id.nunique().execute()))
    yield _same("none_lost", 0, int(accounts.anti_join(outcomes, "account_id").count().execute()))
    by_outcome = outcomes.group_by("outcome").agg(n=ibis._.count())
    yield _same("outcomes_add_up", count, int(by_outcome.n.sum().execute() or 0))


def _balances(day: Day, frames: dict[str, Any]) -> Iterator[Line]:
    """Compare by bucket what the outcomes say is owed with the bank's own figures and entries, added up anew."""
    outcomes = frames["queues/outcomes"].select("account_id", "bucket", "total_minor", "past_due_minor")
    outcomes = outcomes.mutate(bucket=outcomes.bucket.cast("string"))
    ageing = frames["ageing/ageing"]
    figures = _bank_figures(day, frames).inner_join(outcomes.select("account_id", "bucket"), "account_id")
    wanted = _by_bucket(figures, "amount_minor")
    found = _by_bucket(outcomes, "total_minor")
    for bucket in sorted(found):
        yield _same(f"bucket_total:{bucket}", wanted.get(bucket, 0), found[bucket])
    yield _same("grand_total", sum(wanted.values()), sum(found.values()))
    aged = _by_bucket(ageing.mutate(bucket=ageing.bucket.cast("string")), "past_due_minor")
    yield _same("past_due", aged, _by_bucket(outcomes, "past_due_minor"))


def _by_bucket(frame: Any, column: str) -> dict[str, int]:
    found = (
        frame.group_by("bucket").agg(minor=frame[column].sum()).order_by("bucket").to_pyarrow().to_pylist()
    )
    return {row["bucket"]: int(row["minor"]) for row in found}


def _bank_figures(day: Day, frames: dict[str, Any]) -> Any:
    """Return signed amounts per account: the newest figure of the bank, then each entry booked after it, negated."""
    as_of = ibis.literal(day.as_of)
    statements, positions, entries = (
        frames[f"inputs/{name}"] for name in ("statements", "positions", "entries")
    )
    listed = positions.select("account_id", on="data_on", amount_minor="total_minor").mutate(order=1)
    billed = statements.select("account_id", on="statement_on", amount_minor="balance_minor").mutate(order=0)
    said = listed.union(billed).filter(ibis._.on <= as_of)
    newest = ibis.row_number().over(group_by=said.account_id, order_by=[said.on.desc(), said.order.desc()])
    base = said.mutate(place=newest).filter(ibis._.place == 0).select("account_id", "on", "amount_minor")
    since = entries.left_join(base.select("account_id", "on"), "account_id")
    since = since.filter(
        (since.booked_on <= as_of)
        & (since.value_on <= as_of)
        & (since.on.isnull() | (since.booked_on > since.on))
    )
    return base.select("account_id", "amount_minor").union(
        since.select("account_id", amount_minor=-since.amount_minor)
    )


def _one_step_per_unit(frames: dict[str, Any]) -> Iterator[Line]:
    outcomes, units = frames["queues/outcomes"], frames["segment/units"]
    leads = outcomes.filter(~outcomes.outcome.cast("string").isin([CURRENT, WITH_CASE]))
    yield _same(
        "one_lead",
        int(units.count().execute()),
        int(leads.count().execute()),
    )
    overdue = outcomes.filter(outcomes.past_due_minor > 0)
    yield _same(
        "only_current",
        int(outcomes.filter(outcomes.outcome.cast("string") != CURRENT).count().execute()),
        int(overdue.count().execute()),
    )
    for name, kinds in (("queue", QUEUED), ("messages", WRITTEN)):
        planned = outcomes.filter(outcomes.outcome.cast("string").isin(kinds))
        matched = planned.inner_join(
            frames[f"queues/{name}"].select(account_id="lead_account_id"), "account_id"
        )
        wanted = int(planned.count().execute())
        yield _same(
            f"one_row:{name}",
            wanted,
            int(frames[f"queues/{name}"].count().execute()),
        )
        yield _same(f"own_row:{name}", wanted, int(matched.count().execute()))


def _eligible(day: Day, frames: dict[str, Any]) -> Iterator[Line]:
    """Hold every contact against what the law step said of that unit and channel."""
    outcomes, units = (
        frames["queues/outcomes"],
        frames["segment/units"].select("unit", account_id="lead_account_id"),
    )
    judged = units.inner_join(frames["eligibility/eligibility"], "unit").inner_join(
        frames["strategy/strategy"], "unit"
    )
    judged = judged.inner_join(outcomes.select("account_id", "outcome"), "account_id")
    for action in actions(day):
        mine = judged.filter(judged.outcome.cast("string") == action)
        allowed = mine.filter(
            (mine[f"status_{action}"] == OPEN)
            & (mine.stop.cast("string") == "")
            & mine[f"candidate_{action}"]
        )
        yield _same(
            f"lawful:{action}",
            int(mine.count().execute()),
            int(allowed.count().execute()),
        )


def _within_capacity(reader: Reader, day: Day, frames: dict[str, Any]) -> Iterator[Line]:
    """Count anew what the outcomes use and hold it against capacity."""
    capacity = day_capacity(day, reader.table("inputs/staff"))
    limit = dict(zip(capacity.names, capacity.amounts.tolist(), strict=True))
    outcomes = frames["queues/outcomes"].mutate(kind=frames["queues/outcomes"].outcome.cast("string"))
    units = frames["segment/units"].select("stage", "city", account_id="lead_account_id")
    joined = outcomes.inner_join(units, "account_id")
    counted = joined.group_by("kind", "stage", "city").agg(n=ibis._.count()).to_pyarrow().to_pylist()
    minutes = day.policy("capacity/minutes_an_action")
    used = dict.fromkeys(limit, 0)
    for row in counted:
        if row["kind"] == "call":
            used[f"minutes_{row['stage']}"] += row["n"] * minutes[row["stage"]]
        elif row["kind"] == "visit":
            used[f"visit_{row['city']}"] = used.get(f"visit_{row['city']}", 0) + row["n"]
        elif row["kind"] in limit:
            used[row["kind"]] += row["n"]
    for name, amount in used.items():
        yield (
            f"capacity:{name}",
            f"at most {limit.get(name, 0):g}",
            amount,
            amount <= limit.get(name, 0),
        )
    queue = reader.table("queues/queue", ["user_id", "queue"])
    mine = queue.filter(pa.compute.is_in(queue["queue"], value_set=pa.array(STAGES)))
    _, cases = np.unique(np.asarray(mine["user_id"].drop_null()), return_counts=True)
    most, cap = int(cases.max(initial=0)), day.policy("capacity/caseload_max")
    yield "caseload", f"at most {cap}", most, most <= cap


def _worded(frames: dict[str, Any]) -> Iterator[Line]:
    used = set(frames["queues/outcomes"].reason.cast("string").to_pyarrow().unique().to_pylist())
    yield _same("worded", [], sorted(used - set(reasons())))


STEP = Step("reconcile", "Prove the day", "对账与自证", READS, run)
