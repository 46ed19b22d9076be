"""Files in: what becomes of a file and of each of its rows."""

from __future__ import annotations

import pytest
from tests.web.intake.files import TEST_PEOPLE, at, overdue, overdue_row, payment_row, payments

from forbear.web.cases.models import Case
from forbear.web.intake.models import BatchState, ImportBatch, RowIssue
from forbear.web.intake.services import receive_file
from forbear.web.portfolio.models import Account, Customer, LedgerEntry, StandingEntry, StandingPosition

pytestmark = pytest.mark.django_db

MORNING = at("2026-11-24")


def receive(name: str, data: bytes, *, moment=MORNING, **named) -> ImportBatch:
    return receive_file(name, data, user=None, at=moment, options=TEST_PEOPLE, **named)


def test_an_overdue_list_brings_people_accounts_positions_and_cases() -> None:
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(n) for n in range(1, 6)]))
    assert batch.state == BatchState.APPLIED, batch.refusal
    assert (batch.rows_read, batch.rows_applied, batch.rows_quarantined) == (5, 5, 0), list(
        RowIssue.objects.values("rule", "message")
    )
    assert Customer.objects.count() == Account.objects.count() == StandingPosition.objects.count() == 5
    assert Case.objects.filter(closed_on=None, state="new").count() == 5


def test_the_same_file_twice_changes_nothing() -> None:
    data = overdue([overdue_row(1)])
    receive("CC_OVD_20261124_001.csv", data)
    again = receive("CC_OVD_20261124_001.csv", data)
    assert again.state == BatchState.DUPLICATE
    assert StandingPosition.objects.count() == Case.objects.count() == 1


def test_a_payment_for_an_unknown_account_waits_until_the_account_arrives() -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "200.00")]))
    assert (paid.rows_applied, paid.rows_quarantined) == (0, 1)
    assert RowIssue.objects.get(severity="error").rule == "unknown_account"
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(7)]))
    assert StandingEntry.objects.get().amount_minor == 20_000
    assert RowIssue.objects.get(severity="error").resolution == "replayed"
    assert LedgerEntry.objects.count() == 1
