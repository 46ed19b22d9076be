"""No permit, no contact: what the gate grants, refuses, reserves, frees and keeps."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from tests.web.contact.moments import TODAY, at

from forbear import questions
from forbear.web.cases.models import Hold
from forbear.web.contact import gate
from forbear.web.contact.models import Consent, ContactAttempt, GateDecision, Permit
from forbear.web.contact.verify import broken_decisions
from forbear.web.portfolio.models import Customer, NumberBlock

pytestmark = pytest.mark.django_db


def ask(case, point, user, clock="10:00:00", **changed):
    request = {"channel": "voice", "purpose": "collect", "party": "debtor", **changed}
    return gate.request_permit(
        case=case,
        contact_point=point,
        user=user,
        at=at(clock),
        extra_facts=request.pop("extra_facts", {"recording": True}),
        **request,
    )


def test_a_call_in_the_morning_gets_a_permit_and_a_decision(make_case, collector):
    case, point = make_case()

    reply = ask(case, point, collector)

    assert reply.allowed
    assert reply.permit.expires_at > at("10:00:00")
    assert GateDecision.objects.get().answer == "allowed"


@pytest.mark.parametrize(
    ("clock", "allowed"),
    [("21:59:59", True), ("22:00:00", False), ("07:59:59", False), ("08:00:00", True)],
)
def test_the_seconds_on_both_sides_of_the_night(make_case, collector, clock, allowed):
    case, point = make_case()

    assert ask(case, point, collector, clock).allowed is allowed


def test_a_refusal_names_rule_article_and_the_next_lawful_moment_and_is_kept(make_case, collector):
    case, point = make_case()

    reply = ask(case, point, collector, "22:00:00")

    assert not reply.allowed
    assert Permit.objects.count() == 0
    kept = GateDecision.objects.get()
    assert kept.answer == "refused"
    assert "CBA26-HOURS" in kept.rules
    reason = next(reason for reason in reply.reply["reasons"] if reason["rule"] == "CBA26-HOURS")
    assert reason["instrument"]
    assert reason["text"]
    assert reply.reply["earliest_at"].startswith("2026-11-25T08:00:00")


def test_the_seventh_try_of_a_number_is_refused_and_the_sixth_is_not(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 5)
    assert ask(case, point, collector).allowed  # reserves the sixth

    reply = ask(case, point, collector)

    assert not reply.allowed
    assert "CBA26-TRIES" in GateDecision.objects.latest("id").rules


def test_two_debtors_who_share_a_number_share_its_tries(make_case, collector, attempts):
    one, number_of_one = make_case()
    other, number_of_other = make_case()
    attempts(one, number_of_one, 5)
    assert ask(other, number_of_other, collector).allowed

    assert not ask(one, number_of_one, collector).allowed


def test_calls_of_bank_and_agency_are_pooled(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 2, answered=True)
    attempts(case, point, 1, answered=True, agency="示例资产")

    reply = ask(case, point, collector)

    assert not reply.allowed
    assert "GBT45251-CALLS" in GateDecision.objects.get().rules


def test_an_unused_permit_frees_its_slot_when_it_expires(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 2, answered=True)
    first = ask(case, point, collector, "10:00:00")
    assert not ask(case, point, collector, "10:00:01").allowed

    later = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=collector,
        at=first.permit.expires_at, extra_facts={"recording": True},
    )  # fmt: skip

    assert later.allowed


def test_a_released_permit_frees_its_slot_at_once(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 2, answered=True)
    gate.release(ask(case, point, collector).permit, at=at("10:00:05"))

    assert ask(case, point, collector, "10:00:06").allowed


def test_a_call_in_progress_keeps_its_slot_after_its_permit_expired(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 2, answered=True)
    permit = ask(case, point, collector).permit
    gate.start(permit, at=at("10:00:10"))

    assert not ask(case, point, collector, "11:30:00").allowed


def test_a_permit_is_used_once(make_case, collector):
    case, point = make_case()
    permit = ask(case, point, collector).permit
    gate.start(permit, at=at("10:00:10"))

    with pytest.raises(gate.PermitLost):
        gate.start(permit, at=at("10:00:20"))


def test_an_expired_permit_cannot_be_started(make_case, collector):
    case, point = make_case()
    permit = ask(case, point, collector).permit

    with pytest.raises(gate.PermitLost):
        gate.start(permit, at=permit.expires_at)


def test_a_used_permit_is_tied_to_its_attempt(make_case, collector):
    case, point = make_case()
    permit = ask(case, point, collector).permit
    gate.start(permit, at=at("10:00:10"))

    attempt = gate.record_attempt(
        permit=permit, case=case, contact_point=point, at=at("10:00:10"), line="L02", party="P9", outcome="",
        answered=False, effective=False, ended_at=at("10:00:40"), staff=collector,
    )  # fmt: skip

    assert Permit.objects.get().attempt == attempt
    assert gate.meter(case, point, at("10:01:00"))["number_attempts_today"] == 1


def test_a_channel_the_debtor_declined_stays_closed_until_reopened(make_case, collector):
    case, point = make_case()
    Consent.objects.create(customer=case.customer, kind="channel_off", value="voice", at=at("09:00:00"))
    assert not ask(case, point, collector).allowed
    assert ask(case, point, collector, channel="sms").allowed

    Consent.objects.create(customer=case.customer, kind="channel_on", value="voice", at=at("09:30:00"))

    assert ask(case, point, collector).allowed


def test_a_blocked_number_is_refused_for_every_debtor(make_case, collector):
    case, point = make_case()
    NumberBlock.objects.create(
        value_index=bytes(point.value_index), reason="third_party_refused", at=at("09:00:00")
    )

    assert not ask(case, point, collector).allowed


@pytest.mark.parametrize("kind", ["plan", "dispute", "complaint", "hardship", "deceased", "emergency"])
def test_a_hold_stops_collection_and_its_release_reopens_it(make_case, collector, kind):
    case, point = make_case()
    hold = Hold.objects.create(case=case, kind=kind, since=at("09:00:00"))
    assert not ask(case, point, collector, "10:00:00").allowed

    Hold.objects.filter(pk=hold.pk).update(released_at=at("10:30:00"))

    assert ask(case, point, collector, "11:00:00").allowed


def test_a_third_person_is_locked_until_three_failures_in_a_row_are_on_record(make_case, collector, attempts):
    case, own = make_case()
    _, mother = make_case(number="10013800099", relation="parent")
    mother.customer = case.customer
    mother.save()
    relay = {
        "purpose": "locate", "party": "unrelated_third_party",
        "extra_facts": {"recording": True, "discloses_debt": False, "asks_payment": False},
    }  # fmt: skip
    attempts(case, own, 2)
    assert not ask(case, mother, collector, **relay).allowed

    attempts(case, own, 1)

    assert ask(case, mother, collector, **relay).allowed


def test_an_asker_may_not_replace_a_counter(make_case, collector):
    case, point = make_case()

    with pytest.raises(questions.BadFact):
        ask(case, point, collector, extra_facts={"effective_calls_today_debtor": 0})
    assert GateDecision.objects.count() == 0


def test_an_unknown_customer_cannot_be_contacted(make_case, collector):
    case, point = make_case()
    case.customer_id = 987_654

    with pytest.raises(Customer.DoesNotExist):
        ask(case, point, collector)


def test_the_chain_of_decisions_names_the_row_that_was_altered(make_case, collector):
    case, point = make_case()
    for clock in ("10:00:00", "22:00:00", "22:00:01"):
        ask(case, point, collector, clock)
    assert broken_decisions(case.customer_id) == []

    with transaction.atomic():
        cursor = transaction.get_connection().cursor()
        cursor.execute("ALTER TABLE contact_gatedecision DISABLE TRIGGER append_only")
        cursor.execute(
            "UPDATE contact_gatedecision SET facts = jsonb_set(facts, '{channel}', '\"sms\"') WHERE sequence = 2"
        )
        cursor.execute("ALTER TABLE contact_gatedecision ENABLE TRIGGER append_only")

    assert broken_decisions(case.customer_id) == [GateDecision.objects.get(sequence=2).pk]


@pytest.mark.parametrize("statement", ["UPDATE {} SET agency = 'x'", "DELETE FROM {}"])
def test_evidence_cannot_be_changed_or_deleted(make_case, collector, attempts, statement):
    case, point = make_case()
    attempts(case, point, 1)
    ask(case, point, collector)

    for table in (GateDecision._meta.db_table, ContactAttempt._meta.db_table):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            transaction.get_connection().cursor().execute(statement.format(table))


def test_counters_run_on_the_debtors_own_day(make_case, collector, attempts):
    case, point = make_case()
    attempts(case, point, 6)

    tomorrow = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=collector,
        at=at("08:00:00", TODAY.replace(day=25)), extra_facts={"recording": True},
    )  # fmt: skip

    assert tomorrow.allowed
