"""What the house says about channels: windows, contact points, transports, tries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forbear.channels.contract import Status
from forbear.channels.letter import PostResult
from forbear.web.law.current import packs_at


def house(name: str, at: datetime) -> Any:
    """Return a house value about channels in force at a moment; raises NoLawInForce."""
    return packs_at(at).value(f"house/channels/{name}", at.date())


def row_of(name: str, channel: str, at: datetime) -> Mapping[str, Any]:
    """Return a channel's row of a table; raise KeyError for a channel the house does not use."""
    for row in house(name, at):
        if row["channel"] == channel:
            found: Mapping[str, Any] = row
            return found
    raise KeyError(f"house/channels/{name} has no row for the channel {channel!r}")


def post_results(at: datetime) -> dict[str, PostResult]:
    """Return what the post's answers mean, by code."""
    rows = packs_at(at).value("house/letters/results", at.date())
    return {row["result"]: PostResult(Status(row["status"]), dead=row["dead"]) for row in rows}


def codes_that_prove(at: datetime) -> list[str]:
    """Return by which answers of the post an address is shown to be the debtor's."""
    rows = packs_at(at).value("house/letters/results", at.date())
    return [row["result"] for row in rows if row["proves"]]


def window_on(channel: str, day: date, zone: ZoneInfo, at: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a debtor's day at which the channel may send."""
    row = row_of("windows", channel, at)
    first, last = (datetime.combine(day, time.fromisoformat(row[end]), zone) for end in ("from", "to"))
    return first, last


def next_window(channel: str, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the window that is open at a moment, or else the next one."""
    today = at.astimezone(zone).date()
    first, last = window_on(channel, today, zone, at)
    return (first, last) if at < last else window_on(channel, today + timedelta(days=1), zone, at)
