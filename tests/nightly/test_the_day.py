"""The day as a whole: every account exactly one outcome, and it proves itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from forbear.nightly import STEPS, BadSnapshot, BrokenProof, Day, Folder, reasons
from forbear.nightly import reconcile as reconcile_step
from forbear.nightly.steps import Reader
from forbear.packs import NoLawInForce


def outcomes(folder: Folder) -> list[dict[str, object]]:
    return pa.parquet.read_table(folder.step_path("queues", "outcomes")).to_pylist()


def test_each_account_has_exactly_one_outcome_with_a_reason_in_both_languages(ran: Folder) -> None:
    rows = outcomes(ran)
    assert len(rows) == len({row["account_id"] for row in rows}) == 600
    assert {row["reason"] for row in rows} <= set(reasons())
    assert all(words["en"] and words["zh"] for words in reasons().values())


def test_the_outcomes_cover_every_kind_that_a_day_knows(ran: Folder) -> None:
    kinds = {row["outcome"] for row in outcomes(ran)}
    assert {"call", "sms", "letter", "hold", "wait", "current", "with_case"} <= kinds


def test_a_sibling_goes_with_the_case_and_only_one_account_leads(ran: Folder) -> None:
    by_customer: dict[object, list[object]] = {}
    for row in outcomes(ran):
        if row["dpd"]:
            by_customer.setdefault(row["customer_id"], []).append(row["outcome"])
    assert all(len([o for o in each if o != "with_case"]) == 1 for each in by_customer.values())
    assert any(len(each) > 1 for each in by_customer.values())


def test_nobody_is_contacted_under_a_hold(ran: Folder, snapshot: dict[str, pa.Table]) -> None:
    held = set(snapshot["holds"]["customer_id"].to_pylist())
    assert {row["outcome"] for row in outcomes(ran) if row["customer_id"] in held} <= {
        "hold",
        "current",
        "with_case",
    }


def test_a_hold_names_the_rules_that_forbid_contact(ran: Folder) -> None:
    plans = [row for row in outcomes(ran) if row["reason"] == "hold_plan"]
    assert plans
    assert all("CC11-70-STOP" in str(row["rules"]) for row in plans)


def test_an_open_promise_is_waited_for(ran: Folder) -> None:
    waiting = [row for row in outcomes(ran) if row["reason"] == "promise_open"]
    assert waiting
    assert {row["outcome"] for row in waiting} == {"wait"}


def test_a_broken_promise_leads_the_queue_of_its_collector(ran: Folder) -> None:
    queue = pa.parquet.read_table(ran.step_path("queues", "queue")).to_pylist()
    bands = list(_bands_in_order(queue))
    assert bands == sorted(bands, key=lambda pair: pair[0])


def _bands_in_order(queue: list[dict[str, object]]) -> list[tuple[tuple[object, object, int], str]]:
    order = ["broken_promise", "waiting", "high_value", "fresh", "best_value"]
    called = [row for row in queue if row["queue"] not in ("visit", "legal")]
    ranked = sorted(called, key=lambda row: (row["queue"], row["user_id"] or 0, row["rank"]))
    return [((r["queue"], r["user_id"] or 0, order.index(str(r["band"]))), str(r["band"])) for r in ranked]


def test_ranks_count_from_one_in_each_queue_of_each_person(ran: Folder) -> None:
    queue = pa.parquet.read_table(ran.step_path("queues", "queue")).to_pylist()
    ranks: dict[object, list[int]] = {}
    for row in queue:
        ranks.setdefault((row["queue"], row["user_id"]), []).append(int(row["rank"]))
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in ranks.values())


def test_the_proof_lists_each_check_with_what_was_found(ran: Folder) -> None:
    lines = pa.parquet.read_table(ran.step_path("reconcile", "proof")).to_pylist()
    checks = {line["check"] for line in lines}
    assert "accounts in = outcomes out" in checks
    assert "total of all buckets = positions and ledger" in checks
    assert "every call is lawful and on the ladder" in checks
    assert "minutes_early within capacity" in checks


@pytest.mark.parametrize(
    ("table", "damage", "check"),
    [
        ("outcomes", lambda t: t.slice(1), "accounts in = outcomes out"),
        (
            "outcomes",
            lambda t: pa.concat_tables([t.slice(1), t.slice(0, 0), t.slice(1, 1)]),
            "exactly one outcome",
        ),
        ("outcomes", lambda t: _shifted(t, "total_minor"), "total of M"),
        ("outcomes", lambda t: _shifted(t, "past_due_minor"), "past due by bucket"),
        ("messages", lambda t: t.slice(1), "messages: one row for each outcome"),
    ],
)
def test_a_broken_proof_stops_the_day_by_name(
    ran: Folder, day: Day, tmp_path: object, table: str, damage: Callable[[pa.Table], pa.Table], check: str
) -> None:
    path = ran.step_path("queues", table)
    whole = path.read_bytes()
    try:
        pa.parquet.write_table(damage(pa.parquet.read_table(path)), path)
        with pytest.raises(BrokenProof, match=check):
            reconcile_step.run(Reader(ran, reconcile_step.READS), day)
    finally:
        path.write_bytes(whole)


def _shifted(table: pa.Table, column: str) -> pa.Table:
    """Move one fen on one account."""
    values = np.asarray(table[column]).copy()
    values[3] += 1
    return table.set_column(table.column_names.index(column), column, pa.array(values))


def test_a_contact_that_the_law_step_refused_breaks_the_proof(ran: Folder, day: Day) -> None:
    path = ran.step_path("queues", "outcomes")
    whole = path.read_bytes()
    try:
        table = pa.parquet.read_table(path)
        words = table["outcome"].cast(pa.string()).to_pylist()
        words[words.index("hold")] = "call"
        pa.parquet.write_table(table.set_column(2, "outcome", pa.array(words)), path)
        with pytest.raises(BrokenProof):
            reconcile_step.run(Reader(ran, reconcile_step.READS), day)
    finally:
        path.write_bytes(whole)


def test_before_any_law_on_contact_the_day_does_not_run(run: Callable[..., Folder], day: Day) -> None:
    with pytest.raises(NoLawInForce):
        run(replace(day, law_on=date(2005, 10, 1)))


def test_a_snapshot_that_does_not_hold_together_is_refused(
    run: Callable[..., Folder], snapshot: dict[str, pa.Table]
) -> None:
    accounts = snapshot["accounts"]
    with pytest.raises(BadSnapshot, match="repeat an account_id"):
        run(accounts=pa.concat_tables([accounts, accounts.slice(0, 1)]))
    with pytest.raises(BadSnapshot, match="not in customers"):
        run(customers=snapshot["customers"].slice(1))
    with pytest.raises(BadSnapshot, match="not in accounts"):
        run(accounts=accounts.slice(1))


def test_those_who_wait_longest_get_a_human_contact(ran: Folder, day: Day) -> None:
    allocation = pa.parquet.read_table(ran.step_path("allocation", "allocation"))
    waiting = allocation.filter(allocation["waiting"])
    assert waiting.num_rows
    assert set(waiting["action"].cast(pa.string()).to_pylist()) <= {"call", "visit"}
    longest = pc.max(waiting["waited_days"]).as_py()
    assert longest >= day.policy("capacity/waiting_days_max")


def test_the_steps_have_the_names_that_screens_and_files_use() -> None:
    assert [step.id for step in STEPS] == [
        "intake", "ageing", "class", "segment", "strategy", "eligibility", "scoring", "allocation", "queues", "reconcile",
    ]  # fmt: skip
    assert all(step.en and step.zh for step in STEPS)


def test_the_notes_are_plain_json(ran: Folder) -> None:
    for step in STEPS:
        manifest = ran.manifest(step.id)
        assert manifest is not None
        assert json.loads(json.dumps(manifest.note)) == manifest.note
