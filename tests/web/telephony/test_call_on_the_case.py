"""A call from the case screen: permit, exchange, debtor, result; and every way it can fail, as the case tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.channels.sip.peer import Exchange
from tests.web.cases.bank import moment

from forbear.channels.sip import Line, Login
from forbear.web.cases.models import CaseEvent, Task
from forbear.web.contact.models import ContactAttempt, GateDecision, Permit
from forbear.web.people.models import AccessLog
from forbear.web.reach import wishes
from forbear.web.replies import paging, policy
from forbear.web.replies.models import Page
from forbear.web.telephony import services
from forbear.web.telephony.line import LOCK, LineSettings, LineTaken, Placing, SettingsWrong, read_settings
from forbear.web.telephony.models import CallEvent, PhoneCall

pytestmark = pytest.mark.django_db(transaction=True)


async def in_thread(step, *args, **named):
    """Do one step as another process would, and leave no connection behind."""

    def alone():
        try:
            return step(*args, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(alone)


async def lock_held(seconds: float = 10) -> None:
    """Wait until the line that was started has its lock: who comes first holds it."""

    def held() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
                " WHERE locktype = 'advisory' AND objid = %s AND granted AND datname = current_database())",
                [LOCK],
            )
            return cursor.fetchone()[0]

    async with asyncio.timeout(seconds):
        while not await in_thread(held):
            await asyncio.sleep(0.05)


class Desk:
    """A collector's browser, an exchange and the line between them."""

    def __init__(self, bank, settings, number: str) -> None:
        settings.FORBEAR_SIP = "udp://desk@127.0.0.1:1"
        self.bank = bank
        self.case, _ = bank.late_case()
        self.point = bank.number(self.case.customer, number)
        self.client = Client()
        self.client.force_login(bank.collector)

    def run(self, scene: Callable[[Exchange], Awaitable[None]], **how: object) -> Exchange:
        async def everything() -> Exchange:
            exchange = await Exchange(secret="s3cret", **how).open()
            line = Line("127.0.0.1", exchange.port, "desk", login=Login("desk", "s3cret"), t1=0.05)
            until = asyncio.Event()
            placing = Placing(LineSettings(line, "udp", "127.0.0.1", "95555"))
            serving = asyncio.create_task(placing.run(until))
            try:
                await asyncio.wait_for(scene(exchange), 25)
            finally:
                until.set()
                await asyncio.wait_for(serving, 10)
                exchange.close()
            return exchange

        return asyncio.run(everything())

    async def post(self, name: str, **form: str):
        return await in_thread(self.client.post, reverse(name, args=[self.case.pk]), form)

    async def dial(self):
        return await self.post("desk_dial", point=str(self.point.pk))

    async def until(self, state: str, seconds: float = 10) -> PhoneCall:
        async with asyncio.timeout(seconds):
            while True:
                call = await in_thread(PhoneCall.objects.order_by("-pk").first)
                if call and call.state == state:
                    return call
                await asyncio.sleep(0.05)

    async def polled(self):
        return await in_thread(self.client.get, reverse("desk_phone", args=[self.case.pk]))


