"""How many calls the dialler may begin now, so that the limit on abandoned calls cannot be passed whatever happens.

The worst that can happen to the calls in flight is that all are answered at once: those beyond the free collectors
are abandoned. A call is begun only if the share of the day would stay within the limit even then. With one line per
free collector the worst case abandons nobody; only a collector who leaves while it rings can cause an abandoned call,
and the sum below counts that as soon as it has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor at one moment: collectors who wait, calls that ring, and the day's answered and abandoned so far."""

    free: int
    in_flight: int
    answered: int  # with the abandoned ones
    abandoned: int


def calls_to_begin(floor: Floor, *, lines_per_free: Decimal, share_max: Decimal) -> int:
    """Return how many more calls may begin; never negative."""
    wanted = int(floor.free * lines_per_free) - floor.in_flight
    begun = 0
    while begun < wanted and stays_within(floor, begun + 1, share_max):
        begun += 1
    return begun


def stays_within(floor: Floor, more: int, share_max: Decimal) -> bool:
    """Return whether the limit would hold if every call in flight and `more` were answered at once."""
    ringing = floor.in_flight + more
    abandoned = floor.abandoned + max(0, ringing - floor.free)
    answered = floor.answered + ringing
    return abandoned <= share_max * answered
