"""Rows set aside: corrected and replayed, or dropped with a reason."""

from __future__ import annotations

import pytest
from tests.web.intake.files import at, overdue, overdue_row, payment_row, payments

from forbear.channels import open_raw_row
from forbear.web.intake.models import RowIssue
from forbear.web.intake.services import NotOpen, drop_issue, replay_issue
from forbear.web.portfolio.models import StandingEntry, StandingPosition
from forbear.web.portfolio.vault import vault

pytestmark = pytest.mark.django_db
NOON = at("2026-11-24", "12:00")


def bad_total(receive):
    """Receive two rows, of which row 3 says a total that its parts do not make; return (batch, its issue)."""
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1), overdue_row(2, 欠款总额="9999.00")]))
    assert (batch.rows_applied, batch.rows_quarantined) == (1, 1)
    return batch, batch.issues.get(severity="error")


def test_a_corrected_row_is_applied_as_a_small_batch_tied_to_its_file(receive, person) -> None:
    batch, issue = bad_total(receive)
    cells = open_raw_row(bytes(issue.raw_row_cipher), vault()).cells
    done = replay_issue(
        issue=issue, corrected=cells | {"欠款总额": "1015.00"}, user=person("administrator"), at=NOON
    )
    assert (done.batch.replay_of, done.batch.rows_read, done.batch.rows_applied) == (batch, 1, 1)
    assert StandingPosition.objects.get(account__account_no="A000002").row_no == issue.row_no
    issue.refresh_from_db()
    assert (issue.resolution, issue.resolved_at, issue.replay_batch) == ("replayed", NOON, done.batch)


def test_a_correction_that_is_still_wrong_is_refused_with_the_reason(receive, person) -> None:
    _, issue = bad_total(receive)
    cells = open_raw_row(bytes(issue.raw_row_cipher), vault()).cells
    done = replay_issue(
        issue=issue, corrected=cells | {"欠款总额": "1,000元整"}, user=person("administrator"), at=NOON
    )
    assert done.batch is None
    assert done.problems[0]["message"]["zh"]
    assert StandingPosition.objects.count() == 1


def test_a_mistyped_account_number_of_a_payment_is_corrected(receive, person) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 99, "10.00")]))
    issue = paid.issues.get(severity="error")
    wrong = replay_issue(issue=issue, corrected={"account_no": "A000098"}, user=None, at=NOON)
    assert "A000098" in wrong.problems[0]["message"]["en"]
    replay_issue(issue=issue, corrected={"account_no": "A000001"}, user=None, at=NOON)
    assert StandingEntry.objects.get().account.account_no == "A000001"


def test_an_amount_cannot_be_corrected_by_hand_where_only_the_number_was_wrong(receive) -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 99, "10.00")]))
    with pytest.raises(ValueError, match="amount_minor"):
        replay_issue(
            issue=paid.issues.get(severity="error"), corrected={"amount_minor": "1"}, user=None, at=NOON
        )


def test_a_row_is_replayed_once(receive) -> None:
    _, issue = bad_total(receive)
    cells = open_raw_row(bytes(issue.raw_row_cipher), vault()).cells | {"欠款总额": "1015.00"}
    replay_issue(issue=issue, corrected=cells, user=None, at=NOON)
    with pytest.raises(NotOpen):
        replay_issue(issue=issue, corrected=cells, user=None, at=NOON)
    assert StandingPosition.objects.count() == 2


def test_a_row_is_dropped_only_with_a_reason_and_then_waits_no_more(receive, person) -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "10.00")]))
    issue = paid.issues.get(severity="error")
    with pytest.raises(ValueError, match="reason"):
        drop_issue(issue=issue, reason=" ", user=person("administrator"), at=NOON)
    drop_issue(issue=issue, reason="test entry of the bank", user=person("administrator"), at=NOON)
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(7)]))
    assert StandingEntry.objects.count() == 0
    assert RowIssue.objects.get(pk=issue.pk).resolution == "dropped"


def test_a_row_that_waited_and_now_conflicts_says_the_new_reason(receive) -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "10.00")]))
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    receive("CC_PAY_20261124_002.csv", payments([payment_row("T1", 1, "12.00")]))
    receive("CC_OVD_20261125_001.csv", overdue([overdue_row(7, on="20261125")]), moment=at("2026-11-25"))
    issue = paid.issues.get(severity="error")
    assert (issue.rule, issue.resolved_at) == ("entry_conflict", None)
