"""Who may let how much be promised: the matrix of authority by role and amount, on every way a promise is made."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import approvals
from forbear.web.cases.authority import alone_minor
from forbear.web.cases.models import Case, Promise
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.people.models import Role, User

AT = moment("2026-05-12")
FIFTY, TWO_HUNDRED, MILLION = 5_000_000, 20_000_000, 100_000_000


def debtor(bank: Bank) -> Case:
    """Return the case of somebody who owes two million yuan."""
    return bank.late_case(owed=2 * MILLION)[0]


def take(case: Case, amount: int, by: User | None, approved_by: User | None = None) -> Promise:
    return make_promise(
        case, amount_minor=amount, due_on=day("2026-05-20"), pay_channel="transfer", at=AT, by=by, approved_by=approved_by
    )  # fmt: skip


def ask(case: Case, amount: int, by: User | None) -> approvals.Task:
    return approvals.ask_approval(
        case, amount_minor=amount, due_on=day("2026-05-20"), pay_channel="transfer", at=AT, by=by
    )


@pytest.mark.parametrize(
    ("role", "most", "who"),
    [
        (Role.COLLECTOR, FIFTY, "1 person has to agree (Manager)"),
        (Role.LEGAL, FIFTY, "1 person has to agree (Manager)"),
        (Role.MANAGER, TWO_HUNDRED, "2 people have to agree (Manager)"),
        (None, 2_000_000, "1 person has to agree (Manager)"),  # the debtor, on the own page
    ],
)
def test_at_the_edge_it_is_taken_and_a_fen_beyond_it_is_refused_with_who_may_agree(
    bank: Bank, role: str | None, most: int, who: str
) -> None:
    taker = bank.person("taker", role) if role else None
    assert alone_minor("promise", by=taker, at=AT) == most
    assert take(debtor(bank), most, taker).amount_minor == most
    case = debtor(bank)
    with pytest.raises(PromiseRefused) as refused:
        take(case, most + 1, taker)
    assert refused.value.field == "approved_by"
    assert who in str(refused.value)
    assert not Promise.objects.filter(case=case).exists()


def test_a_role_without_a_row_takes_nothing_alone(bank: Bank) -> None:
    with pytest.raises(PromiseRefused, match=r"0\.00 that need nobody"):
        take(debtor(bank), 100, bank.person("ma", Role.FIELD))


def test_a_manager_vouches_for_somebody_else_and_never_for_themselves(bank: Bank) -> None:
    other = bank.person("qian", Role.MANAGER)
    with pytest.raises(PromiseRefused):
        take(debtor(bank), FIFTY + 1, bank.collector, approved_by=bank.person("sun", Role.COMPLIANCE))
    with pytest.raises(PromiseRefused):
        take(debtor(bank), TWO_HUNDRED + 1, other, approved_by=other)
    with pytest.raises(PromiseRefused):
        take(debtor(bank), TWO_HUNDRED + 1, other, approved_by=bank.lead)  # two have to agree
    assert take(debtor(bank), FIFTY + 1, bank.collector, approved_by=bank.lead).approved_by == bank.lead
    bank.lead.is_active = False
    with pytest.raises(PromiseRefused):
        take(debtor(bank), FIFTY + 1, bank.collector, approved_by=bank.lead)


@pytest.mark.parametrize(("amount", "people"), [(FIFTY + 1, 1), (TWO_HUNDRED + 1, 2), (MILLION, 2)])
def test_what_is_asked_goes_to_as_many_as_the_matrix_names_and_the_last_yes_makes_it(
    bank: Bank, amount: int, people: int
) -> None:
    case, leads = debtor(bank), [bank.lead, bank.person("qian", Role.MANAGER)]
    question = ask(case, amount, bank.collector).approval
    assert (question.roles, question.persons) == ([Role.MANAGER], people)
    for number, lead in enumerate(leads[:people], 1):
        approvals.answer(question, yes=True, at=AT, by=lead)
        assert Promise.objects.filter(case=case).exists() == (number == people)
    assert Promise.objects.get(case=case).amount_minor == amount


def test_a_managers_own_promise_waits_for_two_others(bank: Bank) -> None:
    question = ask(debtor(bank), TWO_HUNDRED + 1, bank.lead).approval
    with pytest.raises(CaseRefused):
        approvals.answer(question, yes=True, at=AT, by=bank.lead)


def test_beyond_every_row_nobody_may_and_nobody_is_asked(bank: Bank) -> None:
    case = debtor(bank)
    with pytest.raises(PromiseRefused) as refused:
        take(case, MILLION + 1, bank.collector, approved_by=bank.lead)
    assert refused.value.field == "amount"
    with pytest.raises(CaseRefused):
        ask(case, MILLION + 1, bank.collector)
