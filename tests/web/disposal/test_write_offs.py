"""A write-off is complete or refused, approved by others, posted, and changes nothing about what is owed or allowed."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from tests.web.cases.bank import day, moment
from tests.web.disposal.book import AT, PROOF, complete, demanded, says_yes, written_off

from forbear.questions import ask as ask_question
from forbear.web.cases import approvals, services
from forbear.web.cases.models import CaseState
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.pursuit import written_off as written_off_accounts
from forbear.web.contact import gate
from forbear.web.credit import running
from forbear.web.credit.models import CreditLine
from forbear.web.disposal import selectors
from forbear.web.disposal.machine import DisposalRefused, broken_at
from forbear.web.disposal.models import DisposalChange, WriteOff
from forbear.web.disposal.write_offs import approval, preparation, proofs
from forbear.web.ledger.models import Difference
from forbear.web.portfolio.models import LedgerEntry

pytestmark = pytest.mark.django_db


def test_what_is_missing_is_named_and_nothing_is_asked(late, lawyer):
    case, _account = late
    held = preparation.prepare(case, "pursued", at=AT, by=lawyer)
    assert proofs.missing(held, AT) == ["催收记录", "财产查询记录"]
    with pytest.raises(DisposalRefused, match="财产查询记录"):
        approval.ask(held, reason="无法收回", at=AT, by=lawyer)
    assert approval.lawful(held, AT, met=False)["answer"] == "unlawful"


@pytest.mark.parametrize(
    ("criterion", "lacks"),
    [
        ("pursued", []), ("court", ["执行已终结", "生效法律文书", "裁定书"]), ("deceased", ["债务人状态未登记", "死亡证明", "遗产清偿证明"]),
        ("bankrupt", ["债务人状态未登记", "破产终结裁定书"]), ("police", ["立案通知书"]),
    ],
)  # fmt: skip
def test_each_ground_asks_for_its_own(bank, late, lawyer, criterion, lacks):
    case, _account = late
    demanded(bank, case)
    held = preparation.prepare(case, criterion, at=AT, by=lawyer)
    if criterion == "pursued":
        proofs.add_proof(held, "search", PROOF, at=AT, by=lawyer)
    said = " ".join(proofs.missing(held, AT))
    assert all(each in said for each in lacks), said
    assert bool(said) == bool(lacks)


def test_an_open_difference_with_the_bank_keeps_the_ledger_from_proving(bank, late, lawyer):
    case, account = late
    held = complete(bank, case, lawyer)
    Difference.objects.create(
        account=account,
        data_on=day("2026-05-01"),
        bank_minor=[1],
        ours_minor=[2],
        absolute_minor=1,
        found_at=AT,
    )
    assert proofs.missing(held, AT) == ["账务分项明细无差异"]


def test_nobody_approves_their_own_and_two_agree_above_the_limit(bank, late, lawyer, keeper):
    case, account = late
    bank.position(account, "2026-06-01", principal=9_000_000)
    held = complete(bank, case, lawyer)
    asked = approval.ask(held, reason="无法收回", at=AT, by=lawyer)
    assert (asked.persons, asked.roles) == (2, ["manager", "compliance"])
    with pytest.raises(CaseRefused):
        approvals.answer(asked, yes=True, at=AT, by=lawyer)
    says_yes(asked, bank.lead)
    held.refresh_from_db()
    assert held.state == "asked"
    says_yes(asked, keeper)
    held.refresh_from_db()
    assert held.state == "posted"


def test_posted_it_moves_nothing_that_is_owed_and_the_case_stays(bank, late, lawyer):
    case, account = late
    before = total_owed_minor(case, AT.date())
    held = written_off(bank, case, lawyer)
    case.refresh_from_db()
    assert (total_owed_minor(case, AT.date()), case.state, case.closed_on) == (
        before,
        CaseState.ASSIGNED,
        None,
    )
    entry = LedgerEntry.objects.get(entry_no=f"{held.number}-1")
    assert (entry.kind, entry.amount_minor) == ("write_off", 2_000_000)
    assert written_off_accounts([account.pk]) == {account.pk}


@pytest.mark.parametrize(("clock", "allowed"), [("10:30:00", True), ("22:00:00", False)])
def test_it_is_pursued_on_under_the_same_law(bank, late, lawyer, clock, allowed):
    case, _account = late
    point = bank.number(case.customer, "10013800009")
    written_off(bank, case, lawyer)
    reply = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=bank.collector,
        at=moment("2026-06-03", clock), extra_facts={"recording": True},
    )  # fmt: skip
    assert reply.allowed is allowed
    law = ask_question(
        "conduct", {"act": "stop_pursuing_written_off_debt", "detail": "other", "as_of": "2026-06-03"}
    )
    assert law["answer"] == "unlawful"


def test_what_comes_in_since_is_recovery_and_what_is_taken_back_is_not(bank, late, lawyer):
    case, account = late
    bank.pays(account, 50_000, value="2026-05-20")
    held = written_off(bank, case, lawyer)
    paid = bank.pays(account, 300_000, value="2026-06-10")
    bank.pays(account, 200_000, value="2026-06-11", kind="recovery")
    assert selectors.recovered([held]) == {held.pk: 500_000}
    bank.takes_back(paid, on="2026-06-12")
    (row,) = selectors.register()
    assert (row.recovered_minor, row.left_minor) == (200_000, 1_950_000 - 200_000)


def test_the_register_reports_it_as_bad_debt(bank, late, lawyer, settings, tmp_path):
    settings.HOME = tmp_path
    case, account = late
    written_off(bank, case, lawyer)
    run = running.run_month(running.begin(day("2026-06-30"), at=moment("2026-07-02"), by=None))
    assert CreditLine.objects.get(run=run, account=account).letter == "B"


def test_a_payment_since_makes_it_stale(bank, late, lawyer):
    case, account = late
    held = complete(bank, case, lawyer)
    asked = approval.ask(held, reason="无法收回", at=AT, by=lawyer)
    bank.pays(account, 100, value="2026-06-02")
    with pytest.raises(DisposalRefused):
        approvals.answer(asked, yes=True, at=AT, by=bank.lead)
    assert not LedgerEntry.objects.filter(kind="write_off").exists()


def test_declined_it_can_be_prepared_again(bank, late, lawyer):
    case, _account = late
    held = complete(bank, case, lawyer)
    asked = approval.ask(held, reason="无法收回", at=AT, by=lawyer)
    with pytest.raises(DisposalRefused):
        preparation.prepare(case, "pursued", at=AT, by=lawyer)
    approvals.answer(asked, yes=False, reason="继续催收", at=AT, by=bank.lead)
    assert WriteOff.objects.get(pk=held.pk).state == "declined"
    assert preparation.prepare(case, "pursued", at=AT, by=lawyer).number != held.number


def test_a_mistaken_one_is_reversed_with_approval(bank, late, lawyer):
    case, account = late
    held = written_off(bank, case, lawyer)
    says_yes(approval.ask_undo(held, reason="误核销", at=AT, by=lawyer), bank.lead)
    held.refresh_from_db()
    assert (held.state, written_off_accounts([account.pk])) == ("undone", set())
    assert total_owed_minor(case, AT.date()) == 2_000_000
    assert selectors.register() == []


def test_who_may_not_and_what_may_not(bank, late, lawyer):
    case, _account = late
    with pytest.raises(DisposalRefused):
        preparation.prepare(case, "pursued", at=AT, by=bank.collector)
    with pytest.raises(DisposalRefused):
        preparation.prepare(case, "mood", at=AT, by=lawyer)
    held = preparation.prepare(case, "pursued", at=AT, by=lawyer)
    for proof, content in (("ledger", PROOF), ("search", b"MZ")):
        with pytest.raises(DisposalRefused):
            proofs.add_proof(held, proof, content, at=AT, by=lawyer)
    services.close_case(case, to=CaseState.SETTLED, at=AT, by=bank.lead, why="paid")
    with pytest.raises(DisposalRefused):
        preparation.prepare(case, "pursued", at=AT, by=lawyer)


def test_what_was_done_is_chained_and_never_changed(bank, late, lawyer):
    held = written_off(bank, late[0], lawyer)
    assert broken_at(held) is None
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DisposalChange.objects.update(why="x")
