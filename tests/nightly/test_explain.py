"""Why an account got its outcome, told from what the steps wrote."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from forbear.nightly import Day, Folder, explain_account


def first(ran: Folder, outcome: str) -> dict[str, object]:
    rows = pq.read_table(ran.step_path("queues", "outcomes")).to_pylist()
    return next(row for row in rows if row["outcome"] == outcome)


def test_a_call_is_explained_by_its_worth_and_what_its_minutes_are_worth_elsewhere(
    ran: Folder, day: Day
) -> None:
    found = explain_account(ran, day, first(ran, "call")["account_id"])
    assert found is not None
    assert found.chosen == "call"
    call = next(each for each in found.weighed if each.action == "call")
    assert call.reason == "chosen"
    assert len(found.score) == 3
    assert 0 < found.p_pay < 1


def test_a_hold_shows_the_rules_that_refuse(ran: Folder, day: Day) -> None:
    rows = pq.read_table(ran.step_path("queues", "outcomes")).to_pylist()
    held = next(row for row in rows if row["reason"] == "hold_plan")
    found = explain_account(ran, day, held["account_id"])
    assert found is not None
    assert found.stop == "hold_plan"
    assert "CC11-70-STOP" in next(each for each in found.weighed if each.action == "call").rules


def test_the_prices_explain_why_another_step_was_not_taken(ran: Folder, day: Day) -> None:
    found = explain_account(ran, day, first(ran, "letter")["account_id"])
    assert found is not None
    reasons = {each.action: each.reason for each in found.weighed}
    assert reasons["letter"] == "chosen"
    assert reasons["call"] in {"priced_out", "second_best", "capacity", "no_point"}


def test_an_account_that_owes_nothing_past_due_needs_no_explanation(ran: Folder, day: Day) -> None:
    assert explain_account(ran, day, first(ran, "current")["account_id"]) is None


def test_an_account_of_another_book_is_not_known(ran: Folder, day: Day) -> None:
    with pytest.raises(LookupError):
        explain_account(ran, day, 10_000_000)
