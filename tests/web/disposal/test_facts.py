"""A write-off is a fact of ours: no file of the bank undoes it, the desk shows who says otherwise, nobody forgives it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from tests.web.cases.bank import Bank, day, moment
from tests.web.disposal.book import AT, ON, says_yes, written_off

from forbear.questions import ask
from forbear.web.cases import services
from forbear.web.cases.changes import after_facts_changed
from forbear.web.cases.models import CaseState
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.pursuit import left_of_write_offs
from forbear.web.credit import running
from forbear.web.credit.models import CreditLine
from forbear.web.disposal import selectors
from forbear.web.disposal.transfers import data_file
from forbear.web.disposal.write_offs.approval import ask_undo
from forbear.web.intake.services import BookedByUs, receive_file, reverse_batch
from forbear.web.ledger import services as ledger
from forbear.web.ledger.models import Difference, Reason
from forbear.web.people.models import Role
from forbear.web.portfolio.models import Account, LedgerEntry
from forbear.web.runs.snapshot import queries

pytestmark = pytest.mark.django_db
NEXT = moment("2026-06-03", "08:00:00")
LAW = "WO17-FORGIVE"


def file_says(account: Account, code: str, at=NEXT) -> None:
    """Let the bank's file of accounts come in with a state of this account; empty is in order."""
    row = f"{at:%Y%m%d},{account.account_no},{account.customer.customer_no},{code}"
    rows = f"数据日期,账户号,客户号,账户状态码\n{row}\n"
    batch = receive_file(f"CC_ACCT_{at:%Y%m%d}.csv", rows.encode(), user=None, at=at)
    assert (batch.state, batch.rows_applied) == ("applied", 1)


@pytest.fixture
def off(bank: Bank, late, lawyer):
    case, account = late
    return case, account, written_off(bank, case, lawyer)


def is_written_off(bank, account, settings, tmp_path, month="2026-06-30") -> str:
    """Return what the credit record says of the month."""
    settings.HOME = tmp_path
    run = running.run_month(running.begin(day(month), at=moment("2026-07-02"), by=None))
    return CreditLine.objects.get(run=run, account=account).letter


@pytest.mark.parametrize("code", ["正常", "冻结", "核销"])
def test_no_state_in_the_next_file_undoes_it(off, bank, settings, tmp_path, code):
    case, account, _held = off
    file_says(account, code)
    assert left_of_write_offs([case.pk]) == {case.pk: 2_000_000}
    (line,) = [row.split(",") for row in data_file.table([case], NEXT).splitlines()[1:]]
    assert line[-1] == "True"
    assert is_written_off(bank, account, settings, tmp_path) == "B"


@pytest.mark.parametrize(("on", "said"), [("2026-06-01", False), (ON, True), ("2026-06-30", True)])
def test_the_day_works_it_as_written_off_from_its_own_day(off, on, said):
    _case, account, _held = off
    with connection.cursor() as cursor:
        cursor.execute(queries("snapshot")["accounts"].format(mine="true"), {"as_of": day(on)})
        names = [column.name for column in cursor.description]
        rows = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    assert (rows[account.pk]["written_off"], rows[account.pk]["block_code"]) == (said, "")


def test_the_banks_state_stays_the_banks(off):
    _case, account, _held = off
    account.refresh_from_db()
    assert account.block_code == ""


def test_a_reversal_in_a_file_does_not_undo_it_and_what_we_booked_is_no_file(
    off, bank, lawyer, settings, tmp_path
):
    case, account, held = off
    ours = LedgerEntry.objects.get(entry_no=f"{held.number}-1")
    bank.pays(account, -ours.amount_minor, value="2026-06-03", kind="reversal", reverses=ours.entry_no)
    assert left_of_write_offs([case.pk]) == {case.pk: 2_000_000}
    with pytest.raises(BookedByUs):
        reverse_batch(batch=ours.batch, user=None, at=NEXT)
    assert [row.write_off for row in selectors.register()] == [held]
    assert is_written_off(bank, account, settings, tmp_path) == "B"


def test_the_files_screen_offers_no_reversal_of_what_we_booked(client, off, bank):
    operator = bank.person("wu", Role.ADMINISTRATOR)
    client.force_login(operator)
    batch = LedgerEntry.objects.get(entry_no__startswith=off[2].number).batch
    assert 'id="reverse"' not in client.get(reverse("file_batch", args=[batch.pk])).content.decode()
    client.post(reverse("file_reverse", args=[batch.pk]), {"sure": "yes"})
    batch.refresh_from_db()
    assert batch.state == "applied"


