"""Options found for a case and chosen: the solver's plan becomes the agreement, to the cent."""

from __future__ import annotations

import pytest
from tests.web.agreements.conftest import AT, know
from tests.web.cases.bank import Bank, day

from forbear.web.agreements import options
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan, Waiver
from forbear.web.cases import approvals, services


def best(answer, kind: str):
    return answer["options"][kind]["plan"]


def test_the_personalised_plan_found_is_the_plan_proposed(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    found = best(options.options(case, at=AT, by=bank.collector, lang="en"), "personalised_instalment")
    plan = options.choose(case, found["id"], reason="lost work", at=AT, by=bank.collector)

    assert isinstance(plan, Plan)
    assert plan.state == "under_review"
    assert [f"{row.amount_minor // 100}.{row.amount_minor % 100:02d}" for row in plan.rows.all()] == [
        row["amount"] for row in found["rows"] if row["number"]
    ]
    assert sum(row.amount_minor for row in plan.rows.all()) + plan.down_payment_minor == plan.payable_minor


def test_why_an_option_is_not_offered(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    know(bank, case, income_evidenced=False)
    option = options.options(case, at=AT, by=bank.collector, lang="zh")["options"]["personalised_instalment"]

    assert not option["sendable"]
    assert "exceeds_ability" in (*option["missing"], *option["needs"])


def test_an_ordinary_plan_with_charges_sums_to_debt_and_charges(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    found = best(options.options(case, at=AT, by=bank.lead, lang="en"), "ordinary_instalment")
    with pytest.raises(AgreementRefused, match="in instalments already"):
        options.choose(case, found["id"], reason="x", at=AT, by=bank.collector)
    plan = options.choose(case, found["id"], already_instalment=False, reason="x", at=AT, by=bank.collector)

    assert plan.charges_minor > 0
    assert sum(row.amount_minor for row in plan.rows.all()) == plan.total_minor + plan.charges_minor
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()
    assert plan.state == "offered"


def test_an_option_of_yesterdays_figures_is_gone(bank: Bank, hard_case) -> None:
    case, account = hard_case
    found = best(options.options(case, at=AT, by=bank.collector, lang="en"), "personalised_instalment")
    bank.pays(account, 50_000, value="2026-05-12")

    with pytest.raises(AgreementRefused, match="look again"):
        options.choose(case, found["id"], reason="x", at=AT, by=bank.collector)
    with pytest.raises(AgreementRefused, match="look again"):
        options.choose(case, "made-up", reason="x", at=AT, by=bank.collector)


def test_a_hold_bars_what_it_must(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    services.place_hold(case, kind="deceased", at=AT, by=bank.collector)
    answer = options.options(case, at=AT, by=bank.collector, lang="en")

    assert answer["answer"] == []
    assert not any(option["offered"] for option in answer["options"].values())


def test_a_settlement_found_is_the_settlement_asked_for(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.position(
        account, "2026-05-02", principal=2_500_000, interest=987_654, late_fee=326_565, other=50_000
    )
    bank.statement(account, "2025-06-05", "2025-06-23", 200_000, 3_864_219)
    know(bank, case)
    answer = options.options(case, cash_minor=3_000_000, at=AT, by=bank.lead, lang="en")
    found = best(answer, "settlement")
    if found is None:
        pytest.fail(
            f"no settlement: {answer['options']['settlement']['why_not']} {answer['options']['settlement']['needs']}"
        )
    waiver = options.choose(
        case, found["id"], cash_minor=3_000_000, reason="family helps", at=AT, by=bank.lead
    )

    assert isinstance(waiver, Waiver)
    assert waiver.pay_minor + waiver.waived_minor == waiver.total_minor
    assert waiver.valid_until > day("2026-05-12")
