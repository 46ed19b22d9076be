"""Step `queues`: one outcome per account with its reason, collectors' queues, message batches, roll rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.ledger import ABSENT, roll_rates
from forbear.nightly.allocation import STAGES
from forbear.nightly.assign import NOBODY, deal
from forbear.nightly.coded import Coded, Mask, codes_of, where_word
from forbear.nightly.day import Day
from forbear.nightly.messages import render, templates
from forbear.nightly.outcomes import unit_outcomes
from forbear.nightly.steps import Made, Reader, Step
from forbear.nightly.strategy import MESSAGES

READS = (
    "inputs/accounts",
    "intake/book",
    "ageing/ageing",
    "class/class",
    "segment/units",
    "strategy/strategy",
    "eligibility/eligibility",
    "scoring/scores",
    "allocation/allocation",
    "inputs/owners",
    "inputs/staff",
    "inputs/previous",
)
QUEUED = ("call", "visit", "legal")
ROLLS = (
    ("from_bucket", pa.string()),
    ("to_bucket", pa.string()),
    ("accounts", pa.int64()),
    ("balance_minor", pa.int64()),
)
CURRENT, WITH_CASE, NOT_OVERDUE = "current", "with_case", "not_overdue"


def run(reader: Reader, day: Day) -> Made:
    """Return the tables that the commit stores."""
    units = unit_outcomes(reader, day)
    outcomes = _outcomes(reader, units)
    queue = _queue(reader, day, units)
    messages = _messages(day, units)
    rolls = _rolls(reader)
    names, codes = codes_of(outcomes["outcome"])
    counts = dict(sorted(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True)))
    note = {
        "outcomes": {name: count for name, count in counts.items() if count},
        "queued": queue.num_rows,
        "unassigned": queue["user_id"].null_count,
        "messages": messages.num_rows,
    }
    made = {"outcomes": outcomes, "queue": queue, "messages": messages, "rolls": rolls}
    return Made(made, outcomes.num_rows, outcomes.num_rows, note)


def _outcomes(reader: Reader, units: pa.Table) -> pa.Table:
    """Spread the outcome of each unit over its accounts: the lead has it, overdue siblings go with the case."""
    accounts = reader.table("inputs/accounts", ["account_id", "customer_id"])
    book, ageing = reader.table("intake/book"), reader.table("ageing/ageing")
    account_id = np.asarray(accounts["account_id"])
    overdue = np.asarray(ageing["dpd"]) > 0
    unit_row = np.searchsorted(np.asarray(units["unit"]), np.asarray(book["unit"]))
    unit_row = np.minimum(unit_row, max(units.num_rows - 1, 0))
    lead = np.zeros(account_id.size, np.bool_)
    lead[np.searchsorted(account_id, np.asarray(units["lead_account_id"]))] = True
    spread = {
        "outcome": _spread(units, "outcome", unit_row, overdue, lead, CURRENT, WITH_CASE),
        "reason": _spread(units, "reason", unit_row, overdue, lead, CURRENT, WITH_CASE),
        "rules": _spread(units, "rules", unit_row, overdue, lead, "", ""),
        "segment": _spread(units, "segment", unit_row, overdue, overdue, NOT_OVERDUE, ""),
    }
    empty = ~lead
    table = {
        "account_id": accounts["account_id"],
        "customer_id": accounts["customer_id"],
        **spread,
        "dpd": ageing["dpd"],
        "bucket": ageing["bucket"],
        "bucket_cycles": ageing["bucket_cycles"],
        "risk_class": reader.table("class/class")["risk_class"],
        "past_due_minor": ageing["past_due_minor"],
        "total_minor": book["total_minor"],
    }
    for name in ("p_pay", "value"):
        column = np.asarray(units[name])[unit_row] if units.num_rows else np.zeros(account_id.size)
        table[name] = pa.array(np.where(empty, 0.0, column), mask=empty)
    return pa.table(table)


def _spread(
    units: pa.Table,
    name: str,
    unit_row: NDArray[np.int64],
    overdue: Mask,
    lead: Mask,
    otherwise: str,
    sibling: str,
) -> pa.Array:
    """Return a text column per account: the unit's for leads, `sibling` for other overdue ones, `otherwise` for the rest."""
    spread = Coded(unit_row.size, otherwise)
    spread.put(overdue, sibling)
    if units.num_rows:
        words, codes = codes_of(units[name])
        spread.take_over(lead, words, codes[unit_row])
    return spread.arrow()