def test_a_call_is_placed_answered_ended_and_recorded_on_the_case(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")

    async def scene(exchange: Exchange) -> None:
        shown = await desk.dial()
        assert shown.status_code == 200
        assert "10013800001" in shown.content.decode()
        await desk.until("answered")
        await desk.until("over")
        assert 'data-line="L01"' in (await desk.polled()).content.decode()
        await desk.post("desk_identity")
        saved = await desk.post("desk_wrap_up", line="L01", party="P1", outcome="B08", reason="forgot")
        assert saved.status_code == 200, saved.content

    exchange = desk.run(scene, talk_for=1.2)

    assert exchange.numbers == ["7001", "10013800001"]
    attempt = ContactAttempt.objects.get()
    call = PhoneCall.objects.get()
    assert (attempt.line, attempt.party, attempt.answered, attempt.effective) == ("L01", "P1", True, True)
    assert (call.attempt, call.ended_by, call.q850) == (attempt, "debtor", 16)
    assert attempt.seconds_talked == call.seconds_talked
    assert attempt.permit.state == "used"
    told = list(CallEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert told == ["collector_ringing", "collector_there", "dialled", "ringing", "answered", "ended"]
    said = CaseEvent.objects.get(case=desk.case, kind="attempt").payload
    assert said["network"] == {"line": "L01", "sip": None, "q850": 16, "ended_by": "debtor"}
    assert AccessLog.objects.filter(what="number_revealed").count() == 1


@pytest.mark.parametrize(
    ("number", "line", "sip", "q850"),
    [
        ("2001380001", "L03", 486, 17),
        ("4001380001", "L06", 404, 1),
        ("5001380001", "L07", 603, 21),
        ("6001380001", "L04", 480, 20),
    ],
)
def test_a_call_nobody_takes_is_recorded_with_what_the_network_said(
    bank, seat, settings, running_clock, number, line, sip, q850
):
    desk = Desk(bank, settings, number)

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        call = await desk.until("over")
        assert (call.line, call.sip_status, call.q850) == (line, sip, q850)
        saved = await desk.post("desk_wrap_up", line=call.line)
        assert saved.status_code == 200, saved.content

    desk.run(scene)

    attempt = ContactAttempt.objects.get()
    assert (attempt.line, attempt.answered, attempt.seconds_talked) == (line, False, None)
    desk.point.refresh_from_db()
    assert desk.point.state == ("invalid" if line == "L06" else "unverified")


def test_no_permit_no_invite_not_even_to_the_collector(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")
    running_clock(moment("2026-05-12", "22:00:01"))

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        await asyncio.sleep(0.8)

    exchange = desk.run(scene)

    assert exchange.numbers == []
    assert GateDecision.objects.get().answer == "refused"
    assert not PhoneCall.objects.exists()


def test_a_wish_that_comes_while_the_handset_rings_stops_the_call(bank, seat, settings, running_clock):
    services.set_handset(bank.collector, "3777", running_clock and seat.since)
    desk = Desk(bank, settings, "10013800001")

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        await desk.until("collector")
        await in_thread(
            wishes.close_channel, desk.case.customer_id, "voice", at=moment("2026-05-12", "12:00:00"), by=None
        )
        for call in exchange.calls.values():
            exchange.answer(call)  # now the collector picks up
        await desk.until("over")
        shown = await desk.polled()
        assert "Not dialled" in shown.content.decode()
        assert shown.headers["HX-Retarget"] == "#call"

    exchange = desk.run(scene)

    assert exchange.numbers == ["3777"]
    assert Permit.objects.get().state == "released"
    assert not ContactAttempt.objects.exists()


def test_hanging_up_on_the_screen_ends_the_call(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        await desk.until("answered")
        await desk.post("desk_hang_up")
        call = await desk.until("over", seconds=3)
        assert call.ended_by == "us"

    exchange = desk.run(scene, talk_for=60)

    assert [call.ended_by for call in exchange.calls.values()] == ["us", "us"]


def test_a_line_that_died_leaves_no_call_open_and_dials_none_again(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")

    async def dials(exchange: Exchange) -> None:
        await desk.dial()
        await desk.until("answered")

    desk.run(dials, talk_for=60)  # the line stops under the call
    PhoneCall.objects.update(state="ringing", ended_at=None, answered_at=None, line="")  # as a kill leaves it

    async def nothing(exchange: Exchange) -> None:
        await desk.until("over")
        await asyncio.sleep(0.5)

    second = desk.run(nothing)

    assert second.numbers == []
    call = PhoneCall.objects.get()
    assert (call.ended_by, call.line) == ("line", "L10")


def test_a_result_nobody_wrote_is_recorded_by_the_network_and_reviewed(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        await desk.until("over")

    desk.run(scene)

    assert services.record_forgotten(moment("2026-05-12", "12:29:00")) == 0
    assert services.record_forgotten(moment("2026-05-12", "12:31:00")) == 1
    attempt = ContactAttempt.objects.get()
    assert (attempt.line, attempt.answered, attempt.effective) == ("L01", True, True)
    assert Task.objects.get(case=desk.case).kind == "review"


def test_only_one_process_holds_the_line(bank, seat, settings, running_clock):
    desk = Desk(bank, settings, "10013800001")

    async def scene(exchange: Exchange) -> None:
        await lock_held()
        line = Line("127.0.0.1", exchange.port, "desk")
        with pytest.raises(LineTaken):
            await Placing(LineSettings(line, "udp", "127.0.0.1", "")).run(asyncio.Event())

    desk.run(scene)


@pytest.mark.parametrize("text", ["", "pbx", "http://a@b", "udp://pbx:5060", "udp://a@b:port"])
def test_an_address_of_the_exchange_that_cannot_be_read_is_refused(text):
    with pytest.raises(SettingsWrong):
        read_settings(text, "")


def test_the_address_of_the_exchange_is_read():
    found = read_settings("tcp://desk@pbx:5070?domain=bank.example&caller=95555", "x")

    assert found.line.address("138") == "sip:138@bank.example"
    assert (found.transport, found.caller, found.line.hop) == ("tcp", "95555", ("pbx", 5070))
    assert "x" not in repr(replace(found.line.login))


def test_an_emergency_during_the_call_freezes_the_case_calls_people_and_admits_care_results_alone(
    bank, seat, settings, running_clock
):
    desk = Desk(bank, settings, "10013800001")
    fallback = bank.person("chen", "compliance")

    async def scene(exchange: Exchange) -> None:
        await desk.dial()
        await desk.until("answered")
        await desk.post("desk_emergency")
        frozen = await in_thread(lambda: list(desk.case.holds.values_list("kind", flat=True)))
        assert frozen == ["emergency"]
        assert (await in_thread(PhoneCall.objects.get)).state == "answered"  # the call itself goes on
        await desk.post("desk_identity")
        refused = await desk.post("desk_wrap_up", line="L01", party="P1", outcome="B08", reason="forgot")
        assert refused.status_code == 422
        saved = await desk.post("desk_wrap_up", line="L01", party="P1", outcome="B24", note="care")
        assert saved.status_code == 200, saved.content

    desk.run(scene, talk_for=60)

    task = Task.objects.get(case=desk.case, kind="emergency")
    called = list(Page.objects.filter(task=task))
    assert called
    paging.escalate(max(one.at for one in called) + policy.answer_within(called[0].at.date()))
    assert Page.objects.filter(task=task, user=fallback).exists()  # the lead did not answer
