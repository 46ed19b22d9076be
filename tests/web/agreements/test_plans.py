"""A plan from the first word to the last payment, day by day; each refusal beside what would have been allowed."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from tests.web.agreements.conftest import AT, know, terms
from tests.web.cases.bank import Bank, day, moment

from forbear.web.agreements import keeping, machine, means, plans, signing
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Change, Plan
from forbear.web.cases import approvals, authority, services
from forbear.web.cases.models import Case, Hold
from forbear.web.codes.models import OneTimeCode
from forbear.web.contact import gate
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.services import DocumentRefused, plain, verify_signatures
from forbear.web.outbox.models import MessageState
from forbear.web.portfolio.models import Account, ContactPoint

SIGNED_AT = moment("2026-05-12", "11:00:00")


def signed(plan: Plan, bank: Bank, code_sent: Callable[[OneTimeCode], str], at=SIGNED_AT) -> Plan:
    sent = signing.send_code(plan, at=at, by=bank.collector)
    signing.sign_with_code(plan, code_sent(sent), at=at, by=bank.collector)
    plan.refresh_from_db()
    return plan


def states(plan: Plan) -> list[str]:
    return list(
        Change.objects.filter(machine="plan", subject=plan.pk)
        .order_by("pk")
        .values_list("new_state", flat=True)
    )


def test_the_means_of_the_dossier_and_a_plan_that_is_too_dear(
    bank: Bank, hard_case: tuple[Case, Account]
) -> None:
    """Domain row 15: income 6000, expenses 4200, other debts 800 leave 1000 a month."""
    case, _ = hard_case
    held = means.latest(case)
    assert held.capacity_minor == 100_000
    assert held.exceeds_ability is True
    assert b"6000" not in bytes(held.cipher)
    assert means.opened(held)["reason_text"] == "厂里停工了"

    with pytest.raises(AgreementRefused, match="afforded") as refused:
        plans.propose(case, terms(instalments=19), reason="x", at=AT, by=bank.collector)
    assert refused.value.missing == ("capacity",)
    assert any(each["rule"] == "HOUSE-AFFORD-OVER" for each in refused.value.reasons)
    assert not Plan.objects.exists()
    assert (
        plans.propose(case, terms(instalments=20), reason="x", at=AT, by=bank.collector).state
        == "under_review"
    )


@pytest.mark.parametrize(
    ("told", "asked", "missing"),
    [
        ({"willing": False}, {}, "willing"),
        ({"willing": None}, {}, "willing"),
        ({}, {"instalments": 61}, "months"),
        ({}, {"instalments": 60, "first_due_on": day("2026-07-15")}, "months"),
        ({"due_monthly": "900.00"}, {}, "exceeds_ability"),
        ({"income": None}, {}, "capacity"),
    ],
)
def test_a_missing_condition_is_named(bank: Bank, hard_case, told, asked, missing: str) -> None:
    case, _ = hard_case
    know(bank, case, **told)

    with pytest.raises(AgreementRefused) as refused:
        plans.propose(case, terms(**asked), reason="x", at=AT, by=bank.collector)

    assert missing in refused.value.missing
    assert refused.value.reasons


def test_without_proof_a_plan_waits_for_it_and_goes_on_with_it(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    know(bank, case, income_evidenced=False)
    plan = plans.propose(case, terms(), reason="x", at=AT, by=bank.collector)

    assert plan.state == "docs_pending"
    assert case.tasks.filter(kind="proof", done_at__isnull=True).exists()
    with pytest.raises(AgreementRefused, match="proof that the debt"):
        plans.proofs_complete(plan, at=AT, by=bank.collector)
    know(bank, case)
    assert plans.proofs_complete(plan, at=AT, by=bank.collector).state == "under_review"


def test_an_offer_beyond_ones_authority_is_not_sent(bank: Bank, hard_case) -> None:
    case, _ = hard_case
    plan = plans.propose(case, terms(), reason="lost work", at=AT, by=bank.collector)

    assert (plan.state, plan.document) == ("under_review", None)
    with pytest.raises(AgreementRefused, match="no offer"):
        signing.send_code(plan, at=AT, by=bank.collector)
    approvals.answer(plan.approval, yes=False, at=AT, by=bank.lead, reason="too long")
    plan.refresh_from_db()
    assert plan.state == "declined"
    assert not StoredDocument.objects.exists()


def test_no_authority_covers_a_debt_beyond_the_matrix(bank: Bank) -> None:
    case, _ = bank.late_case(owed=100_000_001)
    know(bank, case, income="60000.00", due_monthly="99999.00")

    with pytest.raises(authority.BeyondAuthority):
        plans.propose(case, terms(instalments=60), reason="x", at=AT, by=bank.collector)
    assert not Plan.objects.exists()


def test_an_approved_plan_is_a_document_with_its_rows(bank: Bank, offered: Plan) -> None:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(offered.document))).pages)

    assert states(offered) == ["proposed", "under_review", "approved", "offered"]
    assert sum(row.amount_minor for row in offered.rows.all()) == offered.total_minor == 2_000_000
    assert text.count("833.33") == 23
    assert "833.41" in text
    assert "张伟明" in text
    assert b"PDF" not in bytes(offered.document.cipher)[:64]
    assert offered.valid_until == day("2026-05-19")


def test_signing_by_code_stops_collection_and_leaves_evidence(bank: Bank, offered: Plan, code_sent) -> None:
    case = offered.case
    bank.promises(case, 100_000, due="2026-05-20", on="2026-05-12")
    plan = signed(offered, bank, code_sent)
    case.refresh_from_db()

    assert plan.state == "active"
    assert case.state == "plan"
    assert case.promises.get().state == "cancelled_by_hold"
    assert Hold.objects.get(case=case, kind="plan").released_at is None
    signature = plan.document.signature
    assert (signature.sha256, signature.means) == (plan.document.sha256, "code")
    assert plan.document.sha256 in words_of(signature.record)
    assert verify_signatures() is None
    assert services.verify_chain(case) is None
    reply = gate.meter(case, None, SIGNED_AT)
    assert reply["answer"] == "refused"


def words_of(document: StoredDocument) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(document))).pages)
    return text.replace("\n", "").replace(" ", "")


@pytest.mark.django_db(transaction=True)
def test_codes_are_few_short_lived_and_bound_to_one_document(bank: Bank, offered: Plan, code_sent) -> None:
    sent = signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    right = code_sent(sent)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert right.encode() not in bytes(sent.digest)

    for left in ("2 tries", "1 try", "0 tries"):
        with pytest.raises(DocumentRefused, match=f"; {left} left"):
            signing.sign_with_code(offered, wrong, at=SIGNED_AT, by=bank.collector)
    with pytest.raises(DocumentRefused, match="no code in force"):
        signing.sign_with_code(offered, right, at=SIGNED_AT, by=bank.collector)

    second = signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    with pytest.raises(DocumentRefused, match="no code in force"):
        signing.sign_with_code(offered, code_sent(second), at=second.expires_at, by=bank.collector)
    third = signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    fourth = signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    if code_sent(third) != code_sent(fourth):
        with pytest.raises(DocumentRefused, match="wrong"):
            signing.sign_with_code(offered, code_sent(third), at=SIGNED_AT, by=bank.collector)
    signing.sign_with_code(offered, code_sent(fourth), at=SIGNED_AT, by=bank.collector)
    offered.refresh_from_db()

    assert offered.state == "active"
    with pytest.raises(AgreementRefused, match="no offer"):
        signing.send_code(offered, at=SIGNED_AT, by=bank.collector)


def test_no_more_codes_than_a_day_allows_and_none_without_a_number_on_file(bank: Bank, offered: Plan) -> None:
    for _ in range(5):
        signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    with pytest.raises(DocumentRefused, match="Enough codes"):
        signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    ContactPoint.objects.update(reserved=False)
    with pytest.raises(DocumentRefused, match="number on file"):
        signing.send_code(offered, at=SIGNED_AT + timedelta(days=2), by=bank.collector)


def test_the_spoken_word_needs_its_recording(bank: Bank, offered: Plan) -> None:
    with pytest.raises(AgreementRefused, match="recording") as refused:
        signing.sign_spoken(offered, " ", at=SIGNED_AT, by=bank.collector)
    assert refused.value.missing == ("recorded",)
    assert refused.value.reasons[0]["rule"] == "CC11-70-ORAL"

    signing.sign_spoken(offered, "REC-2026-0512-001", at=SIGNED_AT, by=bank.collector)
    offered.refresh_from_db()
    assert offered.state == "active"
    assert offered.document.signature.recording == "REC-2026-0512-001"


@pytest.mark.django_db(transaction=True)
def test_nobody_signs_yesterdays_figure_or_a_stale_offer(bank: Bank, offered: Plan, code_sent) -> None:
    account = Account.objects.get(customer=offered.case.customer)
    sent = signing.send_code(offered, at=SIGNED_AT, by=bank.collector)
    entry = bank.pays(account, 10_000, value="2026-05-12")
    with pytest.raises(AgreementRefused, match="The debt is 19900"):
        signing.sign_with_code(offered, code_sent(sent), at=SIGNED_AT, by=bank.collector)
    offered.refresh_from_db()
    assert offered.state == "offered"
    assert not Hold.objects.filter(case=offered.case).exists()

    bank.reverses_file(entry)
    late = moment("2026-05-20")
    again = signing.send_code(offered, at=late, by=bank.collector)
    with pytest.raises(AgreementRefused, match="valid until 2026-05-19"):
        signing.sign_with_code(offered, code_sent(again), at=late, by=bank.collector)
    services.after_facts_changed(as_of=day("2026-05-20"), at=late, case_ids=[offered.case_id])
    offered.refresh_from_db()
    assert offered.state == "expired"


def after(plan: Plan, on: str) -> str:
    services.after_facts_changed(as_of=day(on), at=moment(on, "06:00:00"), case_ids=[plan.case_id])
    plan.refresh_from_db()
    return plan.state


def test_a_diary_kept_late_caught_up_and_completed(bank: Bank, hard_case, code_sent) -> None:
    case, account = hard_case
    plan = plans.propose(
        case, terms(instalments=20, first_due_on=day("2026-06-15")), reason="x", at=AT, by=bank.collector
    )
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()
    signed(plan, bank, code_sent)

    assert after(plan, "2026-06-16") == "active"  # grace of a day
    assert after(plan, "2026-06-17") == "late"
    bank.pays(account, 100_000, value="2026-06-16", booked="2026-06-18")
    assert after(plan, "2026-06-18") == "active"
    bank.pays(account, 1_900_000, value="2026-06-20")
    assert after(plan, "2026-06-21") == "completed"

    case.refresh_from_db()
    assert case.state == "settled"
    certificate = StoredDocument.objects.get(case=case, kind="settlement_certificate")
    assert "20,000.00" in words_of(certificate)
    assert states(plan)[-4:] == ["active", "late", "active", "completed"]


def test_breach_needs_notice_delivery_and_its_days_then_collection_resumes(
    bank: Bank, offered: Plan, code_sent
) -> None:
    """W10 in small: rows missed, notice, cure period over, both figures known before a number is said."""
    case, account = offered.case, Account.objects.get(customer=offered.case.customer)
    plan = signed(offered, bank, code_sent)
    bank.pays(account, 83_333, value="2026-06-15")
    assert after(plan, "2026-06-20") == "active"
    with pytest.raises(AgreementRefused, match="behind"):
        keeping.give_notice(plan, at=moment("2026-06-20"), by=bank.collector)
    assert after(plan, "2026-07-17") == "late"

    for at, refusal in (("2026-07-18", "notice was given"),):
        with pytest.raises(AgreementRefused, match=refusal):
            keeping.confirm_breach(plan, at=moment(at), by=bank.lead)
    keeping.give_notice(plan, at=moment("2026-07-20"), by=bank.collector)
    plan.refresh_from_db()
    assert plan.notice.purpose == "service"
    with pytest.raises(AgreementRefused, match="not been delivered"):
        keeping.confirm_breach(plan, at=moment("2026-09-01"), by=bank.lead)
    plan.refresh_from_db()
    plan.notice.state, plan.notice.settled_at = MessageState.DELIVERED, moment("2026-07-21")
    plan.notice.save()
    assert after(plan, "2026-07-22") == "breach_notice"
    assert keeping.curable_until(plan) == day("2026-08-05")
    with pytest.raises(AgreementRefused, match="until 2026-08-05"):
        keeping.confirm_breach(plan, at=moment("2026-08-05"), by=bank.lead)
    with pytest.raises(AgreementRefused, match="manager"):
        keeping.confirm_breach(plan, at=moment("2026-08-06"), by=bank.collector)

    figures = keeping.breach_figures(plan, day("2026-08-06"), moment("2026-08-06"))
    assert figures.left_minor == 2_000_000 - 83_333
    # 20,000.00 for 34 days and 19,166.67 for 52 days at 0.0005
    assert figures.forborne_minor == 83_833
    assert figures.due_minor == figures.left_minor  # the clause does not revive it
    keeping.confirm_breach(plan, at=moment("2026-08-06"), by=bank.lead)

    case.refresh_from_db()
    plan.refresh_from_db()
    assert (plan.state, case.state) == ("breached", "working")
    assert not Hold.objects.filter(case=case, released_at__isnull=True).exists()


def test_w10_seven_rows_paid_two_missed_leave_47002_59(bank: Bank, code_sent) -> None:
    """W10 with its own figures: 53,210.47 in 60 rows, 7 of 886.84 paid, then notice, cure period, breach."""
    case, account = bank.late_case(owed=5_321_047)
    bank.number(case.customer)
    know(bank, case)
    asked = terms(instalments=60, first_due_on=day("2026-05-31"))
    plan = plans.propose(case, asked, reason="lost work", at=AT, by=bank.collector)
    approvals.answer(plan.approval, yes=True, at=AT, by=bank.lead)
    plan.refresh_from_db()
    plan = signed(plan, bank, code_sent)
    rows = list(plan.rows.all())
    assert [row.amount_minor for row in rows] == [88_684] * 59 + [88_691]
    for row in rows[:7]:
        bank.pays(account, row.amount_minor, value=row.due_on.isoformat())

    assert after(plan, "2026-12-30") == "active"
    assert after(plan, "2027-02-05") == "late"  # rows 8 and 9 missed
    keeping.give_notice(plan, at=moment("2027-03-05"), by=bank.collector)
    keeping.notice_delivered(
        plan, on=day("2027-03-06"), evidence="EMS 1", at=moment("2027-03-08"), by=bank.collector
    )
    figures = keeping.breach_figures(plan, day("2027-03-25"), moment("2027-03-25"))

    assert (plan.received_minor, figures.left_minor) == (620_788, 4_700_259)
    assert figures.due_minor == 4_700_259  # the clause signed is "no"
    assert figures.forborne_minor > 0  # and the other figure is seen before a number is said
    keeping.confirm_breach(plan, at=moment("2027-03-25"), by=bank.lead)
    plan.refresh_from_db()
    assert plan.state == "breached"


def test_a_plan_is_made_good_within_its_days(bank: Bank, offered: Plan, code_sent) -> None:
    account = Account.objects.get(customer=offered.case.customer)
    plan = signed(offered, bank, code_sent)
    after(plan, "2026-06-18")
    keeping.give_notice(plan, at=moment("2026-06-18"), by=bank.collector)
    keeping.notice_delivered(
        plan, on=day("2026-06-19"), evidence="EMS 1234", at=moment("2026-06-20"), by=bank.collector
    )
    bank.pays(account, 83_333, value="2026-07-04")

    assert after(plan, "2026-07-05") == "active"
    with pytest.raises(AgreementRefused, match="notice was given"):
        keeping.confirm_breach(plan, at=moment("2026-07-06"), by=bank.lead)


def test_a_payment_taken_back_makes_a_kept_plan_late_again(bank: Bank, offered: Plan, code_sent) -> None:
    account = Account.objects.get(customer=offered.case.customer)
    plan = signed(offered, bank, code_sent)
    entry = bank.pays(account, 83_333, value="2026-06-15")
    assert after(plan, "2026-06-17") == "active"
    bank.reverses_file(entry)
    assert after(plan, "2026-06-18") == "late"


def test_one_plan_at_a_time_and_none_over_a_dispute(bank: Bank, offered: Plan) -> None:
    with pytest.raises(AgreementRefused, match="a plan on this case already"):
        plans.propose(offered.case, terms(), reason="x", at=AT, by=bank.collector)
    plans.decline(offered, at=AT, by=bank.collector, why="wants to think")
    services.place_hold(offered.case, kind="dispute", at=AT, by=bank.collector)
    with pytest.raises(AgreementRefused, match="on hold: Dispute"):
        plans.propose(offered.case, terms(), reason="x", at=AT, by=bank.collector)


def test_a_dispute_during_a_plan_ends_under_the_plan(bank: Bank, offered: Plan, code_sent) -> None:
    case = signed(offered, bank, code_sent).case
    hold = services.place_hold(case, kind="dispute", at=SIGNED_AT, by=bank.collector)
    case.refresh_from_db()
    assert case.state == "hold"
    services.release_hold(hold, at=SIGNED_AT, by=bank.lead, reason="answered")
    case.refresh_from_db()
    assert case.state == "plan"


def test_changes_are_never_changed(bank: Bank, offered: Plan) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM agreements_change")


@given(st.sampled_from(sorted(machine.MACHINES)), st.data())
def test_every_state_is_reached_from_nothing_and_every_way_ends(name: str, data: st.DataObject) -> None:
    table, state, seen = machine.MACHINES[name], "", 0
    while state in table and seen < 50:
        state = data.draw(st.sampled_from(sorted(table[state])))
        seen += 1
    reached = {to for moves in table.values() for to in moves}
    assert set(table) - {""} <= reached
    assert seen == 50 or machine.ends(name, state)
