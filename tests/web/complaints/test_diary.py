"""Diaries of complaints, day by day, on a real database."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from tests.web.cases.bank import Bank, moment
from tests.web.complaints.conftest import NOON

from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, CaseEvent
from forbear.web.complaints import deciding, selectors, services
from forbear.web.complaints.machine import ComplaintRefused, broken_at
from forbear.web.complaints.models import Complaint, ComplaintChange, State
from forbear.web.complaints.services import Said
from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role, User


def taken(case: Case, kind: str = "service", **more: object) -> Complaint:
    return services.take_in(case, Said(kind, "他们一天打了九个电话", **more), at=NOON, by=None)


def begun(case: Case, by: User, kind: str = "service", **more: object) -> Complaint:
    complaint = taken(case, kind, **more)
    services.assign(complaint, by, at=NOON, by=by)
    services.investigate(complaint, at=NOON, by=by)
    complaint.refresh_from_db()
    return complaint


def test_a_complaint_from_the_first_day_to_its_root_cause(case: Case, wang: User) -> None:
    complaint = begun(case, wang)
    assert complaint.respond_by == date(2026, 5, 27)  # 15 days from 12 May
    assert open_holds(case, NOON).get().kind == "complaint"

    services.extend(complaint, reason="银行流水尚未调取", at=moment("2026-05-27"), by=wang)
    complaint.refresh_from_db()
    assert complaint.respond_by == date(2026, 6, 11)  # 30 days
    services.extend(complaint, reason="需要第三方证明", at=moment("2026-06-11"), by=wang)
    complaint.refresh_from_db()
    assert complaint.respond_by == date(2026, 7, 11)  # 30 more
    deciding.resolve(complaint, "partly", reason="两次超次", at=moment("2026-07-01"), by=wang)
    deciding.answer(complaint, "您说得对，有两天打多了。", at=moment("2026-07-02"), by=wang)
    assert not open_holds(case, moment("2026-07-02", "10:00:01")).exists()
    complaint.refresh_from_db()
    assert services.review_until(complaint) == date(2026, 8, 1)
    deciding.close(complaint, at=moment("2026-08-02"), by=wang)
    deciding.name_root_cause(complaint, "process", note="两个团队各打各的", at=moment("2026-08-03"), by=wang)

    states = list(complaint.changes.order_by("sequence").values_list("new_state", flat=True))
    assert states == [
        "received", "registered", "assigned", "investigating", "extended", "extended", "resolved", "answered", "closed",
        "root_cause",
    ]  # fmt: skip
    assert broken_at(complaint) is None


def test_a_third_longer_term_is_refused(case: Case, wang: User) -> None:
    complaint = begun(case, wang)
    for _each in range(2):
        services.extend(complaint, reason="x", at=NOON, by=wang)
    with pytest.raises(ComplaintRefused, match="no longer term"):
        services.extend(complaint, reason="x", at=NOON, by=wang)


def test_a_term_that_has_passed_is_not_made_longer(case: Case, wang: User) -> None:
    complaint = begun(case, wang)
    with pytest.raises(ComplaintRefused, match="has passed"):
        services.extend(complaint, reason="x", at=moment("2026-05-28", "00:00:00"), by=wang)


def test_a_longer_term_needs_a_reason(case: Case, wang: User) -> None:
    with pytest.raises(ComplaintRefused, match="why"):
        services.extend(begun(case, wang), reason=" ", at=NOON, by=wang)


def test_a_step_out_of_turn_changes_nothing(case: Case, wang: User) -> None:
    complaint = taken(case)
    with pytest.raises(ComplaintRefused, match="cannot go"):
        deciding.close(complaint, at=NOON, by=wang)
    assert complaint.changes.count() == 2


def test_who_works_the_case_does_not_judge_it(bank: Bank, case: Case) -> None:
    complaint, insider = taken(case), bank.person("qian", Role.COMPLIANCE)
    Case.objects.filter(pk=case.pk).update(owner=insider)
    with pytest.raises(ComplaintRefused, match="Conflict of interest"):
        services.assign(complaint, insider, at=NOON, by=insider)


def test_who_spoke_with_the_debtor_does_not_judge_it(case: Case, wang: User, sun: User) -> None:
    ContactAttempt.objects.create(
        case=case, customer_id=case.customer_id, channel="voice", at=moment("2026-03-01"), local_day=date(2026, 3, 1),
        staff=wang,
    )  # fmt: skip
    complaint = taken(case)
    with pytest.raises(ComplaintRefused, match="in contact"):
        services.assign(complaint, wang, at=NOON, by=wang)
    services.assign(complaint, sun, at=NOON, by=wang)


def test_who_the_complaint_names_does_not_judge_it(case: Case, wang: User) -> None:
    complaint = taken(case, "threat", named=[wang])
    with pytest.raises(ComplaintRefused, match="names this person"):
        services.assign(complaint, wang, at=NOON, by=wang)


def test_a_collector_does_not_deal_with_complaints(bank: Bank, case: Case) -> None:
    with pytest.raises(ComplaintRefused, match="does not deal"):
        services.assign(taken(case), bank.collector, at=NOON, by=bank.lead)


def test_only_the_handler_decides(case: Case, wang: User, sun: User) -> None:
    complaint = begun(case, wang)
    with pytest.raises(ComplaintRefused, match="Only the person"):
        deciding.resolve(complaint, "upheld", reason="x", at=NOON, by=sun)


def test_a_review_is_done_by_somebody_else_and_only_in_its_days(case: Case, wang: User, sun: User) -> None:
    complaint = begun(case, wang)
    deciding.resolve(complaint, "not_upheld", reason="x", at=NOON, by=wang)
    deciding.answer(complaint, "没有查到。", at=NOON, by=wang)
    with pytest.raises(ComplaintRefused, match="until"):
        deciding.ask_review(complaint, at=moment("2026-06-12"))
    deciding.ask_review(complaint, at=moment("2026-06-11"))
    with pytest.raises(ComplaintRefused, match="somebody else"):
        deciding.review(complaint, "upheld", "x", at=moment("2026-06-12"), by=wang)
    deciding.review(complaint, "upheld", "我们查错了。", at=moment("2026-06-12"), by=sun)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.finding) == (State.REVIEWED, "upheld")
    assert services.answer_of(complaint) == "我们查错了。"


def test_the_same_again_is_a_repeated_complaint(case: Case) -> None:
    first, second = taken(case), taken(case)
    assert (first.stage, second.stage, second.previous) == ("first", "repeat", first)


def test_the_hold_stays_while_another_complaint_is_open(case: Case, wang: User) -> None:
    first = begun(case, wang)
    taken(case, "amount")
    deciding.resolve(first, "upheld", reason="x", at=NOON, by=wang)
    deciding.answer(first, "x", at=NOON, by=wang)
    assert open_holds(case, moment("2026-05-13")).exists()


def test_terms_count_from_the_day_it_came_in(case: Case, wang: User) -> None:
    late = services.take_in(
        case, Said("service", "x", channel="12378", stage="supervisor", received_at=moment("2026-05-01")), at=NOON, by=wang
    )  # fmt: skip
    assert late.respond_by == date(2026, 5, 16)
    assert selectors.figures(date(2026, 5, 17))["late"] == 1
    assert selectors.figures(date(2026, 5, 16))["late"] == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said("gossip", "x"), "kind"),
        (Said("service", "x", channel="pigeon"), "channel"),
        (Said("service", "  "), "text"),
        (Said("service", "长" * 4001), "text"),
        (Said("service", "x", received_at=moment("2026-05-13")), "received_at"),
    ],
)
def test_what_the_tables_do_not_know_is_refused(case: Case, said: Said, field: str) -> None:
    with pytest.raises(ComplaintRefused) as refused:
        services.take_in(case, said, at=NOON, by=None)
    assert refused.value.field == field
    assert not Complaint.objects.exists()


def test_what_was_done_is_never_changed(case: Case) -> None:
    change = taken(case).changes.order_by("sequence")[1]
    with pytest.raises(DatabaseError), transaction.atomic():
        ComplaintChange.objects.filter(pk=change.pk).update(why="nothing happened")


def test_a_forged_change_breaks_the_chain(case: Case) -> None:
    complaint = taken(case)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE complaints_complaintchange DISABLE TRIGGER append_only")
        cursor.execute("UPDATE complaints_complaintchange SET why = 'nothing' WHERE sequence = 2")
    assert broken_at(complaint) == 2


def test_what_was_said_is_sealed_and_not_on_the_case(case: Case) -> None:
    complaint = taken(case)
    assert "九个" not in bytes(complaint.text_cipher).decode("latin-1")
    assert services.text_of(complaint) == "他们一天打了九个电话"
    said = [str(event.payload) for event in CaseEvent.objects.filter(case=case)]
    assert not any("九个" in each for each in said)


def test_numbers_cannot_be_guessed(case: Case) -> None:
    first, second = taken(case).number, taken(case, "amount").number
    assert first[:9] == second[:9] == "TS260512-"
    assert sum(a != b for a, b in zip(first[9:], second[9:], strict=True)) >= 3  # chance of fewer: under 1e-6


def test_the_rate_is_complaints_on_a_thousand_contacts(case: Case) -> None:
    for _each in range(4):
        ContactAttempt.objects.create(
            case=case, customer_id=case.customer_id, channel="voice", at=NOON, local_day=NOON.date()
        )
    taken(case)
    month = selectors.rates(NOON.date(), "Asia/Shanghai")[-1]
    assert (month.complaints, month.contacts, month.per_thousand) == (1, 4, 250.0)
