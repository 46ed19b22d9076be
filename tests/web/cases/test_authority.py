"""Who may agree to what: role by amount by kind, four eyes, expiry, lent authority. Every refusal beside its permission."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import approvals, authority
from forbear.web.cases.authority import Ask, BeyondAuthority
from forbear.web.cases.models import Approval, ApprovalAnswer, Case, Promise
from forbear.web.cases.opening import CaseRefused
from forbear.web.people.models import Role

AT = moment("2026-05-12")
FIFTY, TWO_HUNDRED, MILLION = 5_000_000, 20_000_000, 100_000_000
ALONE, ONE, TWO, NOBODY = 0, 1, 2, None


# The example matrix of policy/house/authority.yaml, at and one fen beyond every edge.
@pytest.mark.parametrize(
    ("role", "kind", "amount", "months", "waiver", "persons"),
    [
        ("collector", "promise", FIFTY, 0, 0, ALONE),
        ("collector", "promise", FIFTY + 1, 0, 0, ONE),
        ("collector", "ordinary_instalment", FIFTY, 12, 0, ALONE),
        ("collector", "ordinary_instalment", FIFTY, 13, 0, ONE),
        ("collector", "personalised_instalment", 1, 1, 0, ONE),
        ("collector", "personalised_instalment", TWO_HUNDRED, 60, 0, ONE),
        ("collector", "personalised_instalment", TWO_HUNDRED + 1, 60, 0, TWO),
        ("collector", "personalised_instalment", MILLION, 60, 0, TWO),
        ("collector", "personalised_instalment", MILLION + 1, 60, 0, NOBODY),
        ("collector", "personalised_instalment", 1, 61, 0, NOBODY),
        ("collector", "settlement", 3_864_219, 0, 919_157, ONE),  # W9: 23.79 %
        ("collector", "settlement", 10_000_000, 0, 3_000_000, ONE),
        ("collector", "settlement", 10_000_000, 0, 3_000_001, TWO),
        ("collector", "settlement", 1_000_000, 0, 300_001, TWO),  # 30 % and a fen
        ("collector", "settlement", 1_000_000, 0, 600_000, TWO),
        ("collector", "settlement", 1_000_000, 0, 600_001, NOBODY),
        ("collector", "deferral", FIFTY, 1, 0, ONE),
        ("manager", "deferral", FIFTY, 1, 0, ALONE),
        ("manager", "ordinary_instalment", TWO_HUNDRED, 24, 0, ALONE),
        ("manager", "ordinary_instalment", TWO_HUNDRED, 25, 0, ONE),
        ("manager", "personalised_instalment", FIFTY, 36, 0, ONE),
        ("manager", "settlement", FIFTY, 0, 1, ONE),
        ("legal", "ordinary_instalment", FIFTY, 12, 0, ALONE),
        ("legal", "deferral", FIFTY, 1, 0, ONE),
        ("field", "promise", 100, 0, 0, ONE),
        ("field", "hardship", MILLION, 0, 0, TWO),
        ("collector", "gift", 1, 0, 0, NOBODY),
    ],
)
def test_the_matrix(
    bank: Bank, role: str, kind: str, amount: int, months: int, waiver: int, persons: int | None
) -> None:
    asker = bank.person("asker", role)
    asked = Ask(kind, amount, months, waiver)

    if persons is None:
        with pytest.raises(BeyondAuthority):
            authority.needed(asked, by=asker, at=AT)
    else:
        assert authority.needed(asked, by=asker, at=AT).persons == persons


@pytest.fixture
def case(bank: Bank) -> Case:
    return bank.late_case()[0]


def asked(bank: Bank, case: Case, *, persons: int = 1, at=AT) -> Approval:
    return approvals.ask(
        case, kind="promise", terms={"due_on": "2026-05-20", "pay_channel": "transfer"}, amount_minor=100_000,
        roles=["manager"], persons=persons, reason="wages come on the 20th", changes=[("Promise", "", "1,000.00")],
        at=at, by=bank.collector,
    )  # fmt: skip


def test_one_yes_does_it_and_a_second_comes_too_late(bank: Bank, case: Case) -> None:
    question = asked(bank, case)
    other = bank.person("wang", Role.MANAGER)

    assert approvals.answerable(bank.lead, AT) == [question]
    approvals.answer(question, yes=True, at=AT, by=bank.lead)

    assert Promise.objects.get(case=case).approved_by == bank.lead
    question.refresh_from_db()
    assert question.state == "approved"
    assert question.task.done_at == AT
    assert approvals.answerable(other, AT) == []
    with pytest.raises(CaseRefused, match="no longer open"):
        approvals.answer(question, yes=True, at=AT, by=other)


def test_four_eyes_are_two_different_people(bank: Bank, case: Case) -> None:
    question = asked(bank, case, persons=2)
    other = bank.person("wang", Role.MANAGER)
    approvals.answer(question, yes=True, at=AT, by=bank.lead)
    assert not Promise.objects.filter(case=case).exists()

    with pytest.raises(CaseRefused, match="another person"):
        approvals.answer(question, yes=True, at=AT, by=bank.lead)
    approvals.answer(question, yes=True, at=AT, by=other)

    assert Promise.objects.filter(case=case).count() == 1


def test_one_no_of_two_ends_it(bank: Bank, case: Case) -> None:
    question = asked(bank, case, persons=2)
    other = bank.person("wang", Role.MANAGER)
    approvals.answer(question, yes=True, at=AT, by=bank.lead)
    with pytest.raises(CaseRefused, match="why"):
        approvals.answer(question, yes=False, at=AT, by=other, reason="  ")
    approvals.answer(question, yes=False, at=AT, by=other, reason="too long")

    question.refresh_from_db()
    assert question.state == "declined"
    assert not Promise.objects.filter(case=case).exists()


@pytest.mark.parametrize("role", ["collector", "field", "legal", "compliance", "analyst", "administrator"])
def test_other_roles_answer_nothing(bank: Bank, case: Case, role: str) -> None:
    question = asked(bank, case)
    stranger = bank.person("stranger", role)

    assert approvals.answerable(stranger, AT) == []
    with pytest.raises(CaseRefused, match="Only a lead"):
        approvals.answer(question, yes=True, at=AT, by=stranger)


def test_nobody_answers_their_own_question_not_even_a_manager(bank: Bank, case: Case) -> None:
    question = approvals.ask(
        case, kind="promise", terms={"due_on": "2026-05-20", "pay_channel": "transfer"}, amount_minor=1, roles=["manager"],
        persons=1, reason="x", changes=[], at=AT, by=bank.lead,
    )  # fmt: skip

    with pytest.raises(CaseRefused, match="own question"):
        approvals.answer(question, yes=True, at=AT, by=bank.lead)


def test_an_unanswered_question_ends_with_its_days_and_may_be_asked_again(bank: Bank, case: Case) -> None:
    question = asked(bank, case)
    late = question.expires_at

    with pytest.raises(CaseRefused, match="already"):
        asked(bank, case)
    with pytest.raises(CaseRefused, match="no longer open"):
        approvals.answer(question, yes=True, at=late, by=bank.lead)
    assert approvals.answerable(bank.lead, late) == []
    again = asked(bank, case, at=late + timedelta(minutes=1))

    question.refresh_from_db()
    assert question.state == "expired"
    assert again.state == "waiting"


def test_lent_authority_answers_for_the_giver_and_only_in_its_days(bank: Bank, case: Case) -> None:
    colleague = bank.person("compliance", Role.COMPLIANCE)
    authority.lend(
        giver=bank.lead, taker=colleague, since=AT, until=AT + timedelta(days=5), reason="on leave", at=AT
    )
    question = asked(bank, case)

    assert approvals.answerable(colleague, AT - timedelta(seconds=1)) == []
    assert approvals.answerable(colleague, AT) == [question]
    approvals.answer(question, yes=True, at=AT, by=colleague)

    given = ApprovalAnswer.objects.get(approval=question)
    assert (given.by, given.on_behalf_of) == (colleague, bank.lead)
    assert Promise.objects.get(case=case).approved_by == bank.lead


@pytest.mark.parametrize("giver_first", [True, False])
def test_lent_authority_is_no_second_pair_of_eyes(bank: Bank, case: Case, giver_first: bool) -> None:
    """Who lent a voice has used it once it was spoken with, and the other way round."""
    colleague = bank.person("compliance", Role.COMPLIANCE)
    authority.lend(
        giver=bank.lead, taker=colleague, since=AT, until=AT + timedelta(days=5), reason="leave", at=AT
    )
    question = asked(bank, case, persons=2)
    first, second = (bank.lead, colleague) if giver_first else (colleague, bank.lead)
    approvals.answer(question, yes=True, at=AT, by=first)

    with pytest.raises(CaseRefused, match="Only a lead"):
        approvals.answer(question, yes=True, at=AT, by=second)


def test_the_asker_gets_no_yes_through_authority_they_lent(bank: Bank, case: Case) -> None:
    colleague = bank.person("compliance", Role.COMPLIANCE)
    authority.lend(
        giver=bank.lead, taker=colleague, since=AT, until=AT + timedelta(days=5), reason="leave", at=AT
    )
    question = approvals.ask(
        case, kind="promise", terms={"due_on": "2026-05-20", "pay_channel": "transfer"}, amount_minor=1, roles=["manager"],
        persons=1, reason="x", changes=[], at=AT, by=bank.lead,
    )  # fmt: skip

    with pytest.raises(CaseRefused, match="Only a lead"):
        approvals.answer(question, yes=True, at=AT, by=colleague)


def test_authority_is_lent_by_who_has_it_for_a_while_and_not_lent_on(bank: Bank, case: Case) -> None:
    colleague = bank.person("compliance", Role.COMPLIANCE)
    days = {"since": AT, "reason": "leave", "at": AT}

    for giver, taker, until in (
        (bank.collector, colleague, AT + timedelta(days=1)),
        (colleague, bank.lead, AT + timedelta(days=1)),
        (bank.lead, bank.lead, AT + timedelta(days=1)),
        (bank.lead, bank.collector, AT + timedelta(days=1)),
        (bank.lead, colleague, AT + timedelta(days=31)),
        (bank.lead, colleague, AT),
    ):
        with pytest.raises(BeyondAuthority):
            authority.lend(giver=giver, taker=taker, until=until, **days)
    lent = authority.lend(giver=bank.lead, taker=colleague, until=AT + timedelta(days=30), **days)
    with pytest.raises(BeyondAuthority):
        authority.revoke(lent, by=colleague, at=AT)
    authority.revoke(lent, by=bank.lead, at=AT + timedelta(hours=1))

    asked(bank, case)
    assert approvals.answerable(colleague, AT + timedelta(hours=2)) == []


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_never_changed(bank: Bank) -> None:
    question = asked(bank, bank.late_case()[0], persons=2)
    approvals.answer(question, yes=True, at=AT, by=bank.lead)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE cases_approvalanswer SET yes = false")
