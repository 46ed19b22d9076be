"""Hardship, disputes, death, incapacity, bankruptcy: held at once, proofs asked for, answered by who may."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import matters
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Matter
from forbear.web.cases import approvals, authority, services
from forbear.web.cases.models import Approval, Case, Hold
from forbear.web.cases.opening import CaseRefused
from forbear.web.documents.services import DocumentRefused
from forbear.web.people.models import Role, User

AT = moment("2026-05-12")
SCAN = b"%PDF-1.7 a scan"


@pytest.fixture
def case(bank: Bank) -> Case:
    return bank.late_case()[0]


@pytest.mark.parametrize(
    ("kind", "hold", "state", "proofs"),
    [
        ("fraud", "dispute", "hold", {"objection", "police_receipt"}),
        ("not_mine", "dispute", "hold", {"objection", "identity_copy"}),
        ("dispute_amount", "dispute", "hold", {"objection"}),
        ("deceased", "deceased", "proof_pending", {"death_certificate", "heirs"}),
        ("incapacity", "incapacity", "proof_pending", {"incapacity_proof", "guardian"}),
        ("bankruptcy", "bankruptcy", "proof_pending", {"court_document"}),
        ("hardship", "hardship", "docs_pending", {"income_proof", "hardship_proof"}),
    ],
)
def test_each_is_held_at_once_and_asks_for_its_proofs(bank, case, kind, hold, state, proofs) -> None:
    matter = matters.open_matter(case, kind, reason="told on the phone", at=AT, by=bank.collector)
    case.refresh_from_db()

    assert matter.state == state
    assert set(matter.proofs.values_list("code", flat=True)) == proofs
    assert case.state == "hold"
    assert Hold.objects.get(case=case).kind == hold
    assert case.tasks.filter(kind="proof", done_at__isnull=True).count() == 1
    assert matters.open_matter(case, kind, reason="again", at=AT, by=bank.lead) == matter


@pytest.mark.parametrize(
    ("code", "hold", "kind"),
    [("B13", "dispute", "fraud"), ("B12", "dispute", "not_mine"), ("B10", "dispute", "dispute_amount"), ("B22", "deceased", "deceased"),
     ("B23", "incapacity", "incapacity"), ("B21", "incapacity", "incapacity"), ("B31", "bankruptcy", "bankruptcy"), ("B19", "hardship", "hardship")],
)  # fmt: skip
def test_a_result_code_opens_its_matter(bank: Bank, case: Case, code: str, hold: str, kind: str) -> None:
    services.place_hold(case, kind=hold, at=AT, by=bank.collector, reason=code)

    assert Matter.objects.get(case=case).kind == kind
    assert Hold.objects.filter(case=case).count() == 1


def test_a_complaint_opens_none(bank: Bank, case: Case) -> None:
    services.place_hold(case, kind="complaint", at=AT, by=bank.collector, reason="B15")
    assert not Matter.objects.exists()


def test_a_hardship_from_asking_to_its_last_day(bank: Bank, case: Case) -> None:
    matter = matters.open_matter(case, "hardship", reason="dialysis", at=AT, by=bank.collector)
    matters.bring(matter, "income_proof", SCAN, at=AT, by=bank.collector)
    assert matter.state == "docs_pending"
    kept = matters.bring(matter, "hardship_proof", b"\xff\xd8\xff jpeg", at=AT, by=bank.collector)
    matter.refresh_from_db()
    assert matter.state == "under_review"
    assert b"jpeg" not in bytes(kept.cipher)

    for until, answer, says in (
        (None, "yes", "until which day"),
        (day("2026-05-12"), "yes", "until which day"),
        (day("2026-08-12"), "", "answer"),
    ):
        with pytest.raises(AgreementRefused, match=says):
            matters.decide(matter, "approved", answer=answer, until=until, at=AT, by=bank.lead)
    with pytest.raises(AgreementRefused, match="decided by"):
        matters.decide(matter, "rejected", answer="no", at=AT, by=bank.collector)
    asked = ask_for(matter, bank.collector)
    assert (matter.state, asked.roles, asked.persons) == ("under_review", ["manager"], 1)
    approvals.answer(asked, yes=True, at=AT, by=bank.lead)
    matter.refresh_from_db()
    assert (matter.state, matter.until, matter.answer) == ("approved", day("2026-08-12"), "三个月内不催收")
    services.after_facts_changed(as_of=day("2026-08-12"), at=moment("2026-08-12"), case_ids=[case.pk])
    case.refresh_from_db()
    assert case.state == "hold"
    services.after_facts_changed(as_of=day("2026-08-13"), at=moment("2026-08-13"), case_ids=[case.pk])
    case.refresh_from_db()
    matter.refresh_from_db()
    assert (matter.state, case.state) == ("ended", "assigned")


def ask_for(matter: Matter, by: User, *, at: datetime = AT) -> Approval:
    matters.decide(matter, "approved", answer="三个月内不催收", until=day("2026-08-12"), at=at, by=by)
    matter.refresh_from_db()
    return Approval.objects.filter(kind="hardship").latest("pk")


@pytest.fixture
def reviewed(bank: Bank, case: Case) -> Matter:
    matter = matters.open_matter(case, "hardship", reason="dialysis", at=AT, by=bank.collector)
    for code in ("income_proof", "hardship_proof"):
        matters.bring(matter, code, SCAN, at=AT, by=bank.collector)
    return matter


def test_four_eyes_see_a_hardship(bank: Bank, reviewed: Matter) -> None:
    asked = ask_for(reviewed, bank.lead)
    with pytest.raises(CaseRefused, match="their own question"):
        approvals.answer(asked, yes=True, at=AT, by=bank.lead)
    with pytest.raises(CaseRefused, match="already"):
        ask_for(reviewed, bank.collector)
    approvals.answer(
        asked, yes=False, at=AT, by=bank.person("second", Role.MANAGER), reason="six weeks are enough"
    )
    reviewed.refresh_from_db()
    assert reviewed.state == "under_review"  # it may be asked again, or rejected with words
    assert ask_for(reviewed, bank.lead).state == "waiting"


def test_an_unanswered_hardship_ends_its_question_and_a_rejected_one_too(
    bank: Bank, reviewed: Matter
) -> None:
    late = moment("2026-05-25")
    first = ask_for(reviewed, bank.collector)
    with pytest.raises(CaseRefused, match="no longer open"):
        approvals.answer(first, yes=True, at=late, by=bank.lead)
    second = ask_for(reviewed, bank.collector, at=late)
    first.refresh_from_db()
    assert first.state == "expired"
    matters.decide(reviewed, "rejected", answer="收入足够", at=late, by=bank.lead)
    second.refresh_from_db()
    assert second.state == "withdrawn"


def test_lent_authority_recognises_a_hardship_and_a_large_one_takes_two(bank: Bank, reviewed: Matter) -> None:
    legal = bank.person("lawyer", Role.LEGAL)
    authority.lend(giver=bank.lead, taker=legal, since=AT, until=moment("2026-05-20"), reason="away", at=AT)
    approvals.answer(ask_for(reviewed, bank.collector), yes=True, at=AT, by=legal)
    reviewed.refresh_from_db()
    assert reviewed.state == "approved"

    large, _account = bank.late_case(owed=30_000_000)
    matter = matters.open_matter(large, "hardship", reason="fire", at=AT, by=None)
    for code in ("income_proof", "hardship_proof"):
        matters.bring(matter, code, SCAN, at=AT, by=bank.collector)
    assert ask_for(matter, bank.collector).persons == 2


def test_a_dispute_rejected_gets_a_written_answer_before_collection_goes_on(bank: Bank, case: Case) -> None:
    matter = matters.open_matter(case, "dispute_amount", reason="interest", at=AT, by=bank.collector)
    matters.bring(matter, "objection", SCAN, at=AT, by=bank.collector)
    matter.refresh_from_db()
    assert matter.state == "investigating"
    matters.decide(matter, "needs_info", answer="", at=AT, by=bank.lead)
    matters.bring(matter, "objection", SCAN, at=AT, by=bank.collector)
    matters.decide(matter, "rejected", answer="每日利息已逐笔核对", at=AT, by=bank.lead)
    matters.decide(matter, "answered", answer="书面答复已寄出 EMS 123", at=AT, by=bank.lead)
    case.refresh_from_db()

    assert case.state == "assigned"
    assert not case.tasks.filter(kind="proof", done_at__isnull=True).exists()


def test_a_fraud_upheld_is_corrected_in_the_ledger_and_the_credit_record(bank: Bank, case: Case) -> None:
    compliance = bank.person("compliance", Role.COMPLIANCE)
    matter = matters.open_matter(case, "fraud", reason="stolen", at=AT, by=bank.collector)
    for code in ("objection", "police_receipt"):
        matters.bring(matter, code, SCAN, at=AT, by=bank.collector)
    with pytest.raises(AgreementRefused, match="decided by: compliance"):
        matters.decide(matter, "upheld", answer="确认盗刷", at=AT, by=bank.lead)
    matters.decide(matter, "upheld", answer="确认盗刷", at=AT, by=compliance)
    case.refresh_from_db()

    assert case.state == "hold"  # until what was wrong is corrected
    assert set(case.tasks.filter(kind="correction").values_list("note", flat=True)) == {
        "ledger",
        "credit_record",
    }
    matters.decide(matter, "corrected", answer="", at=AT, by=compliance)
    case.refresh_from_db()
    assert case.state == "assigned"


def test_a_death_is_not_proved_without_its_documents_and_stays_held_when_proved(
    bank: Bank, case: Case
) -> None:
    legal = bank.person("legal", Role.LEGAL)
    matter = matters.open_matter(case, "deceased", reason="B22", at=AT, by=bank.collector)
    matters.bring(matter, "death_certificate", SCAN, at=AT, by=bank.collector)
    with pytest.raises(AgreementRefused, match="Proofs are still missing"):
        matters.decide(matter, "proved", answer="", at=AT, by=legal)
    matter.refresh_from_db()
    matters.bring(matter, "heirs", SCAN, at=AT, by=bank.collector)
    matters.decide(matter, "proved", answer="", at=AT, by=legal)
    case.refresh_from_db()

    assert case.state == "hold"
    assert case.tasks.filter(kind="heirs", done_at__isnull=True).exists()


@pytest.mark.parametrize("content", [b"", b"MZ\x90", b"<html>", b"%!PS", b"PK\x03\x04", b" %PDF-1.7"])
def test_what_is_no_document_is_not_taken(bank: Bank, case: Case, content: bytes) -> None:
    matter = matters.open_matter(case, "bankruptcy", reason="", at=AT, by=bank.collector)
    with pytest.raises(DocumentRefused, match="Only PDF"):
        matters.bring(matter, "court_document", content, at=AT, by=bank.collector)
    with pytest.raises(DocumentRefused, match="larger than"):
        matters.bring(matter, "court_document", b"%PDF-" + b"x" * 10_000_000, at=AT, by=bank.collector)
    with pytest.raises(AgreementRefused, match="does not need"):
        matters.bring(matter, "heirs", SCAN, at=AT, by=bank.collector)


def test_nobody_decides_what_they_opened(bank: Bank, case: Case) -> None:
    matter = matters.open_matter(case, "dispute_amount", reason="", at=AT, by=bank.lead)
    matters.bring(matter, "objection", SCAN, at=AT, by=bank.lead)
    with pytest.raises(AgreementRefused, match="they opened"):
        matters.decide(matter, "upheld", answer="x", at=AT, by=bank.lead)
