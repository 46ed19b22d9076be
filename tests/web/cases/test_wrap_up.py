"""The end of a call: codes that fit, steps that cannot be skipped, and what each outcome forces."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import services
from forbear.web.cases.codes import codes
from forbear.web.cases.models import CaseEvent, CaseState, Hold, Promise, Task
from forbear.web.cases.services import Call, PromiseTerms, Result
from forbear.web.contact import gate
from forbear.web.contact.models import Consent, ContactAttempt
from forbear.web.portfolio.models import NumberBlock

NOON = moment("2026-05-12", "12:00:00")


class Caller:
    """A collector on the telephone with the debtor's own number."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.case, self.account = bank.late_case()
        self.point = bank.number(self.case.customer)
        self.at = NOON

    def calls(self, **result: object) -> ContactAttempt:
        """Dial under a permit, talk a minute, wrap up."""
        reply = gate.request_permit(
            case=self.case,
            contact_point=self.point,
            channel="voice",
            purpose="collect",
            party="debtor",
            user=self.bank.collector,
            at=self.at,
        )
        if reply.permit is None:
            raise LookupError(f"no permit: {reply.reply['reasons']}")
        end = self.at + timedelta(minutes=1)
        call = Call(self.case, reply.permit, self.point, self.at, end, self.bank.collector)
        self.at = end
        return services.wrap_up(call, Result(**{"identity_passed": True, **result}))


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return Caller(bank)


RIGHT_PARTY = {"line": "L01", "party": "P1", "reason": "forgot"}


def test_no_answer_needs_one_code_and_begins_the_work(caller: Caller) -> None:
    attempt = caller.calls(line="L02")

    caller.case.refresh_from_db()
    assert (attempt.answered, attempt.effective, attempt.seconds_talked) == (False, False, None)
    assert caller.case.state == CaseState.WORKING
    told = CaseEvent.objects.get(kind="attempt").payload
    assert (told["line"], told["tail"]) == ("L02", "0001")


@pytest.mark.parametrize(
    ("result", "field"),
    [
        ({"line": "L99"}, "line"),
        ({"line": "L02", "party": "P1"}, "party"),
        ({"line": "L02", "outcome": "B01"}, "outcome"),
        ({"line": "L01"}, "party"),
        ({"line": "L01", "party": "P1"}, "outcome"),
        ({"line": "L01", "party": "P1", "outcome": "B28"}, "outcome"),  # a debtor is no third person
        ({"line": "L01", "party": "P3", "outcome": "B01"}, "outcome"),  # a mother cannot promise
        ({"line": "L12", "party": "P1", "outcome": "B30"}, "party"),
    ],
)
def test_codes_that_do_not_fit_together_are_refused(caller: Caller, result: dict, field: str) -> None:
    with pytest.raises(services.CodeRefused) as refusal:
        caller.calls(**result)

    assert refusal.value.field == field
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize(
    ("result", "field"),
    [
        ({**RIGHT_PARTY, "outcome": "B01"}, "promise"),
        ({**RIGHT_PARTY, "outcome": "B32"}, "callback"),
        (
            {**RIGHT_PARTY, "outcome": "B32", "callback_at": NOON},
            "callback",
        ),  # in the past when the call ends
        ({**RIGHT_PARTY, "outcome": "B17"}, "preference"),
        ({**RIGHT_PARTY, "outcome": "B17", "preference": "nothing"}, "preference"),
        ({**RIGHT_PARTY, "outcome": "B99"}, "note"),
        ({"line": "L01", "party": "P3", "outcome": "B29"}, "statement"),
        ({"line": "L01", "party": "P1", "outcome": "B08"}, "reason"),
        ({"line": "L01", "party": "P1", "outcome": "B08", "reason": "lazy"}, "reason"),
        ({**RIGHT_PARTY, "outcome": "B08", "identity_passed": False}, "party"),
        (
            {**RIGHT_PARTY, "outcome": "B08", "promise": PromiseTerms(100, day("2026-05-15"), "transfer")},
            "outcome",
        ),
    ],
)
def test_a_wrap_up_that_skips_a_forced_step_is_refused_whole(
    caller: Caller, result: dict, field: str
) -> None:
    with pytest.raises(services.WrapUpRefused) as refusal:
        caller.calls(**result)

    assert refusal.value.field == field
    assert not ContactAttempt.objects.exists()
    assert not Promise.objects.exists()


def test_a_promise_refused_leaves_no_attempt_behind(caller: Caller) -> None:
    with pytest.raises(services.PromiseRefused):
        caller.calls(**RIGHT_PARTY, outcome="B01", promise=PromiseTerms(0, day("2026-05-15"), "transfer"))

    assert not ContactAttempt.objects.exists()


def test_a_promise_on_the_call_is_tied_to_its_attempt(caller: Caller) -> None:
    terms = PromiseTerms(200_000, day("2026-05-15"), "mobile_bank")
    attempt = caller.calls(**RIGHT_PARTY, outcome="B01", promise=terms)

    promise = Promise.objects.get()
    caller.case.refresh_from_db()
    assert promise.attempt == attempt
    assert (caller.case.state, caller.case.arrears_reason) == (CaseState.PTP, "forgot")
    assert attempt.effective


