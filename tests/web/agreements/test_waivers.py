"""W9: what is paid, what is waived, and that nothing is waived before the money has come."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import means, options, waivers
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Change, Waiver
from forbear.web.agreements.terms import Row
from forbear.web.cases import approvals, services
from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition, total_owed_minor
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.services import plain
from forbear.web.portfolio.models import Account, LedgerEntry

AT = moment("2026-05-12")
W9 = {"late_fee": Decimal(1), "interest": Decimal("0.6")}


@pytest.fixture
def w9(bank: Bank) -> tuple[Case, Account]:
    """Principal 25,000.00, interest 9,876.54, late fee 3,265.65, court costs 500.00: 38,642.19."""
    case, account = bank.late_case()
    bank.position(
        account, "2026-05-02", principal=2_500_000, interest=987_654, late_fee=326_565, other=50_000
    )
    return case, account


def requested(bank: Bank, case: Case, **more: object) -> Waiver:
    asked = {
        "valid_until": day("2026-06-01"),
        "reason": "can borrow from family once",
        "at": AT,
        "by": bank.collector,
    }
    return waivers.request(case, W9, **(asked | more))


@pytest.fixture
def approved(bank: Bank, w9) -> Waiver:
    waiver = requested(bank, w9[0])
    approvals.answer(waiver.approval, yes=True, at=AT, by=bank.lead)
    waiver.refresh_from_db()
    return waiver


def after(waiver: Waiver, on: str) -> str:
    services.after_facts_changed(as_of=day(on), at=moment(on, "06:00:00"), case_ids=[waiver.case_id])
    waiver.refresh_from_db()
    return waiver.state


def test_the_figures_of_w9(approved: Waiver) -> None:
    assert (approved.pay_minor, approved.waived_minor, approved.total_minor) == (
        2_945_062,
        919_157,
        3_864_219,
    )
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(approved.document))).pages)
    assert "29,450.62" in text
    assert "9,191.57" in text
    assert "23.79%" in text
    assert not LedgerEntry.objects.filter(kind="waiver").exists()


def test_full_payment_by_the_valid_day_executes_it_and_certifies(approved: Waiver, bank: Bank, w9) -> None:
    case, account = w9
    bank.pays(account, 2_945_062, value="2026-06-01", booked="2026-06-02")
    assert after(approved, "2026-06-02") == "executed"

    entries = LedgerEntry.objects.filter(kind="waiver")
    assert {entry.memo: entry.amount_minor for entry in entries} == {"interest": 592_592, "late_fee": 326_565}
    assert total_owed_minor(case, day("2026-06-02")) == 0
    case.refresh_from_db()
    assert case.state == "settled"
    certificate = StoredDocument.objects.get(kind="settlement_certificate")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(certificate))).pages)
    assert "29,450.62" in text
    assert "9,191.57" in text
    assert after(approved, "2026-06-03") == "executed"
    assert LedgerEntry.objects.filter(kind="waiver").count() == 2


@pytest.mark.parametrize(
    ("amount", "value", "booked"),
    [
        (2_945_061, "2026-06-01", "2026-06-01"),
        (2_945_062, "2026-06-02", "2026-06-02"),
        (2_945_062, "2026-05-11", "2026-05-11"),
    ],
)
def test_a_fen_short_or_a_day_late_or_before_it_was_approved_waives_nothing(
    approved: Waiver, bank: Bank, w9, amount: int, value: str, booked: str
) -> None:
    bank.pays(w9[1], amount, value=value, booked=booked)

    assert after(approved, "2026-06-04") == "approved"  # a transfer may still post
    assert after(approved, "2026-06-05") == "expired"
    assert not LedgerEntry.objects.filter(kind="waiver").exists()
    assert not StoredDocument.objects.filter(kind="settlement_certificate").exists()


def test_a_late_posting_of_a_timely_payment_counts(approved: Waiver, bank: Bank, w9) -> None:
    bank.pays(w9[1], 2_945_062, value="2026-06-01", booked="2026-06-04")
    assert after(approved, "2026-06-04") == "executed"


@pytest.mark.parametrize(
    ("shares", "more", "says"),
    [
        ({"principal": Decimal("0.1")}, {}, "not waived.*principal"),
        ({"interest": Decimal("1.01")}, {}, "between 0 and 100"),
        ({"interest": Decimal("-0.5")}, {}, "between 0 and 100"),
        ({"interest": Decimal("0.61")}, {}, "not so much of it: interest"),
        ({"other": Decimal(1)}, {}, "not waived.*other"),
        ({}, {}, "Something is waived"),
        (W9, {"reason": " "}, "why"),
        (W9, {"valid_until": day("2026-06-13")}, "2026-06-12 at most"),
        (W9, {"valid_until": day("2026-05-11")}, "at most"),
    ],
)
def test_what_the_house_does_not_waive(bank: Bank, w9, shares, more, says: str) -> None:
    asked = {"valid_until": day("2026-06-01"), "reason": "x", "at": AT, "by": bank.collector} | more
    with pytest.raises(AgreementRefused, match=says):
        waivers.request(w9[0], shares, **asked)
    assert not Waiver.objects.exists()


def test_a_request_is_never_its_own_approval_and_a_no_ends_it(bank: Bank, w9) -> None:
    waiver = requested(bank, w9[0])
    assert (waiver.state, waiver.document) == ("requested", None)
    with pytest.raises(AgreementRefused, match="already"):
        requested(bank, w9[0])
    approvals.answer(waiver.approval, yes=False, at=AT, by=bank.lead, reason="pay more")
    waiver.refresh_from_db()
    assert waiver.state == "rejected"
    assert list(Change.objects.filter(machine="waiver").values_list("old_state", "new_state")) == [
        ("", "requested"), ("requested", "rejected"),
    ]  # fmt: skip


def test_yesterdays_debt_is_not_approved(bank: Bank, w9) -> None:
    waiver = requested(bank, w9[0])
    bank.pays(w9[1], 1, value="2026-05-12")
    with pytest.raises(AgreementRefused, match="has changed"):
        approvals.answer(waiver.approval, yes=True, at=AT, by=bank.lead)
    waiver.approval.refresh_from_db()
    assert waiver.approval.state == "waiting"


# Two payments: half by the end of May, the rest by the end of June.
STAGES = (Row(1, day("2026-05-29"), 1_472_531), Row(2, day("2026-06-30"), 1_472_531))


def staged(bank: Bank, case: Case, stages: tuple[Row, ...] = STAGES, **more: object) -> Waiver:
    parts = waivers.divided(composition(case, AT.date()), W9)
    asked = {
        "valid_until": day("2026-06-30"),
        "reason": "bonus in June",
        "at": AT,
        "by": bank.collector,
    } | more
    return waivers.request_parts(case, parts, stages=stages, **asked)


@pytest.fixture
def in_two(bank: Bank, w9) -> Waiver:
    waiver = staged(bank, w9[0])
    approvals.answer(waiver.approval, yes=True, at=AT, by=bank.lead)
    waiver.refresh_from_db()
    return waiver


def certified() -> bool:
    return StoredDocument.objects.filter(kind="settlement_certificate").exists()


def test_a_settlement_in_two_payments_waives_and_certifies_after_the_second(
    in_two: Waiver, bank: Bank, w9
) -> None:
    case, account = w9
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(in_two.document))).pages)
    assert text.count("14,725.31") == 2
    bank.pays(account, 1_472_531, value="2026-05-29")
    assert after(in_two, "2026-06-10") == "approved"
    assert not certified()
    assert not LedgerEntry.objects.filter(kind="waiver").exists()
    bank.pays(account, 1_472_531, value="2026-06-30", booked="2026-07-02")
    assert after(in_two, "2026-07-02") == "executed"
    assert certified()
    assert total_owed_minor(case, day("2026-07-02")) == 0


def test_a_missed_second_payment_lapses_it_and_what_was_paid_stays_paid(
    in_two: Waiver, bank: Bank, w9
) -> None:
    case, account = w9
    bank.pays(account, 1_472_531, value="2026-05-29")
    bank.pays(account, 1_472_530, value="2026-06-30")
    assert after(in_two, "2026-07-03") == "approved"  # a transfer may still post
    assert after(in_two, "2026-07-04") == "expired"
    last = Change.objects.filter(machine="waiver").latest("pk")
    assert (last.why, last.facts["due_on"]) == ("a payment was missed", "2026-06-30")
    assert not certified()
    assert total_owed_minor(case, day("2026-07-04")) == 3_864_219 - 2_945_061


def test_a_missed_first_payment_lapses_it_at_once(in_two: Waiver, bank: Bank, w9) -> None:
    bank.pays(w9[1], 2_945_062 - 1, value="2026-06-05")  # later, and nearly all
    assert after(in_two, "2026-06-05") == "expired"


def test_all_of_it_early_executes_it(in_two: Waiver, bank: Bank, w9) -> None:
    bank.pays(w9[1], 2_945_062, value="2026-05-20")
    assert after(in_two, "2026-05-20") == "executed"


@pytest.mark.parametrize(
    ("stages", "more", "says"),
    [
        ((Row(1, day("2026-05-29"), 1), Row(2, day("2026-06-30"), 2)), {}, "together"),
        ((Row(1, day("2026-05-29"), 0), Row(2, day("2026-06-30"), 2_945_062)), {}, "together"),
        (STAGES[::-1], {"valid_until": day("2026-05-29")}, "2026-06-12 at most"),
        (STAGES, {"valid_until": day("2026-07-31")}, "in order"),
        ((Row(1, day("2026-06-29"), 1_472_531), STAGES[1]), {}, "2026-06-12 at most"),
        (tuple(Row(n, day(f"2026-{n:02d}-15"), 420_723 + (n == 11)) for n in range(5, 12)), {"valid_until": day("2026-11-15")}, "6 payments at most"),
    ],
)  # fmt: skip
def test_stages_are_in_order_few_and_whole(bank: Bank, w9, stages, more, says: str) -> None:
    with pytest.raises(AgreementRefused, match=says):
        staged(bank, w9[0], stages, **more)


def test_the_solvers_settlement_in_stages_becomes_one(bank: Bank, w9) -> None:
    """What `plan_options` finds is asked for with its own payments."""
    case, account = w9
    bank.statement(account, "2026-01-05", "2026-01-23", 200_000, 3_864_219)
    told = {
        "income": "12000.00", "expenses": {"total": "3000.00"}, "other_debts": "0.00", "dependants": 0, "income_evidenced": True,
        "expenses_evidenced": True, "other_debts_evidenced": True, "due_monthly": "38642.19",
    }  # fmt: skip
    means.record_means(case, means.Told(told, "illness", "", True), at=AT, by=bank.collector)
    answer = options.options(case, cash_minor=0, at=AT, by=bank.collector, lang="en")
    found = answer["options"]["settlement"]
    assert found["offered"], found
    plan = next(each for each in [found["plan"], *found["alternatives"]] if len(each["rows"]) > 1)
    made = options.choose(case, plan["id"], cash_minor=0, reason="illness", at=AT, by=bank.collector)
    assert [(row["due_on"], row["amount_minor"]) for row in made.stages] == [
        (row["pay_by"], int(Decimal(row["amount"]) * 100)) for row in plan["rows"]
    ]
    assert made.valid_until.isoformat() == plan["rows"][-1]["pay_by"]
