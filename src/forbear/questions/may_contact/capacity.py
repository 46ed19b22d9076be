"""How many contacts of a portfolio are lawful at all on a day, by channel and hour?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from forbear.packs import Packs
from forbear.questions.may_contact.answer import REFUSED, MayContactAnswer
from forbear.questions.may_contact.facts import DAILY
from forbear.questions.registry import ask_columns

HOURS_A_DAY = 24
SO_MANY = 100_000  # a counter beyond any limit
HALF_A_DAY = np.timedelta64(12, "h")  # the middle of the day asked about, no rule
ONE_HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Capacity:
    """By channel: people lawful to contact in each local hour, at some hour, and contacts the counters leave."""

    channels: tuple[str, ...]
    by_hour: NDArray[np.int64]  # shape (channels, 24)
    people: NDArray[np.int64]  # shape (channels,)
    contacts: NDArray[np.int64]  # shape (channels,); -1 where no counter bounds them


def lawful_capacity(
    facts: Mapping[str, Any],
    people: NDArray[np.int64],
    *,
    on: date,
    channels: Sequence[str],
    packs: Packs,
) -> Capacity:
    """Count what the law and the house leave; raises NoLawInForce.

    `facts` are columns of may_contact for n groups of people alike, without `at` and `channel`; `people` of shape (n,)
    says how many each stands for. An hour counts where its first lawful moment lies within it, in the party's own zone.
    """
    n = len(people)
    zones = np.broadcast_to(np.asarray(facts.get("timezone", "Asia/Shanghai"), dtype=object), n)
    by_hour = np.zeros((len(channels), HOURS_A_DAY), dtype=np.int64)
    reach, contacts = np.zeros(len(channels), dtype=np.int64), np.zeros(len(channels), dtype=np.int64)
    for hour in range(HOURS_A_DAY):
        at = _moments(on, hour, zones)
        for place, channel in enumerate(channels):
            asked = {**facts, "at": at, "channel": np.array([channel])}
            answer: MayContactAnswer = ask_columns("may_contact", asked, packs=packs, n=n)
            by_hour[place, hour] = people[_within(answer, at)].sum()
    for place, channel in enumerate(channels):
        open_to, left = _day(facts, zones, on, channel, packs, n)
        reach[place] = people[open_to].sum()
        contacts[place] = (people * left)[open_to].sum() if (left[open_to] >= 0).all() else -1
    return Capacity(tuple(channels), by_hour, reach, contacts)


def _day(
    facts: Mapping[str, Any], zones: NDArray[Any], on: date, channel: str, packs: Packs, n: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return who may be contacted at some moment of the day, and the least of the counters then."""
    start = _moments(on, 0, zones)
    asked = {**facts, "at": start, "channel": np.array([channel])}
    first: MayContactAnswer = ask_columns("may_contact", asked, packs=packs, n=n)
    end = _moments(on + timedelta(days=1), 0, zones)
    open_to = ~np.isnat(first.earliest_at) & (first.earliest_at < end)
    used_up = {**asked, **{name: np.full(1, SO_MANY) for name in DAILY}}
    bound: MayContactAnswer = ask_columns("may_contact", used_up, packs=packs, n=n)
    counts = bound.code != first.code  # where a full counter changes nothing, none bounds this channel
    noon: MayContactAnswer = ask_columns(
        "may_contact", {**used_up, "at": start + HALF_A_DAY}, packs=packs, n=n
    )
    counts |= noon.code == REFUSED
    left = np.full(n, SO_MANY)
    for counted in first.remaining.values():
        left = np.where(counts & (counted >= 0), np.minimum(left, counted), left)
    return open_to, np.where(left == SO_MANY, -1, left)


def _within(answer: MayContactAnswer, at: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = ~np.isnat(answer.earliest_at) & (answer.earliest_at < at + ONE_HOUR)
    return found


def _moments(on: date, hour: int, zones: NDArray[Any]) -> NDArray[np.datetime64]:
    """Return a local hour of a day as moments in UTC, shape (n,)."""
    local = datetime.combine(on, time(hour))
    names, codes = np.unique(zones.astype(str), return_inverse=True)
    moments = [local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC).replace(tzinfo=None) for name in names]
    return np.array(moments, dtype="datetime64[us]")[codes]