@pytest.mark.parametrize(
    ("party", "outcome", "hold", "task"),
    [
        ("P1", "B03", "claimed_paid", "payment_check"),
        ("P1", "B10", "dispute", "dispute"),
        ("P1", "B13", "dispute", "dispute"),
        ("P1", "B15", "complaint", "complaint"),
        ("P1", "B19", "hardship", "hardship"),
        ("P3", "B22", "deceased", "proof"),
        ("P3", "B23", "incapacity", "proof"),
        ("P1", "B24", "emergency", "emergency"),
        ("P1", "B31", "bankruptcy", "legal"),
        ("P1", "B34", "claimed_paid", "payment_check"),
    ],
)
def test_an_outcome_forces_its_hold_and_its_task(
    caller: Caller, party: str, outcome: str, hold: str, task: str
) -> None:
    caller.calls(line="L01", party=party, outcome=outcome, reason="other")

    caller.case.refresh_from_db()
    assert Hold.objects.get().kind == hold
    assert Task.objects.get().kind == task
    assert caller.case.state == CaseState.HOLD
    assert services.verify_chain(caller.case) is None


def test_self_harm_freezes_the_case_within_the_call_and_a_lead_is_due_in_fifteen_minutes(
    caller: Caller,
) -> None:
    """S7: the case is frozen before the call ends; no collection code closes a later call."""
    caller.calls(line="L01", party="P1", outcome="B24")

    assert Task.objects.get(kind="emergency").due_at == caller.at + timedelta(minutes=15)
    with pytest.raises(LookupError):  # the gate gives no permit either
        caller.calls(**RIGHT_PARTY, outcome="B09")


def test_a_frozen_case_closes_a_call_only_with_a_care_code(caller: Caller) -> None:
    reply = gate.request_permit(
        case=caller.case, contact_point=caller.point, channel="voice", purpose="collect", party="debtor",
        user=caller.bank.collector, at=NOON,
    )  # fmt: skip
    assert reply.permit is not None
    services.place_hold(
        caller.case, kind="emergency", at=NOON, by=caller.bank.collector
    )  # the button, mid-call
    call = Call(
        caller.case, reply.permit, caller.point, NOON, NOON + timedelta(minutes=5), caller.bank.collector
    )

    with pytest.raises(services.WrapUpRefused, match="frozen"):
        services.wrap_up(call, Result(**RIGHT_PARTY, outcome="B09", identity_passed=True))
    services.wrap_up(call, Result(**RIGHT_PARTY, outcome="B24", identity_passed=True))

    assert Hold.objects.count() == 1


def test_a_wish_not_to_be_called_on_this_number_binds_the_gate_at_once(caller: Caller) -> None:
    caller.calls(**RIGHT_PARTY, outcome="B17", preference="this_number")

    caller.point.refresh_from_db()
    assert caller.point.do_not_contact
    with pytest.raises(LookupError):
        caller.calls(line="L02")


def test_writing_only_closes_the_voice_channels(caller: Caller) -> None:
    caller.calls(**RIGHT_PARTY, outcome="B16")

    assert set(Consent.objects.values_list("value", flat=True)) == {"voice", "ai_voice"}
    assert Task.objects.get().kind == "letter"


def test_a_call_back_becomes_the_caller_s_task(caller: Caller) -> None:
    at = moment("2026-05-12", "15:00:00")

    caller.calls(**RIGHT_PARTY, outcome="B32", callback_at=at)

    task = Task.objects.get()
    assert (task.kind, task.due_at, task.owner) == ("callback", at, caller.bank.collector)


def test_a_number_that_does_not_exist_is_marked_invalid(caller: Caller) -> None:
    caller.calls(line="L06")

    caller.point.refresh_from_db()
    assert caller.point.state == "invalid"


def test_a_number_with_a_new_owner_is_blocked_for_everyone(caller: Caller) -> None:
    caller.calls(line="L12", party="P5", outcome="B30")

    caller.point.refresh_from_db()
    assert caller.point.state == "wrong_person"
    assert NumberBlock.objects.get().reason == "wrong_person"


@pytest.mark.django_db
def test_every_outcome_names_parties_holds_and_needs_that_exist() -> None:
    found = codes(day("2026-05-12"))
    kinds = set(Hold._meta.get_field("kind").choices and dict(Hold._meta.get_field("kind").choices))

    for outcome in found.outcomes.values():
        assert set(outcome.parties) <= set(found.parties)
        assert set(outcome.needs) <= {"promise", "callback", "note", "preference", "statement"}
        assert {forced["hold"] for forced in outcome.do if "hold" in forced} <= kinds
        assert not outcome.reason or outcome.reason in found.reasons
    for line in found.lines.values():
        assert set(line.parties) <= set(found.parties)
    keys = [line.key for line in found.lines.values() if line.key]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
def test_the_code_list_is_that_of_the_dossier() -> None:
    found = codes(day("2026-05-12"))

    assert list(found.lines) == [f"L{number:02d}" for number in range(1, 13)]
    assert list(found.parties) == [f"P{number}" for number in range(1, 10)]
    assert list(found.outcomes) == [*(f"B{number:02d}" for number in range(1, 35)), "B99"]
