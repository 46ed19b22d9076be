"""Which moves a case may make, and the words when it may not."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.states import MOVES, TERMINAL, move, refuse_illegal

AT = moment("2026-05-02")


def test_a_new_case_is_assigned_before_it_is_worked(bank: Bank) -> None:
    case = services.open_case(bank.customer(), at=AT)

    with pytest.raises(services.IllegalMove, match=r"New.*Working"):
        move(case, CaseState.WORKING, at=AT, by=None, why="")

    services.assign(case, owner=bank.collector, at=AT, by=bank.lead)
    assert case.state == CaseState.ASSIGNED


@pytest.mark.parametrize("ended", sorted(TERMINAL))
def test_nothing_leads_out_of_a_final_state(ended: CaseState) -> None:
    for to in CaseState:
        if to != ended:
            with pytest.raises(services.IllegalMove, match="final"):
                refuse_illegal(CaseState(ended), to)


def test_every_state_has_its_moves_or_is_final() -> None:
    assert set(MOVES) | TERMINAL == set(CaseState)


def test_a_dormant_legal_case_revives(bank: Bank) -> None:
    case, _ = bank.late_case()
    move(case, CaseState.LEGAL, at=AT, by=bank.lead, why="approved")
    move(case, CaseState.LEGAL_DORMANT, at=AT, by=bank.lead, why="no assets")
    move(case, CaseState.LEGAL, at=AT, by=bank.lead, why="asset found")

    with pytest.raises(services.IllegalMove):
        move(case, CaseState.PTP, at=AT, by=bank.lead, why="")


def test_one_customer_has_one_open_case_for_a_product(bank: Bank) -> None:
    customer = bank.customer()
    services.open_case(customer, at=AT)

    with pytest.raises(services.CaseRefused):
        services.open_case(customer, at=AT)
    assert Case.objects.count() == 1


def test_closing_needs_a_reason_and_ends_the_case(bank: Bank) -> None:
    case, _ = bank.late_case()

    with pytest.raises(services.CaseRefused):
        services.close_case(case, to=CaseState.SETTLED, at=AT, by=bank.lead, why=" ")
    with pytest.raises(services.CaseRefused):
        services.close_case(case, to=CaseState.CURED, at=AT, by=bank.lead, why="looks fine")
    services.close_case(case, to=CaseState.SETTLED, at=AT, by=bank.lead, why="settlement executed")

    assert case.closed_on == AT.date()
    with pytest.raises(services.CaseRefused):
        services.assign(case, owner=bank.collector, at=AT, by=bank.lead)


def test_a_case_after_the_cure_is_new_and_points_back(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.pays(account, 200_000, value="2026-05-04")
    services.after_facts_changed(as_of=moment("2026-05-04").date(), at=moment("2026-05-04", "13:00:00"))

    later = services.open_case(case.customer, at=moment("2026-06-10"))

    assert later.previous_id == case.pk
    assert later.pk != case.pk
