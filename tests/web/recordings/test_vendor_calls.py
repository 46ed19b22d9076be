"""What a contact centre tells moves calls, attempts and seats; and limitation decides how long a recording is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import day, moment
from tests.web.recordings.conftest import AUDIO, NOON

from forbear.web.cases.models import CaseState, Task
from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt, PermitState
from forbear.web.law.current import packs_at
from forbear.web.litigation.limitation import limits
from forbear.web.recordings import services as recordings
from forbear.web.telephony import services
from forbear.web.telephony.models import CallState, PhoneCall, Seat, SeatState

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(bank) -> PhoneCall:
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    services.set_handset(bank.collector, "7001", NOON - timedelta(hours=1))
    reply = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=bank.collector, at=NOON,
    )  # fmt: skip
    return PhoneCall.objects.create(
        permit=reply.permit, case=case, contact_point=point, staff=bank.collector, asked_at=NOON
    )


def seen(call: PhoneCall, state: str, seconds: int, **more):
    at = (NOON + timedelta(seconds=seconds)).isoformat()
    return {"kind": "call", "event_id": f"{call.pk}-{state}-{seconds}", "at": at, "call_id": f"call-{call.pk}", "state": state} | more  # fmt: skip


def test_a_call_nobody_took_is_written_up_with_the_cause_of_the_vendor(centre, call):
    centre.tell(seen(call, "dialled", 1), seen(call, "over", 31, sip_status=486, q850=17))

    call.refresh_from_db()
    assert (call.state, call.dialled_at, call.ended_at) == (
        CallState.OVER, NOON + timedelta(seconds=1), NOON + timedelta(seconds=31),
    )  # fmt: skip
    attempt = ContactAttempt.objects.get()
    assert (attempt.permit_id, attempt.answered, attempt.effective) == (call.permit_id, False, False)
    assert call.attempt == attempt
    call.permit.refresh_from_db()
    assert call.permit.state == PermitState.USED


def test_an_answered_call_has_the_seconds_the_vendor_measured(centre, call):
    centre.tell(seen(call, "dialled", 1), seen(call, "answered", 11), seen(call, "over", 71))

    call.refresh_from_db()
    assert (call.state, call.seconds_talked) == (CallState.OVER, 60)
    assert not ContactAttempt.objects.exists()  # its result is the collector's to write
    services.record_forgotten(NOON + timedelta(hours=8))
    assert ContactAttempt.objects.get().seconds_talked == 60


def test_told_again_or_late_nothing_moves_twice(centre, call):
    centre.tell(seen(call, "dialled", 1), seen(call, "over", 31))
    centre.tell(seen(call, "dialled", 1), seen(call, "over", 31), seen(call, "answered", 40))

    call.refresh_from_db()
    assert call.answered_at is None
    assert ContactAttempt.objects.count() == 1


def test_a_vendor_that_dialled_what_was_no_longer_lawful_is_looked_at(centre, call):
    gate.release(call.permit, at=NOON)

    centre.tell(seen(call, "dialled", 1))

    call.refresh_from_db()
    assert call.state == CallState.DIALLED
    assert Task.objects.filter(case=call.case, kind="review", note="vendor dialled without permit").exists()


def test_a_call_that_was_never_dialled_gives_its_slot_back(centre, call):
    centre.tell(seen(call, "over", 5))

    call.refresh_from_db()
    call.permit.refresh_from_db()
    assert (call.state, call.permit.state) == (CallState.OVER, PermitState.RELEASED)
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize(
    "call_id", ["call-999999", "call-x", "attempt-1", "call-", "call-99999999999999999999"]
)
def test_calls_of_others_move_nothing(centre, call, call_id):
    answer = centre.tell(seen(call, "dialled", 1, call_id=call_id))

    call.refresh_from_db()
    assert answer.status_code == 200
    assert call.state == CallState.ASKED


def test_a_call_of_our_own_line_is_not_moved_by_a_vendor(centre, call):
    services.claim(NOON)

    centre.tell(seen(call, "dialled", 1), seen(call, "over", 31))

    call.refresh_from_db()
    assert call.state == CallState.ASKED


def test_an_agent_told_of_moves_the_seat_and_an_older_word_does_not(centre, call, bank):
    def agent(state: str, seconds: int, staff_no: str = "li"):
        at = (NOON + timedelta(seconds=seconds)).isoformat()
        return {
            "kind": "agent",
            "event_id": f"a-{state}-{seconds}",
            "at": at,
            "staff_no": staff_no,
            "state": state,
        }

    centre.tell(agent("on_call", 20), agent("idle", 10), agent("break", 30, "nobody"))

    seat = Seat.objects.get(user=bank.collector)
    assert (seat.state, seat.since) == (SeatState.ON_CALL, NOON + timedelta(seconds=20))


def test_a_recording_of_a_claim_that_was_not_settled_is_kept_until_its_limitation_ends(centre, attempt):
    centre.tell(centre.ready(attempt))
    recordings.receive(recordings.Recording.objects.get(), iter([AUDIO]), NOON)
    case = attempt.case
    ContactAttempt.objects.create(
        customer=case.customer, case=case, channel="voice", at=moment("2029-01-05"), local_day=day("2029-01-05"),
        answered=True, effective=True, line="L01",
    )  # fmt: skip
    case.state, case.closed_on = CaseState.CLOSED, day("2029-06-01")
    case.save()
    last = limits([case.pk], day("2031-09-01"), packs_at(NOON))[case.pk].last_day
    assert last is not None
    assert last > day(
        "2031-12-31"
    )  # asked again in 2029, three years from then: longer than five from the call

    during = recordings.purge(moment("2031-09-01"))
    after = recordings.purge(moment("2033-01-04"))

    assert (during.deleted, list(during.report["kept"])) == (0, ["HOUSE-KEEP-CLAIM"])
    assert after.deleted == 1
