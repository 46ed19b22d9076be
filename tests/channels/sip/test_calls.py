"""A collector's call, placed through SIP: answered, busy, silent, unknown, declined, withdrawn, lost datagrams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.channels.sip.calls import kinds, place, until, yes
from tests.channels.sip.peer import Exchange

from forbear.channels.sip import Agent, Line, Login, Told, Udp

CALLING = [Told.COLLECTOR_RINGING, Told.COLLECTOR_THERE, Told.DIALLED]


def with_exchange(test: Callable[[Exchange], Awaitable[None]], **how: object) -> None:
    async def run() -> None:
        exchange = await Exchange(**how).open()
        try:
            await test(exchange)
        finally:
            exchange.close()

    asyncio.run(run())


def test_a_call_is_placed_answered_heard_and_ended_by_the_debtor():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001")

        assert kinds(told) == [*CALLING, Told.RINGING, Told.ANSWERED, Told.ENDED]
        assert told[-1].by == "debtor"
        assert told[-1].cause.q850 == 16
        collector, debtor = exchange.calls.values()
        assert (collector.number, debtor.number) == ("7001", "13800001")
        assert collector.acked
        assert debtor.acked
        assert collector.ended_by == "us"
        # Voice goes from telephone to telephone, both ways, and none to us.
        assert debtor.rtp.heard_from.get(collector.rtp.port, 0) > 3
        assert collector.rtp.heard_from.get(debtor.rtp.port, 0) > 3
        assert set(debtor.rtp.heard_from) == {collector.rtp.port}
        assert "a=inactive" in collector.sdp[0]

    with_exchange(call)


@pytest.mark.parametrize(
    ("number", "status", "q850"),
    [("2001", 486, 17), ("4001", 404, 1), ("5001", 603, 21), ("6001", 480, 20)],
)
def test_a_call_that_is_not_taken_says_why_and_leaves_nobody_on_the_line(number, status, q850):
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, number)

        assert kinds(told) == [*CALLING, Told.FAILED]
        assert (told[-1].cause.status, told[-1].cause.q850) == (status, q850)
        collector, debtor = exchange.calls.values()
        assert collector.ended_by == "us"
        assert debtor.acked  # a refusal is acknowledged, or the exchange would repeat it

    with_exchange(call)


def test_nobody_answers_and_the_call_is_withdrawn_after_the_time_to_ring():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "3001", ring_seconds=0.4)

        assert kinds(told) == [*CALLING, Told.RINGING, Told.FAILED]
        assert (told[-1].cause.status, told[-1].cause.q850, told[-1].by) == (487, 19, "time")
        assert [each.ended_by for each in exchange.calls.values()] == ["us", "cancel"]

    with_exchange(call)


def test_without_a_permit_the_debtor_is_never_dialled():
    async def no() -> bool:
        return False

    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001", may_dial=no)

        assert kinds(told) == [Told.COLLECTOR_RINGING, Told.COLLECTOR_THERE, Told.WITHDRAWN]
        assert exchange.numbers == ["7001"]

    with_exchange(call)


def test_the_permit_is_asked_before_the_first_invite_to_the_debtor():
    async def call(exchange: Exchange) -> None:
        seen: list[list[str]] = []

        async def may() -> bool:
            seen.append(list(exchange.numbers))
            return True

        await place(exchange, "13800001", may_dial=may)

        assert seen == [["7001"]]

    with_exchange(call)


def test_a_collector_who_does_not_pick_up_causes_no_call():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001", collector="2999")

        assert kinds(told) == [Told.COLLECTOR_MISSED]
        assert exchange.numbers == ["2999"]

    with_exchange(call)


def test_the_collector_hangs_up_from_the_screen_while_they_talk():
    async def call(exchange: Exchange) -> None:
        async def hang_up(running, told) -> None:
            await until(told, Told.ANSWERED)
            await asyncio.sleep(0.2)
            running.hang_up()

        told = await place(exchange, "13800001", meanwhile=hang_up)

        assert told[-1].told == Told.ENDED
        assert told[-1].by == "us"
        assert [each.ended_by for each in exchange.calls.values()] == ["us", "us"]

    with_exchange(call, talk_for=30)


def test_the_collector_hangs_up_while_it_rings():
    async def call(exchange: Exchange) -> None:
        async def hang_up(running, told) -> None:
            await until(told, Told.RINGING)
            running.hang_up()

        told = await place(exchange, "3001", ring_seconds=10, meanwhile=hang_up)

        assert kinds(told)[-1] == Told.FAILED
        assert [each.ended_by for each in exchange.calls.values()] == ["us", "cancel"]

    with_exchange(call)


def test_a_debtor_who_answers_at_the_moment_of_withdrawal_is_counted_as_abandoned_and_let_go():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "9001", ring_seconds=0.3)

        assert kinds(told)[-1] == Told.ABANDONED
        assert [each.ended_by for each in exchange.calls.values()] == ["us", "us"]

    with_exchange(call)


def test_an_announcement_before_the_answer_is_heard_by_the_collector():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "8001")

        assert kinds(told) == [*CALLING, Told.RINGING, Told.FAILED]
        collector, debtor = exchange.calls.values()
        assert collector.rtp.heard_from.get(debtor.rtp.port, 0) > 1

    with_exchange(call, answer_after=0.3)


def test_the_line_is_signed_in_to_with_a_digest_and_the_secret_never_travels():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001", login=Login("desk", "s3cret-of-the-line"))

        assert Told.ANSWERED in kinds(told)
        assert all("s3cret" not in each.invite for each in exchange.calls.values())
        assert "s3cret" not in repr(Login("desk", "s3cret-of-the-line"))

    with_exchange(call, secret="s3cret-of-the-line")


def test_a_wrong_secret_is_refused_once_and_not_tried_again():
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001", login=Login("desk", "wrong"))

        assert kinds(told) == [Told.COLLECTOR_MISSED]
        assert told[-1].cause.status == 401
        assert exchange.numbers == []

    with_exchange(call, secret="right")


@pytest.mark.parametrize("lose", [2, 3, 5])
def test_datagrams_that_are_lost_are_said_again_until_the_call_is_through(lose):
    async def call(exchange: Exchange) -> None:
        told = await place(exchange, "13800001", ring_seconds=5)

        assert [kind for kind in kinds(told) if kind not in (Told.RINGING, Told.COLLECTOR_RINGING)] == [
            Told.COLLECTOR_THERE, Told.DIALLED, Told.ANSWERED, Told.ENDED,
        ]  # fmt: skip
        assert sorted(exchange.numbers) == ["13800001", "7001"]  # each telephone rang once

    with_exchange(call, lose=lose, talk_for=1.0)


def test_an_exchange_that_is_not_there_is_noticed():
    async def run() -> None:
        exchange = await Exchange().open()
        agent = Agent(Udp("127.0.0.1"), Line("127.0.0.1", exchange.port, "desk", t1=0.01))
        await agent.open()
        assert await agent.ping()
        exchange.close()
        assert not await agent.ping()
        assert agent.reachable is False
        agent.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "number", ["", "12", "sip:1@evil", "138\r\nVia: x", "0086-138", "138;phone-context=x"]
)
def test_only_digits_are_dialled(number):
    async def run() -> None:
        from forbear.channels.sip import ClickToDial

        agent = Agent(Udp("127.0.0.1"), Line("127.0.0.1", 9, "desk"))
        with pytest.raises(ValueError, match="digits"):
            ClickToDial(
                agent,
                collector="7001",
                debtor=number,
                may_dial=yes,
                tell=print,
                collector_seconds=1,
                ring_seconds=1,
            )

    asyncio.run(run())
