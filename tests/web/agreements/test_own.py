"""What a debtor agrees alone: at once within what policy leaves to the own page, after a yes above it, never with a colleague's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.web.agreements.conftest import AT, know, terms
from tests.web.cases.bank import Bank, moment

from forbear.web.agreements import options, own, plans
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan
from forbear.web.cases import approvals
from forbear.web.cases.models import Approval, Case, Promise
from forbear.web.cases.opening import CaseRefused
from forbear.web.codes.models import OneTimeCode
from forbear.web.documents.services import DocumentRefused, verify_signatures
from forbear.web.portfolio.models import Account

SIGNED_AT = moment("2026-05-12", "11:00:00")


def shown(case: Case, kind: str, *, cash: int | None = None) -> dict[str, Any]:
    answer = options.options(case, cash_minor=cash, at=AT, by=None, lang="en")
    found: dict[str, Any] = answer["options"][kind]
    assert found["offered"], found
    return found


def chosen(case: Case, kind: str, *, cash: int | None = None, **more: Any) -> Any:
    plan = shown(case, kind, cash=cash)["plan"]
    return own.choose(case, plan["id"], cash_minor=cash, at=AT, lang="zh", **more)


@pytest.fixture
def small_case(bank: Bank) -> Case:
    """3,000.00 owed, 1,000.00 a month can be paid."""
    case, _account = bank.late_case(owed=300_000)
    bank.number(case.customer)
    know(bank, case)
    return case


def test_within_the_own_pages_authority_a_plan_is_offered_at_once_and_signed_alone(
    bank: Bank, small_case: Case, code_sent: Callable[[OneTimeCode], str]
) -> None:
    plan = chosen(small_case, "ordinary_instalment", already_instalment=False)

    assert (plan.state, plan.self_service, plan.proposed_by, plan.approval) == ("offered", True, None, None)
    sent = own.send_code(plan, at=SIGNED_AT)
    assert sent.made_by is None
    with pytest.raises(DocumentRefused, match="2 tries left"):
        own.sign(plan, "000000" if code_sent(sent) != "000000" else "111111", at=SIGNED_AT)
    signature = own.sign(plan, code_sent(sent), at=SIGNED_AT)
    plan.refresh_from_db()
    assert plan.state == "active"
    assert (signature.witness, signature.code_id, signature.signed_at) == (None, sent.pk, SIGNED_AT)
    assert signature.sha256 == plan.document.sha256
    assert verify_signatures() is None
    small_case.refresh_from_db()
    assert small_case.state == "plan"


def test_above_it_a_lead_is_asked_and_the_debtor_signs_after_the_yes(
    bank: Bank, hard_case: tuple[Case, Account]
) -> None:
    case, _ = hard_case
    plan = chosen(case, "personalised_instalment", reason="the factory closed")

    assert plan.state == "under_review"
    assert (plan.approval.asked_by, plan.approval.self_service) == (None, True)
    with pytest.raises(AgreementRefused, match="no offer"):
        own.send_code(plan, at=AT)
    with pytest.raises(CaseRefused):
        approvals.answer(plan.approval, yes=True, at=AT, by=bank.collector)
    assert [each.pk for each in approvals.answerable(bank.lead, AT)] == [plan.approval.pk]
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()
    assert plan.state == "offered"


def test_a_plan_is_of_staff_or_of_the_debtor_never_of_both_or_none(bank: Bank, offered: Plan) -> None:
    for wrong in ({"self_service": True}, {"proposed_by": None}):
        with pytest.raises(IntegrityError, match="plan_proposed_by_staff_or_debtor"), transaction.atomic():
            Plan.objects.filter(pk=offered.pk).update(**wrong)
    with pytest.raises(IntegrityError, match="question_of_staff_or_debtor"), transaction.atomic():
        Approval.objects.filter(pk=offered.approval_id).update(self_service=True)


def test_what_is_withdrawn_asks_nobody_any_more_and_makes_room(
    bank: Bank, hard_case: tuple[Case, Account]
) -> None:
    case, _ = hard_case
    plan = chosen(case, "personalised_instalment")
    own.withdraw(plan, at=AT)

    plan.refresh_from_db()
    assert (plan.state, plan.approval.state) == ("declined", "withdrawn")
    with pytest.raises(CaseRefused, match="no longer open"):
        approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    approvals.expire(case, at=moment("2026-06-30"))
    assert chosen(case, "personalised_instalment").state == "under_review"


def test_a_signed_plan_is_not_withdrawn(bank: Bank, offered: Plan, code_sent: Any) -> None:
    own.sign(offered, code_sent(own.send_code(offered, at=SIGNED_AT)), at=SIGNED_AT)
    with pytest.raises(AgreementRefused, match="not withdrawn"):
        own.withdraw(offered, at=SIGNED_AT)


def test_a_promise_is_made_by_the_debtor(bank: Bank, small_case: Case) -> None:
    know(bank, small_case, income="9000.00", due_monthly="3000.00")
    made = chosen(small_case, "promise", pay_channel="transfer")

    assert isinstance(made, Promise)
    assert (made.made_by, made.speaker, made.state) == (None, "debtor", "open")
    assert made.amount_minor == 200_000  # what is past due


def test_a_part_now_promises_the_rest(bank: Bank, small_case: Case) -> None:
    know(bank, small_case, income="9000.00", due_monthly="3000.00")
    made = chosen(small_case, "part_payment", cash=100_000, pay_channel="transfer")
    assert made.amount_minor == 100_000


def test_a_promise_above_the_own_pages_authority_waits_for_a_lead(bank: Bank) -> None:
    case, _account = bank.late_case(owed=2_500_000, due=2_500_000)
    bank.number(case.customer)
    know(bank, case, income="40000.00", expenses={"total": "5000.00"}, due_monthly="25000.00")
    made = chosen(case, "promise", pay_channel="transfer")

    assert isinstance(made, Approval)
    assert not Promise.objects.filter(case=case).exists()
    approvals.answer(made, yes=True, at=AT, by=bank.lead)
    kept = Promise.objects.get(case=case)
    assert (kept.made_by, kept.approved_by) == (None, bank.lead)


def test_paying_now_needs_no_agreement(bank: Bank, small_case: Case) -> None:
    with pytest.raises(AgreementRefused, match="no agreement"):
        chosen(small_case, "pay_now", cash=300_000)


def test_an_option_of_yesterdays_figures_is_refused(bank: Bank, small_case: Case) -> None:
    with pytest.raises(AgreementRefused, match="look again"):
        own.choose(small_case, "0" * 12, at=AT, lang="en")
    with pytest.raises(AgreementRefused, match="afforded"):
        plans.propose(small_case, terms(instalments=2), reason="", at=AT, by=None)
