"""Papers in the debtor's language: the letter of a promise, agreements of each kind, and what they may not claim."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from tests.web.agreements.conftest import AT, know, terms
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import letters, means, options, plans
from forbear.web.agreements import terms as plan_terms
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan
from forbear.web.agreements.waiver_parts import left_of
from forbear.web.cases import approvals
from forbear.web.cases.owed import composition
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.services import plain


def text_of(document: StoredDocument) -> str:
    pages = PdfReader(io.BytesIO(plain(document))).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


def test_a_promise_is_confirmed_once_with_what_was_said(bank: Bank) -> None:
    case, _ = bank.late_case()
    with pytest.raises(AgreementRefused, match="no open promise"):
        letters.confirm_promise(case, lang="zh", at=AT, by=bank.collector)
    promise = bank.promises(case, 60_000, due="2026-05-14", on="2026-05-12")

    made = letters.confirm_promise(case, lang="zh", at=AT, by=bank.collector)

    assert letters.confirm_promise(case, lang="en", at=AT, by=bank.collector).pk == made.pk
    assert (made.kind, made.number, made.lang) == ("promise_letter", f"PR{promise.pk:08d}", "zh")
    said = text_of(made)
    assert "CNY 600.00" in said
    assert "2026-05-14" in said
    assert "****0014" in said
    assert case.events.filter(kind="document").count() == 1


def test_a_letter_in_english_has_no_chinese_but_the_name(bank: Bank) -> None:
    case, _ = bank.late_case()
    bank.promises(case, 60_000, due="2026-05-14", on="2026-05-12")

    said = text_of(letters.confirm_promise(case, lang="en", at=AT, by=bank.collector))

    assert "Dear 张伟明" in said
    assert "还款" not in said.replace("信用卡", "")


def test_an_agreement_and_its_signing_record_are_in_the_language_chosen(bank: Bank, hard_case) -> None:
    plan = plans.propose(hard_case[0], terms(lang="en"), reason="lost work", at=AT, by=bank.collector)
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()

    said = text_of(plan.document)

    assert (plan.document.lang, plan.document.title) == ("en", "Personalised instalment agreement")
    assert "paid into the cardholder's own card account" in said.replace("’", "'")
    assert "还款" not in said


def test_ordinary_instalments_do_not_claim_what_only_art_70_says(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    found = options.options(case, at=AT, by=bank.lead, lang="en")["options"]["ordinary_instalment"]["plan"]
    plan = options.choose(case, found["id"], already_instalment=False, reason="x", at=AT, by=bank.collector)
    assert isinstance(plan, Plan)
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()

    said = text_of(plan.document)

    assert plan.document.title == "分期还款协议"
    assert "超出其目前的还款能力" not in said
    assert "不申领" not in said
    assert plan.charges_minor > 0
    assert f"CNY {plan.charges_minor // 100:,}.{plan.charges_minor % 100:02d}" in said
    assert f"CNY {plan.payable_minor // 100:,}.{plan.payable_minor % 100:02d}" in said


def test_costs_stand_apart_and_the_parts_sum_to_the_debt(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.position(
        account, "2026-05-02", principal=2_500_000, interest=987_654, late_fee=326_565, other=50_000
    )
    row = composition(case, day("2026-05-12"))[0]

    assert plan_terms.parts(row) == {
        "fees_minor": 326_565, "costs_minor": 50_000, "interest_minor": 987_654, "principal_minor": 2_500_000
    }  # fmt: skip


def test_what_raised_the_debt_since_is_principal_and_never_waived(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.position(account, "2026-05-02", principal=100_000, late_fee=5_000)
    bank.pays(account, -30_000, value="2026-05-05")  # a purchase since, by its sign
    row = composition(case, day("2026-05-12"))[0]

    assert plan_terms.parts(row)["principal_minor"] == 130_000
    assert left_of(row)["late_fee"] == 5_000
    assert left_of(row)["principal"] == 130_000


def test_willingness_is_asked_of_behaviour_and_names_it(bank: Bank) -> None:
    case, account = bank.late_case()
    nothing = means.shown_willing(case, at=AT, lang="en")
    bank.pays(account, 10_000, value="2026-05-04")
    back = bank.pays(account, 20_000, value="2026-05-05")
    bank.takes_back(back, on="2026-05-06")
    bank.promises(case, 60_000, due="2026-05-14", on="2026-05-12")

    facts = means.behaviour(case, AT)

    assert facts == {
        "payments_last_90_days": 1, "contacts_begun_by_debtor_90_days": 0, "documents_given": 0, "days_since_last_payment": 8,
    }  # fmt: skip  # an open promise is neither kept nor broken; no call was tried
    shown = means.shown_willing(case, at=AT, lang="en")
    assert shown["used"][0]["fact"] == "payments_last_90_days"
    assert shown["points"] > nothing["points"]


def test_desk_and_debtor_ask_with_the_same_facts_but_for_who_asks(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    held = means.latest(case)
    desk = options.facts_of(case, held, role="collector", at=AT)
    alone = options.facts_of(case, held, role="self_service", at=AT)

    assert desk.pop("role") == "collector"
    assert alone.pop("role") == "self_service"
    assert desk == alone
    assert desk["capacity"] == "1000.00"
    know(bank, case, income="7000.00", at=moment("2026-05-12", "12:00:00"))
    assert options.facts_of(case, means.latest(case), role="self_service", at=AT)["capacity"] == "2000.00"