def _queue(reader: Reader, day: Day, units: pa.Table) -> pa.Table:
    """Return the queued units with band, rank and collector."""
    rows = np.flatnonzero(where_word(units["outcome"], *QUEUED))
    chosen = units.take(pa.array(rows))
    kind = chosen["outcome"].to_numpy().astype(str)
    queue = np.where(kind == "call", chosen["stage"].to_numpy().astype(str), kind)
    value = np.asarray(chosen["value"])
    user = _assigned(reader, day, chosen, queue, value)
    bands = day.policy("capacity/bands")
    band = chosen["band"].to_numpy().astype(str)
    place = np.array([bands.index(name) for name in band], np.int64) if rows.size else np.zeros(0, np.int64)
    order = np.lexsort((np.asarray(chosen["unit"]), -value, place, user, queue))
    rank = np.zeros(rows.size, np.int64)
    keys = (
        np.char.add(np.char.add(queue[order], "/"), user[order].astype(str))
        if rows.size
        else np.zeros(0, str)
    )
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if rows.size else np.zeros(0, np.int64)
    rank[order] = np.arange(rows.size) - np.repeat(starts, np.diff(np.append(starts, rows.size))) + 1
    kept = chosen.select(
        ["unit", "customer_id", "product", "lead_account_id", "past_due_minor", "dpd", "waited_days", "p_pay"]
    )
    table = kept.append_column("queue", pa.array(queue)).append_column("band", pa.array(band))
    table = table.append_column("value", pa.array(value)).append_column("rank", pa.array(rank))
    return table.append_column("user_id", pa.array(user, mask=user == NOBODY))


def _assigned(
    reader: Reader, day: Day, chosen: pa.Table, queue: NDArray[Any], value: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Deal the calls of each stage to the collectors of its skill group."""
    staff = reader.table("inputs/staff")
    group, user = staff["skill_group"].to_numpy().astype(str), np.asarray(staff["user_id"])
    owner = _owners(reader, chosen)
    given = np.full(queue.size, NOBODY, np.int64)
    for stage in STAGES:
        mine = np.flatnonzero(queue == stage)
        given[mine] = deal(
            value=value[mine],
            owner=owner[mine],
            collectors=user[group == stage],
            caseload_max=day.policy("capacity/caseload_max"),
        )
    return given


def _owners(reader: Reader, chosen: pa.Table) -> NDArray[np.int64]:
    owners = reader.table("inputs/owners")
    known = dict(
        zip(
            zip(owners["customer_id"].to_pylist(), owners["product"].to_pylist(), strict=True),
            owners["user_id"].to_pylist(),
            strict=True,
        )
    )
    keys = zip(chosen["customer_id"].to_pylist(), chosen["product"].to_pylist(), strict=True)
    return np.array([known.get(key, NOBODY) for key in keys], np.int64)


def _messages(day: Day, units: pa.Table) -> pa.Table:
    """Return the planned messages with the text each would carry today."""
    chosen = units.take(pa.array(np.flatnonzero(where_word(units["outcome"], *MESSAGES, "letter"))))
    language = day.policy("messages/language")
    text = render(templates(day.packs), chosen, day=day, language=language)
    table = chosen.select(["unit", "customer_id", "product", "lead_account_id", "level"])
    table = table.append_column("channel", chosen["outcome"]).append_column("template", chosen["message"])
    table = table.append_column(
        "language", pa.array([language] * chosen.num_rows, pa.string()).dictionary_encode()
    )
    return table.append_column("text", text)


def _rolls(reader: Reader) -> pa.Table:
    """Return where each bucket of the previous run went, by count and by opening balance."""
    previous = reader.table("inputs/previous")
    if not previous.num_rows:
        return pa.table({name: pa.array([], kind) for name, kind in ROLLS})
    ageing = reader.table("ageing/ageing", ["account_id", "bucket"])
    bucket = ageing["bucket"].combine_chunks()
    names = tuple(bucket.dictionary.to_pylist())
    total = np.asarray(reader.table("intake/book", ["total_minor"])["total_minor"])
    now_id, then_id = np.asarray(ageing["account_id"]), np.asarray(previous["account_id"])
    every = np.union1d(now_id, then_id)
    closing, opening = np.full(every.size, ABSENT, np.int64), np.full(every.size, ABSENT, np.int64)
    owed, owes = np.zeros(every.size, np.int64), np.zeros(every.size, np.int64)
    at = np.searchsorted(every, now_id)
    closing[at], owes[at] = np.asarray(bucket.indices), total
    at = np.searchsorted(every, then_id)
    code = {name: index for index, name in enumerate(names)}
    was = previous["bucket"].combine_chunks().dictionary_encode()
    of = np.array([code[name] for name in was.dictionary.to_pylist()], np.int64)
    opening[at] = of[np.asarray(was.indices)]
    owed[at] = np.asarray(previous["total_minor"])
    found = roll_rates(
        opening, closing, buckets=names, opening_balance_minor=owed, closing_balance_minor=owes,
        settled=(opening >= 0) & (closing == 0) & (owes <= 0), open_cohort=True,
    )  # fmt: skip
    rows, columns = np.nonzero(found.counts)
    return pa.table(
        {
            "from_bucket": pa.array([found.rows[i] for i in rows], pa.string()),
            "to_bucket": pa.array([found.columns[i] for i in columns], pa.string()),
            "accounts": pa.array(found.counts[rows, columns]),
            "balance_minor": pa.array(found.balance_minor[rows, columns]),
        }
    )


STEP = Step("queues", "Fill queues and message batches", "生成队列与短信批次", READS, run)
