"""Money that came counts by the payment it was: taking one back never touches another, and a fee undone is no payment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from tests.web.agreements.conftest import AT
from tests.web.agreements.test_plans import signed
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import keeping, means
from forbear.web.agreements.models import Plan
from forbear.web.cases import services
from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition
from forbear.web.cases.promises.record import promise_record
from forbear.web.portfolio.models import Account


def came(plan: Plan, on: str) -> int:
    return keeping.received(
        plan.case.customer_id, plan.case.product, since=plan.signed_at, until=day(on), as_of=day(on)
    )


@pytest.fixture
def kept(bank: Bank, hard_case: tuple[Case, Account], offered: Plan, code_sent: Any) -> Plan:
    return signed(offered, bank, code_sent)


def test_taking_back_an_older_payment_does_not_void_a_row_that_was_paid(
    bank: Bank, hard_case: tuple[Case, Account], kept: Plan
) -> None:
    _, account = hard_case
    older = bank.pays(account, 90_000, value="2026-05-10")
    row = bank.pays(account, 83_333, value="2026-06-15")
    bank.takes_back(older, on="2026-06-16")
    services.after_facts_changed(as_of=day("2026-06-20"), at=moment("2026-06-20"), case_ids=[kept.case_id])
    kept.refresh_from_db()
    assert (kept.state, kept.received_minor) == ("active", 83_333)

    bank.takes_back(row, on="2026-06-21")
    services.after_facts_changed(as_of=day("2026-06-21"), at=moment("2026-06-21"), case_ids=[kept.case_id])
    kept.refresh_from_db()
    assert (kept.state, kept.received_minor) == ("late", 0)


def test_of_two_payments_the_other_stays(bank: Bank, hard_case: tuple[Case, Account], kept: Plan) -> None:
    _, account = hard_case
    first, _second = (bank.pays(account, each, value="2026-06-01") for each in (10_000, 25_000))
    assert came(kept, "2026-06-02") == 35_000
    back = bank.takes_back(first, on="2026-06-03")
    assert came(kept, "2026-06-02") == 35_000  # the bank did not know yet
    assert came(kept, "2026-06-03") == 25_000
    bank.pays(account, 10_000, value="2026-06-04", kind="reversal", reverses=back.entry_no)
    assert came(kept, "2026-06-04") == 35_000


def test_a_fee_or_purchase_undone_is_no_payment(
    bank: Bank, hard_case: tuple[Case, Account], kept: Plan
) -> None:
    _, account = hard_case
    for kind in ("fee", "purchase"):
        charged = bank.pays(account, -5_000, value="2026-06-01", kind=kind)
        bank.takes_back(charged, on="2026-06-02")
    assert came(kept, "2026-06-03") == 0


def test_a_reversal_whose_payment_is_not_here_counts_from_its_own_day(
    bank: Bank, hard_case: tuple[Case, Account], kept: Plan
) -> None:
    _, account = hard_case
    bank.pays(account, -5_000, value="2026-06-01", kind="reversal", reverses="elsewhere")
    assert came(kept, "2026-06-03") == -5_000


def test_money_since_a_promise_stands_although_an_older_payment_is_taken_back(bank: Bank) -> None:
    case, account = bank.late_case()
    older = bank.pays(account, 40_000, value="2026-05-03")
    bank.promises(case, 100_000, due="2026-05-20", on="2026-05-12")
    bank.pays(account, 30_000, value="2026-05-13")
    bank.takes_back(older, on="2026-05-14")
    assert promise_record(case, day("2026-05-15")).received_since_minor == 30_000


def test_willingness_counts_payments_of_which_something_is_left(bank: Bank) -> None:
    case, account = bank.late_case()
    gone, cut, _whole = (bank.pays(account, 20_000, value="2026-05-03") for _each in range(3))
    bank.takes_back(gone, on="2026-05-04")
    bank.pays(account, -5_000, value="2026-05-04", kind="reversal", reverses=cut.entry_no)
    assert means.behaviour(case, AT)["payments_last_90_days"] == 2


def test_what_is_charged_after_the_banks_figures_stands_in_its_part(bank: Bank) -> None:
    """Court costs, a fee, interest, and a lawyer's bill that was taken back; a payment is of no part."""
    case, account = bank.late_case()
    bank.pays(account, -50_000, value="2026-05-03", kind="cost")
    bill = bank.pays(account, -70_000, value="2026-05-03", kind="cost")
    bank.takes_back(bill, on="2026-05-04")
    for kind, minor in (
        ("fee", -1_000),
        ("late_fee", -2_000),
        ("interest", -3_000),
        ("compound", -400),
        ("purchase", -900),
    ):
        bank.pays(account, minor, value="2026-05-03", kind=kind)
    paid = bank.pays(account, 6_000, value="2026-05-05")
    bank.pays(account, -1_000, value="2026-05-06", kind="reversal", reverses=paid.entry_no)
    bank.pays(account, 111, value="2026-05-06", kind="write_off")

    (row,) = composition(case, day("2026-05-07"))
    parts = [
        getattr(row, f"{name}_minor")
        for name in ("principal", "interest", "compound", "late_fee", "fee", "other")
    ]
    assert parts == [2_000_900, 3_000, 400, 2_000, 1_000, 50_000]
    assert (row.posted_since_minor, row.total_minor) == (5_000, 2_052_300)


def test_an_account_that_left_the_list_is_not_explained_by_a_purchase_undone(bank: Bank) -> None:
    _case, account = bank.late_case()
    bought = bank.pays(account, -50_000, value="2026-05-03", kind="purchase")
    bank.takes_back(bought, on="2026-05-05")
    bank.pays(account, 10_000, value="2026-05-05")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount_minor) FROM standing_receipts WHERE account_id = %s", [account.pk])
        assert cursor.fetchone() == (10_000,)
