"""Scenario S7: at 21:55 a debtor says that the pills are bought. Collecting stops before the call has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import Bank, moment

from forbear import questions
from forbear.web.cases import services as cases
from forbear.web.cases.models import CaseEvent, CaseState, Hold, Promise, PromiseState, Task
from forbear.web.cases.services import Call, HoldRefused, Result, WrapUpRefused
from forbear.web.contact import gate
from forbear.web.people.models import User
from forbear.web.replies import services
from forbear.web.replies.models import Page, Reply

NUMBER = "10013800001"
EVENING = moment("2026-05-12", "21:55:00")
CHANNELS = ("voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom")


class Evening:
    """One call, cut off by what the debtor says."""

    def __init__(self, bank: Bank, compliance: User) -> None:
        self.bank, self.compliance = bank, compliance
        self.case, _ = bank.late_case()
        self.point = bank.number(self.case.customer, NUMBER)
        self.promise = cases.make_promise(
            self.case, amount_minor=50_000, due_on=moment("2026-05-20").date(), pay_channel="mobile_bank",
            at=moment("2026-05-11"), by=bank.collector,
        )  # fmt: skip
        reply = self.ask("voice", EVENING - timedelta(minutes=2))
        assert reply.permit is not None
        self.permit = reply.permit

    def ask(self, channel: str, at):
        return gate.request_permit(
            case=self.case, contact_point=self.point, channel=channel, purpose="collect", party="debtor",
            user=self.bank.collector, at=at,
        )  # fmt: skip

    def says(self, text: str, at=EVENING, channel: str = "voice") -> Reply:
        (reply,) = services.received(channel=channel, number=NUMBER, text=text, at=at)
        self.case.refresh_from_db()
        return reply

    def wrap_up(self, **result) -> None:
        call = Call(
            self.case, self.permit, self.point, EVENING, EVENING + timedelta(minutes=9), self.bank.collector
        )
        cases.wrap_up(call, Result(line="L01", identity_passed=True, **result))


@pytest.fixture
def evening(bank: Bank, compliance: User) -> Evening:
    return Evening(bank, compliance)


def test_the_case_is_frozen_and_the_lead_called_before_the_call_ends(evening: Evening) -> None:
    reply = evening.says("药我都买好了")

    assert reply.severity == "critical"
    assert evening.case.state == CaseState.HOLD
    assert Hold.objects.get(case=evening.case).kind == "emergency"
    evening.promise.refresh_from_db()
    assert evening.promise.state == PromiseState.CANCELLED_BY_HOLD
    task = Task.objects.get(case=evening.case, kind="emergency")
    assert task.due_at == EVENING + timedelta(minutes=15)
    assert [page.user for page in Page.objects.filter(task=task)] == [evening.bank.lead]


def test_the_call_closes_only_with_a_care_code(evening: Evening) -> None:
    evening.says("药我都买好了")

    with pytest.raises(WrapUpRefused, match="frozen"):
        evening.wrap_up(party="P1", outcome="B09", reason="other")
    evening.wrap_up(party="P1", outcome="B24", reason="other")


def test_the_next_in_line_is_called_when_the_lead_is_away(evening: Evening) -> None:
    evening.says("药我都买好了")

    assert services.escalate(EVENING + timedelta(minutes=4, seconds=59)) == []
    (second,) = services.escalate(EVENING + timedelta(minutes=5))
    assert second.user == evening.compliance
    assert services.escalate(EVENING + timedelta(minutes=6)) == []
    services.answer(second, at=EVENING + timedelta(minutes=6), by=evening.compliance)
    assert services.escalate(EVENING + timedelta(minutes=14)) == []
    assert Task.objects.get(kind="emergency").owner == evening.compliance


def test_nobody_is_called_further_once_the_lead_answers(evening: Evening) -> None:
    evening.says("药我都买好了")
    page = Page.objects.get()

    services.answer(page, at=EVENING + timedelta(minutes=1), by=evening.bank.collector)
    assert Page.objects.get().answered_at is None  # only who was called can answer
    services.answer(page, at=EVENING + timedelta(minutes=1), by=evening.bank.lead)
    assert services.escalate(EVENING + timedelta(hours=1)) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_next_day_no_channel_reaches_for_money(evening: Evening, channel: str) -> None:
    evening.says("药我都买好了")

    assert not evening.ask(channel, moment("2026-05-13", "10:00:00")).allowed


def test_the_audit_is_whole_and_names_no_sum(evening: Evening) -> None:
    evening.says("药我都买好了")
    evening.wrap_up(party="P1", outcome="B24", reason="other")

    assert cases.verify_chain(evening.case) is None
    kinds = list(CaseEvent.objects.filter(case=evening.case, at__gte=EVENING).values_list("kind", flat=True))
    assert {"reply", "hold", "promise_cancelled", "task", "paged", "attempt"} <= set(kinds)
    told = [str(e.payload) for e in CaseEvent.objects.filter(case=evening.case, at__gte=EVENING)]
    assert not any("药" in words or "minor" in words for words in told)
    care = questions.ask("debtor_signals", {"text": "药我都买好了"}, lang="zh")["signals"][0]["suggestion"]
    assert not any(char.isdigit() for char in care)


def test_a_listener_afterwards_finds_the_care_script_clean_and_pressure_not() -> None:
    def heard(text: str) -> str:
        return questions.ask("message_lint", {"text": text, "kind": "call"})["answer"]

    assert heard("您先别挂，我陪着您，您身边有人吗？") == "clean"
    assert heard("死了也得先还钱，你死了你爸妈替你还。") == "blocked"


def test_better_again_the_debtor_waits_for_the_one_role_that_may_lift_it(evening: Evening) -> None:
    evening.says("药我都买好了")
    june = moment("2026-06-02", "10:00:00")

    evening.says("已好转，想分期", at=june, channel="sms")

    assert Task.objects.filter(case=evening.case, kind="callback").exists()
    assert not evening.ask("voice", june).allowed
    hold = Hold.objects.get(case=evening.case, kind="emergency")
    with pytest.raises(HoldRefused, match="compliance"):
        cases.release_hold(hold, at=june, by=evening.bank.lead, reason="better")
    cases.release_hold(hold, at=june, by=evening.compliance, reason="spoke with the family")
    assert evening.ask("voice", june + timedelta(minutes=1)).allowed
    assert Promise.objects.filter(state=PromiseState.OPEN).count() == 0
