"""Joining the parts of a long reply again; nothing is acknowledged before the whole is there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from forbear.channels.sms_text import part_of, read

OPEN_MAX = 10_000  # unfinished replies kept; the oldest is let go, and told again by a good gateway

Acknowledge = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole reply."""

    text: str
    acknowledge: Acknowledge


class Joiner:
    """Collects parts by sender, reference and number of parts."""

    def __init__(self) -> None:
        self.open: OrderedDict[tuple[str, int, int], dict[int, tuple[str, Acknowledge]]] = OrderedDict()

    def add(
        self, sender: str, octets: bytes, coding: int, *, headed: bool, acknowledge: Acknowledge
    ) -> Joined | None:
        """Take a part; return the whole once it is complete."""
        place, text = part_of(octets) if headed else (None, octets)
        if place is None or place.parts == 1:
            return Joined(read(text, coding), acknowledge)
        key = (sender, place.reference, place.parts)
        parts = self.open.setdefault(key, {})
        parts[place.part] = (read(text, coding), acknowledge)
        if len(parts) < place.parts:
            while len(self.open) > OPEN_MAX:
                self.open.popitem(last=False)
            return None
        del self.open[key]
        ordered = [parts[number] for number in sorted(parts)]

        async def acknowledge_all() -> None:
            for _, each in ordered:
                await each()

        return Joined("".join(text for text, _ in ordered), acknowledge_all)