def test_a_file_that_does_not_know_it_comes_to_the_desk_once(off, bank, client, settings):
    _case, account, _held = off
    settings.FORBEAR_CLOCK_AT = NEXT
    bank.position(account, ON, principal=2_000_000)
    ledger.compare(data_on=day(ON), at=NEXT)
    assert not Difference.objects.filter(suggested=Reason.STATE).exists(), "the day itself cannot know it"
    for on in ("2026-06-03", "2026-06-04"):
        bank.position(account, on, principal=2_000_000)
        ledger.compare(data_on=day(on), at=moment(on))
    found = Difference.objects.get(suggested=Reason.STATE)
    assert (found.data_on, found.bank_state, found.ours_state, found.absolute_minor) == (
        day("2026-06-03"), "", "written_off", 0,
    )  # fmt: skip
    client.force_login(bank.lead)
    shown = client.get(reverse("ledger_difference", args=[found.pk])).content.decode()
    assert "已核销" in shown
    ledger.close(difference=found, reason=Reason.STATE, text="bank informed", by=bank.lead, at=NEXT)
    bank.position(account, "2026-06-05", principal=2_000_000)
    ledger.compare(data_on=day("2026-06-05"), at=moment("2026-06-05"))
    assert not Difference.objects.filter(suggested=Reason.STATE, closed_at=None).exists()


def test_the_difference_goes_when_the_file_knows_it_and_comes_back_when_the_file_forgets(off, bank):
    _case, account, _held = off

    def compared(on: str) -> list[str]:
        bank.position(account, on, principal=2_000_000)
        ledger.compare(data_on=day(on), at=moment(on))
        return [each.bank_state for each in Difference.objects.filter(suggested=Reason.STATE, closed_at=None)]

    file_says(account, "冻结", moment("2026-06-03"))
    assert compared("2026-06-03") == ["frozen"]
    file_says(account, "核销", moment("2026-06-04"))
    assert compared("2026-06-04") == []
    file_says(account, "冻结", moment("2026-06-05"))
    assert compared("2026-06-05") == ["frozen"]


def test_taken_back_while_the_file_still_says_it_is_a_difference_too(off, bank, lawyer):
    _case, account, held = off
    says_yes(ask_undo(held, reason="误核销", at=AT + timedelta(hours=1), by=lawyer), bank.lead)
    file_says(account, "核销")
    bank.position(account, "2026-06-03", principal=2_000_000)
    ledger.compare(data_on=day("2026-06-03"), at=NEXT)
    found = Difference.objects.get(suggested=Reason.STATE)
    assert (found.bank_state, found.ours_state) == ("written_off", "taken_back")


@pytest.mark.parametrize("to", [CaseState.CLOSED, CaseState.SETTLED])
def test_nobody_ends_the_case_while_something_of_it_is_left(off, bank, to):
    case, account, _held = off
    asked = {"act": "stop_pursuing_written_off_debt", "detail": "other", "as_of": ON}
    assert [r["rule"] for r in ask("conduct", asked)["reasons"] if r["effect"] == "refuse"] == [LAW]
    bank.pays(account, 1_999_999, value="2026-06-03", kind="recovery")
    with pytest.raises(CaseRefused, match="尽职追偿"):
        services.close_case(case, to=to, at=NEXT, by=bank.lead, why="核销了")
    bank.pays(account, 1, value="2026-06-03", kind="recovery")
    services.close_case(case, to=to, at=NEXT, by=bank.lead, why="已还清")
    assert case.state == to


def test_a_case_never_written_off_or_taken_back_is_closed_as_before(bank, late, lawyer):
    case, _account = late
    held = written_off(bank, case, lawyer)
    says_yes(ask_undo(held, reason="误核销", at=AT + timedelta(hours=1), by=lawyer), bank.lead)
    services.close_case(case, to=CaseState.CLOSED, at=NEXT, by=bank.lead, why="other")
    assert case.state == CaseState.CLOSED


def test_a_bank_that_bills_nothing_any_more_cures_nothing(off, bank):
    case, account, _held = off
    bank.statement(account, "2026-06-05", "2026-06-23", 0, 2_000_000)
    after_facts_changed(as_of=day("2026-06-06"), at=moment("2026-06-06"), case_ids=[case.pk])
    case.refresh_from_db()
    assert case.state != CaseState.CURED
    paid = bank.pays(account, 2_000_000, value="2026-06-07")
    after_facts_changed(as_of=day("2026-06-08"), at=moment("2026-06-08"), case_ids=[case.pk])
    case.refresh_from_db()
    assert case.state == CaseState.CURED
    assert left_of_write_offs([case.pk]) == {}
    bank.takes_back(paid, on="2026-06-09")
    assert left_of_write_offs([case.pk]) == {case.pk: 2_000_000}
