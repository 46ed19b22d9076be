"""The routes of a day as a drawing: who goes where, in which order. Plain SVG, made on the server, no map of streets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians

from forbear.web import clock
from forbear.web.visits import policy
from forbear.web.visits.models import FieldTeam, Visit
from forbear.web.visits.planning import place_of

WIDTH, HEIGHT, EDGE = 900, 520, 36
COLOURS = (
    6  # classes route-1 to route-6 of the style sheet; with a number at each stop, colour alone says nothing
)
NEAR = 9  # pixels within which two stops would cover each other


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the drawing."""

    x: int
    y: int
    number: int
    label: str
    known: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One team's way: its colour, its points, its stops."""

    team: str
    colour: int
    points: str
    stops: Sequence[Stop]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws."""

    width: int
    height: int
    office: tuple[int, int]
    lines: Sequence[Line]


def draw(
    city: str, teams: Sequence[FieldTeam], visits: Mapping[int, Sequence[Visit]], at: datetime
) -> Drawing | None:
    """Return the drawing of a city's teams with their visits by team, or nothing where nobody goes anywhere."""
    office = policy.offices(at).get(city)
    stops = [visit for rows in visits.values() for visit in rows]
    if office is None or not stops:
        return None
    places = {visit.pk: place_of(visit) or office for visit in stops}
    to = projected([office, *places.values()])
    home, lines = to(office), []
    taken: set[tuple[int, int]] = set()
    for i, team in enumerate(teams):
        rows = visits.get(team.pk, ())
        drawn = []
        for number, visit in enumerate(rows, start=1):
            x, y = free(to(places[visit.pk]), taken)
            drawn.append(Stop(x, y, number, label(visit), place_of(visit) is not None))
        if drawn:
            way = [home, *((stop.x, stop.y) for stop in drawn), home]
            lines.append(Line(team.name, i % COLOURS + 1, " ".join(f"{x},{y}" for x, y in way), drawn))
    return Drawing(WIDTH, HEIGHT, home, lines)


def label(visit: Visit) -> str:
    """Return what a stop says when it is pointed at: number and time, nobody's name."""
    begins = visit.begins_at and visit.begins_at.astimezone(clock.bank_zone())
    return f"{visit.number} {begins:%H:%M}" if begins else visit.number


def projected(places: Sequence[tuple[int, int]]) -> Callable[[tuple[int, int]], tuple[int, int]]:
    """Return a function from degrees to pixels that keeps distances alike in both directions."""
    lats, lons = [p[0] for p in places], [p[1] for p in places]
    narrow = cos(radians((max(lats) + min(lats)) / 2 / policy.E6))
    tall, wide = max(lats) - min(lats), (max(lons) - min(lons)) * narrow
    scale = min((WIDTH - 2 * EDGE) / (wide or 1), (HEIGHT - 2 * EDGE) / (tall or 1))
    left = (WIDTH - wide * scale) / 2
    top = (HEIGHT - tall * scale) / 2

    def to(place: tuple[int, int]) -> tuple[int, int]:
        return round(left + (place[1] - min(lons)) * narrow * scale), round(
            top + (max(lats) - place[0]) * scale
        )

    return to


def free(point: tuple[int, int], taken: set[tuple[int, int]]) -> tuple[int, int]:
    """Return a point moved to the right until it covers no other: several doors may share a house."""
    x, y = point
    while any(abs(x - a) < NEAR and abs(y - b) < NEAR for a, b in taken):
        x += 2 * NEAR
    taken.add((x, y))
    return x, y
