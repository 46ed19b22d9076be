"""What a day of visits asks: places, how long it takes between them, when each may be visited, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_000
DAY_S = 86_400 * 7  # a routing longer than a week is a slip of a unit


class BadRouting(ValueError):
    """A routing that can't be planned; the text names the field, what is wrong and where."""


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """n visits and k teams over p places; seconds throughout, counted from midnight.

    travel_s (p, p) whole seconds from place to place. visit_at (n,), team_from (k,) and team_to (k,): places.
    service_s, open_s, close_s (n,): a visit begins within [open, close]. shift_from_s, shift_to_s (k,): the team
    leaves its first place and is back at its last within them. allowed (n, k): who may take a visit (roles, city,
    licences); a visit nobody may take is left out with its reason. worth_s (n,): seconds of travel a visit is worth;
    it is left out only where it cannot be fitted for less. load (n,), capacity (k,): what else a team can carry of,
    such as its visits a day. team_cost_s: seconds of travel that sending one team more is worth. Raises BadRouting.
    """

    travel_s: NDArray[np.int64]
    visit_at: NDArray[np.int64]
    service_s: NDArray[np.int64]
    open_s: NDArray[np.int64]
    close_s: NDArray[np.int64]
    team_from: NDArray[np.int64]
    team_to: NDArray[np.int64]
    shift_from_s: NDArray[np.int64]
    shift_to_s: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    worth_s: NDArray[np.int64]
    load: NDArray[np.int64] | None = field(default=None)
    capacity: NDArray[np.int64] | None = field(default=None)
    team_cost_s: int = 0

    @property
    def visits(self) -> int:
        """Return how many visits there are."""
        return int(self.visit_at.size)

    @property
    def teams(self) -> int:
        """Return how many teams there are."""
        return int(self.team_from.size)

    def __post_init__(self) -> None:
        """Refuse what can't be planned."""
        n, k, p = self.visits, self.teams, self.travel_s.shape[0]
        shapes = {
            "travel_s": (p, p), "allowed": (n, k),
            **dict.fromkeys(("visit_at", "service_s", "open_s", "close_s", "worth_s"), (n,)),
            **dict.fromkeys(("team_from", "team_to", "shift_from_s", "shift_to_s"), (k,)),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise BadRouting(f"{name}: expected the shape {shape}, got {getattr(self, name).shape}")
        if (self.load is None) != (self.capacity is None):
            raise BadRouting("load and capacity: give both or neither")
        self._check_values(p)

    def _check_values(self, places: int) -> None:
        for name in ("travel_s", "service_s", "open_s", "close_s", "shift_from_s", "shift_to_s", "worth_s"):
            column = getattr(self, name)
            if column.dtype.kind != "i":
                raise BadRouting(f"{name}: expected whole seconds, got {column.dtype}")
            if column.size and (column.min() < 0 or column.max() > DAY_S):
                raise BadRouting(
                    f"{name}: between 0 and {DAY_S} seconds, got {column.min()} to {column.max()}"
                )
        for name in ("visit_at", "team_from", "team_to"):
            column = getattr(self, name)
            if column.size and (column.min() < 0 or column.max() >= places):
                raise BadRouting(
                    f"{name}: a place between 0 and {places - 1}, got {column.min()} to {column.max()}"
                )
        if (late := np.flatnonzero(self.open_s > self.close_s)).size:
            raise BadRouting(f"close_s: visit {late[0]} closes before it opens")


def straight_line_s(
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    *,
    metres_per_s: float,
    detour: float,
    setting_off_s: int,
) -> NDArray[np.int64]:
    """Return travel times (p, p) in whole seconds, rounded up: great circle times detour at a speed, plus setting off.

    No street map leaves or enters a closed network, so this is an estimate; a bank with its own router gives its matrix.
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    across = np.sin((lat[:, None] - lat) / 2) ** 2
    along = np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(across + along, 0, 1)))
    seconds: NDArray[np.int64] = np.ceil(metres * detour / metres_per_s).astype(np.int64) + setting_off_s
    np.fill_diagonal(seconds, 0)
    return seconds
