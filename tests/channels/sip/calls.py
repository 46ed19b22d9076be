"""Places one call against a peer and returns what was told, for the tests beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.channels.sip.peer import Exchange

from forbear.channels.sip import Agent, ClickToDial, Event, Line, Login, Told, Udp


async def yes() -> bool:
    return True


async def place(
    exchange: Exchange,
    debtor: str,
    *,
    collector: str = "7001",
    may_dial: Callable[[], Awaitable[bool]] = yes,
    ring_seconds: float = 1.0,
    login: Login | None = None,
    meanwhile: Callable[[ClickToDial, list[Event]], Awaitable[None]] | None = None,
) -> list[Event]:
    """Return the events of one call, after both legs are over."""
    line = Line("127.0.0.1", exchange.port, "desk", login=login, t1=0.05)
    agent = Agent(Udp("127.0.0.1"), line)
    await agent.open()
    told: list[Event] = []
    call = ClickToDial(
        agent, collector=collector, debtor=debtor, may_dial=may_dial, tell=told.append, collector_seconds=2,
        ring_seconds=ring_seconds,
    )  # fmt: skip
    running = asyncio.create_task(call.run())
    if meanwhile is not None:
        await meanwhile(call, told)
    await asyncio.wait_for(running, 20)
    await goodbyes(exchange)
    agent.close()
    return told


async def goodbyes(exchange: Exchange) -> None:
    """Wait until every telephone that rang was let go, or its refusal acknowledged; not longer than a test may take."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while not all(call.ended_by or (call.acked and call.refused) for call in exchange.calls.values()):
                await asyncio.sleep(0.01)


def kinds(told: list[Event]) -> list[Told]:
    return [event.told for event in told]


async def until(told: list[Event], kind: Told) -> None:
    """Wait for an event."""
    async with asyncio.timeout(10):
        while kind not in kinds(told):
            await asyncio.sleep(0.01)
