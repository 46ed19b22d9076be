"""Wishes bind every channel from the second they are stored, also for a permit that was granted before."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from tests.web.cases.bank import Bank, moment

from forbear.web.contact import gate
from forbear.web.contact.models import GateDecision, PermitState
from forbear.web.reach import contact_points, selectors, wishes

NOON = moment("2026-05-12", "12:30:00")


def ask(case, point, *, channel="voice", at=NOON, purpose="collect", party="debtor"):
    return gate.request_permit(
        case=case, contact_point=point, channel=channel, purpose=purpose, party=party, user=None, at=at,
        extra_facts={"recording": True},
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clock", "allowed"),
    [("11:59:59", True), ("12:00:00", False), ("13:59:59", False), ("14:00:00", True)],
)
def test_quiet_hours_hold_to_the_second(bank, clock, allowed):
    case, _ = bank.late_case()
    point = bank.number(case.customer)

    wishes.set_quiet_hours(
        case.customer_id, [["12:00", "14:00"]], at=moment("2026-05-12", "09:00:00"), by=None
    )

    reply = ask(case, point, at=moment("2026-05-12", clock))
    assert reply.allowed is allowed
    if not allowed:
        assert "HOUSE-WISHED-HOURS" in [reason["rule"] for reason in reply.reply["reasons"]]
        assert reply.reply["earliest_at"].startswith("2026-05-12T14:00:00")


@pytest.mark.django_db
def test_quiet_hours_bind_messages_too_and_can_be_lifted(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    wishes.set_quiet_hours(case.customer_id, [["12:00", "14:00"]], at=NOON, by=None)

    assert ask(case, point, channel="sms").answer == "refused"
    wishes.set_quiet_hours(case.customer_id, [], at=NOON, by=None)
    assert ask(case, point, channel="sms").allowed


@pytest.mark.django_db
def test_a_workplace_that_is_not_to_be_called_is_not_called_but_the_mobile_is(bank):
    case, _ = bank.late_case()
    mobile = bank.number(case.customer)
    office = bank.number(case.customer, "10013800055")
    type(office).objects.filter(pk=office.pk).update(kind="work_phone")

    wishes.leave_workplace_alone(case.customer_id, at=NOON, by=None)

    refused = ask(case, office)
    assert refused.reply["reasons"][0]["rule"] == "HOUSE-WISHED-WORKPLACE"
    assert ask(case, mobile).allowed
    wishes.leave_workplace_alone(case.customer_id, at=NOON, by=None, off=False)
    assert ask(case, office).allowed


@pytest.mark.django_db
def test_only_in_writing_closes_calls_and_visits_but_not_letters(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)

    wishes.only_in_writing(case.customer_id, at=NOON, by=None)

    assert {channel: ask(case, point, channel=channel).answer == "refused" for channel in ("voice", "ai_voice", "visit", "letter")} == {
        "voice": True, "ai_voice": True, "visit": True, "letter": False,
    }  # fmt: skip
    assert selectors.wishes(case.customer_id, NOON).channels_off == ("ai_voice", "visit", "voice")


@pytest.mark.django_db
def test_hours_that_nobody_can_read_are_refused(bank):
    case, _ = bank.late_case()

    for windows in ([["noon", "two"]], [["12:00", "12:00"]], [["25:00", "26:00"]], [["12:00"]]):
        with pytest.raises(contact_points.ReachRefused):
            wishes.set_quiet_hours(case.customer_id, windows, at=NOON, by=None)


@pytest.mark.django_db
def test_a_wish_takes_back_the_permit_that_was_granted_a_moment_before(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    permit = ask(case, point).permit

    wishes.close_channel(case.customer_id, "voice", at=NOON, by=None)

    permit.refresh_from_db()
    assert permit.state == PermitState.RELEASED
    with pytest.raises(gate.PermitLost):
        gate.start(permit, at=NOON)


@pytest.mark.django_db
def test_a_permit_is_judged_again_when_it_is_used_and_a_refusal_is_kept(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    late = moment("2026-05-12", "21:58:00")
    permit = ask(case, point, at=late).permit

    reply = gate.confirm(
        permit, case=case, contact_point=point, user=None, at=moment("2026-05-12", "22:00:00")
    )

    assert not reply.allowed
    assert permit.state == PermitState.RELEASED or type(permit).objects.get().state == PermitState.RELEASED
    assert GateDecision.objects.order_by("sequence").last().answer == "refused"


@pytest.mark.django_db
def test_a_permit_that_is_judged_again_does_not_stand_in_its_own_way(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    permits = [ask(case, point).permit for _ in range(3)]  # the day's three

    assert all(
        gate.confirm(permit, case=case, contact_point=point, user=None, at=NOON).allowed for permit in permits
    )
    assert not ask(case, point).allowed


@pytest.mark.django_db(transaction=True)
def test_a_wish_stored_while_ten_callers_ask_binds_all_who_are_decided_after_it(bank: Bank) -> None:
    """Whoever is granted a permit after the wish's commit would break it; whoever was before loses it."""
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    told: list[gate.GateReply] = []
    go = threading.Barrier(11)

    def caller() -> None:
        try:
            go.wait(timeout=30)
            told.append(ask(case, point))
        finally:
            connection.close()

    def debtor() -> None:
        try:
            go.wait(timeout=30)
            wishes.close_channel(case.customer_id, "voice", at=NOON, by=None)
        finally:
            connection.close()

    threads = [threading.Thread(target=caller) for _ in range(10)] + [threading.Thread(target=debtor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    granted = [reply.permit for reply in told if reply.permit]
    assert len(told) == 10
    for permit in granted:
        with pytest.raises(gate.PermitLost):
            gate.start(permit, at=NOON)
    assert not ask(case, point).allowed
