"""Places one call against a peer and returns what was told, for the tests beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

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
    await asyncio.sleep(0.2)  # goodbyes still travel
    agent.close()
    return told


def kinds(told: list[Event]) -> list[Told]:
    return [event.told for event in told]


async def until(told: list[Event], kind: Told) -> None:
    """Wait for an event."""
    async with asyncio.timeout(10):
        while kind not in kinds(told):
            await asyncio.sleep(0.01)
