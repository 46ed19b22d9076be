"""What the telephone must do as every channel must, in the terms of a call.

A call is no message: its result is a course of events, and its receipt the cause at its end. The promises are those of
tests/channels/messages/test_contract.py, name by name; that no channel of the house is without a contract is held here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from tests.channels.messages.peers import PEERS
from tests.channels.sip.calls import kinds, place
from tests.channels.sip.peer import Exchange

from forbear.channels.sip import Agent, Cause, Line, Login, Told, Udp, line_of
from forbear.packs import load_packs
from forbear.web.outbox.wiring import BUILDERS

GOOD, DEAD = "13800001", "4001"
ENDS = {Told.ENDED, Told.FAILED, Told.ABANDONED, Told.WITHDRAWN, Told.COLLECTOR_MISSED}


def scene(test: Callable[[Exchange], Awaitable[Any]], **how: object) -> Any:
    """Play a scene against an exchange on loopback."""

    async def run() -> Any:
        exchange = await Exchange(**how).open()
        try:
            return await test(exchange)
        finally:
            exchange.close()

    return asyncio.run(run())


def test_each_call_is_placed_once_and_has_its_result_in_order():
    async def calls(exchange):
        return [await place(exchange, number) for number in (GOOD, "2001", GOOD)], exchange.numbers

    results, rung = scene(calls, talk_for=0.1)

    assert rung == ["7001", GOOD, "7001", "2001", "7001", GOOD]
    assert [told[-1].told for told in results] == [Told.ENDED, Told.FAILED, Told.ENDED]
    for told in results:
        assert sum(event.told in ENDS for event in told) == 1  # one result, and nothing after it
        assert told[-1].told in ENDS


def test_what_may_not_start_is_held_back():
    async def no() -> bool:
        return False

    async def call(exchange):
        return await place(exchange, GOOD, may_dial=no), exchange.numbers

    told, rung = scene(call)

    assert kinds(told)[-1] == Told.WITHDRAWN
    assert GOOD not in rung


def test_a_number_that_does_not_exist_is_told_as_dead():
    async def call(exchange):
        return await place(exchange, DEAD)

    last = scene(call)[-1]
    table, otherwise = house("dialler/line_of_cause"), house("dialler/line_otherwise")

    assert last.told == Told.FAILED
    assert line_of(last.cause, table, otherwise) == "L06"
    assert (
        line_of(Cause(503), table, otherwise) != "L06"
    )  # the exchange in trouble says nothing of the number


def test_where_nobody_listens_nothing_is_dialled_and_nothing_pretended():
    async def call(exchange):
        exchange.close()
        agent = Agent(Udp("127.0.0.1"), Line("127.0.0.1", exchange.port, "desk", t1=0.01))
        await agent.open()
        there = await agent.ping()
        told = await place(exchange, GOOD)
        agent.close()
        return there, agent.reachable, told, exchange.numbers

    there, reachable, told, rung = scene(call)

    assert (there, reachable, rung) == (False, False, [])
    assert kinds(told) == [Told.COLLECTOR_MISSED]


def test_a_wrong_secret_is_said_at_once():
    async def call(exchange):
        return await place(exchange, GOOD, login=Login("desk", "wrong")), exchange.numbers

    told, rung = scene(call, secret="right")

    assert (kinds(told), told[-1].cause.status, rung) == ([Told.COLLECTOR_MISSED], 401, [])


def test_health_says_whether_it_is_connected():
    async def ask(exchange):
        agent = Agent(Udp("127.0.0.1"), Line("127.0.0.1", exchange.port, "desk", t1=0.01))
        await agent.open()
        during = await agent.ping()
        exchange.close()
        after = await agent.ping()
        agent.close()
        return during, after

    assert scene(ask) == (True, False)


def test_every_channel_of_the_house_is_held_by_a_contract():
    carried = {row["protocol"] for row in house("channels/transports")}

    assert carried
    assert {NAMED.get(protocol, protocol) for protocol in carried} <= set(PEERS)
    assert {NAMED.get(protocol, protocol) for protocol in BUILDERS} == set(PEERS)


NAMED = {"print_folder": "letter"}  # where the peer is called by its channel, not by its protocol


def house(name: str) -> Any:
    """Return a table of the house's policy."""
    return load_packs().value(f"house/{name}", date(2026, 11, 24))
