"""The dunning ladder on the correctness sheet: late starters, part payments, back-dating, disputes, the same day twice."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.nightly.one import BALANCE, account, book, paid

from forbear.nightly import Day, Folder, put_snapshot, run_day
from forbear.packs import shared_packs

DUE = date(2026, 5, 1)
TODAY = DUE + timedelta(days=45)


def on(as_of: date) -> Day:
    return Day(as_of, as_of, shared_packs())


def ran(root: Path, as_of: date, *accounts: dict[str, Any], **more: list[dict[str, Any]]) -> Folder:
    folder = Folder(root / as_of.isoformat())
    put_snapshot(folder, book(*accounts, as_of=as_of, **more))
    run_day(folder.root, on(as_of))
    return folder


def rows(folder: Folder, name: str) -> list[dict[str, Any]]:
    return pa.parquet.read_table(folder.step_path("queues", name)).to_pylist()


def sent(level: int, last_on: date, customer: int = 1) -> dict[str, Any]:
    return {"customer_id": customer, "product": "credit_card", "level": level, "last_on": last_on}


@pytest.mark.parametrize(
    ("days", "dpd", "reason"),
    [
        (3, 0, "current"),  # three days of grace: a payment today would still be on time
        (4, 4, "friendly"),  # grace over, counted from the due date
        (5, 5, "notice_1"),  # 5/20/40: each level from its own day on
    ],
)
def test_the_first_message_follows_the_days_past_due(
    tmp_path: Path, days: int, dpd: int, reason: str
) -> None:
    folder = ran(tmp_path, DUE + timedelta(days=days), account(1, due_on=DUE))
    (row,) = rows(folder, "outcomes")
    assert (row["dpd"], row["reason"]) == (dpd, reason)


@pytest.mark.parametrize(
    ("days", "level_before", "expected"),
    [(19, 1, None), (20, 1, 2), (39, 2, None), (40, 2, 3), (41, 3, None)],
)
def test_each_level_is_due_on_its_day_and_once(
    tmp_path: Path, days: int, level_before: int, expected: int | None
) -> None:
    as_of = DUE + timedelta(days=days)
    folder = ran(
        tmp_path, as_of, account(1, due_on=DUE), notices=[sent(level_before, DUE + timedelta(days=5))]
    )
    levels = [row["level"] for row in rows(folder, "messages")]
    assert levels == ([] if expected is None else [expected])


def test_a_customer_first_seen_45_days_late_starts_at_the_first_notice(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE))
    assert [row["level"] for row in rows(folder, "messages")] == [1]


def test_the_next_notice_of_a_late_starter_waits_for_the_gap(tmp_path: Path) -> None:
    for waited, levels in ((6, []), (7, [2])):
        as_of = TODAY + timedelta(days=waited)
        folder = ran(tmp_path, as_of, account(1, due_on=DUE), notices=[sent(1, TODAY)])
        assert [row["level"] for row in rows(folder, "messages")] == levels


def test_a_part_payment_leaves_the_rest_past_due_and_the_notice_owed(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE, paid=[paid(DUE, 4_000)]))
    (row,) = rows(folder, "outcomes")
    assert (row["past_due_minor"], row["total_minor"]) == (6_000, 6_000)  # 100.00 - 40.00
    assert row["reason"] == "notice_1"


def test_a_payment_in_full_ends_the_notices(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE, paid=[paid(DUE, BALANCE)]))
    assert [row["outcome"] for row in rows(folder, "outcomes")] == ["current"]
    assert rows(folder, "messages") == []


def test_a_back_dated_payment_counts_once_it_is_booked(tmp_path: Path) -> None:
    late = account(1, due_on=DUE, paid=[paid(DUE, BALANCE, booked_on=TODAY + timedelta(days=1))])
    before = ran(tmp_path, TODAY, late)
    after = ran(tmp_path, TODAY + timedelta(days=1), late)
    assert [row["outcome"] for row in rows(before, "outcomes")] == ["sms"]
    assert [row["outcome"] for row in rows(after, "outcomes")] == ["current"]


def test_a_disputed_account_gets_no_notice_and_says_why(tmp_path: Path) -> None:
    hold = {"customer_id": 1, "product": "credit_card", "kind": "dispute"}
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE), holds=[hold])
    (row,) = rows(folder, "outcomes")
    assert (row["outcome"], row["reason"]) == ("hold", "hold_dispute")
    assert "CC11-69-DISPUTE" in row["rules"]


def test_a_debtor_reported_dead_on_the_account_is_held(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE, block_code="deceased"))
    assert [row["reason"] for row in rows(folder, "outcomes")] == ["hold_deceased"]


def test_the_second_card_of_a_customer_goes_with_the_first(tmp_path: Path) -> None:
    older = account(1, due_on=DUE, customer_id=7)
    newer = account(2, due_on=DUE + timedelta(days=20), customer_id=7)
    tables = book(older, newer, as_of=TODAY)
    folder = Folder(tmp_path / "two")
    put_snapshot(folder, {**tables, "customers": tables["customers"].slice(0, 1)})
    run_day(folder.root, on(TODAY))
    assert {row["account_id"]: row["outcome"] for row in rows(folder, "outcomes")} == {
        1: "sms",
        2: "with_case",
    }


def test_without_a_contact_point_the_reason_asks_for_one(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE, points=()))
    assert [row["reason"] for row in rows(folder, "outcomes")] == ["no_contact_point"]


def test_a_debtor_who_declined_texts_is_sent_none(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE, channels_off="sms"))
    assert [row["reason"] for row in rows(folder, "outcomes")] == ["declined"]


def test_an_account_with_an_agency_waits(tmp_path: Path) -> None:
    folder = ran(tmp_path, TODAY, account(1, due_on=DUE), placements=[{"account_id": 1, "agency": "A"}])
    assert [row["reason"] for row in rows(folder, "outcomes")] == ["with_agency"]


def test_four_runs_bring_every_account_to_its_level_and_the_last_adds_nothing(tmp_path: Path) -> None:
    accounts = [account(i, due_on=DUE) for i in range(1, 51)]
    history: dict[int, tuple[int, date]] = {}
    found = []
    for days in (5, 20, 40, 41):
        as_of = DUE + timedelta(days=days)
        notices = [sent(level, last_on, customer) for customer, (level, last_on) in sorted(history.items())]
        made = rows(ran(tmp_path, as_of, *accounts, notices=notices), "messages")
        history |= {row["customer_id"]: (row["level"], as_of) for row in made}
        found.append([row["level"] for row in made])
    assert found == [[1] * 50, [2] * 50, [3] * 50, []]
