"""What a visit must prove, and which of it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any

from forbear.planner.routing.problem import EARTH_RADIUS_M
from forbear.web.people.models import User
from forbear.web.visits import badges, policy, teams
from forbear.web.visits.folding import Said, Story, fold
from forbear.web.visits.models import AddressPlace, Visit, VisitRecord


@dataclass(frozen=True, slots=True)
class Found:
    """What is looked at: the visit, its story, its records, the digests of what arrived."""

    visit: Visit
    story: Story
    office: Sequence[tuple[str, datetime]]  # the office's records: kind and moment
    arrived: Mapping[str, str]  # evidence id to digest
    drift_ms: int
    at: datetime


def said_by(visit: Visit) -> list[Said]:
    """Return the records of the phones of a visit."""
    rows = VisitRecord.objects.filter(visit=visit, client_id__isnull=False)
    return [said(row) for row in rows]


def said(row: VisitRecord) -> Said:
    """Return one record as the story reads it."""
    return Said(
        str(row.day_id), int(row.phone_seq or 0), row.kind, row.at, row.data, bytes(row.phone_hash or b""),
        bytes(row.phone_previous or b""),
    )  # fmt: skip


def look(visit: Visit, at: datetime) -> Found:
    """Read what a visit has so far."""
    office = VisitRecord.objects.filter(visit=visit, client_id__isnull=True).values_list("kind", "at")
    arrived = {str(key): digest for key, digest in visit.evidence.values_list("client_id", "sha256")}
    drifts = VisitRecord.objects.filter(visit=visit, day__isnull=False).values_list(
        "day__drift_ms", flat=True
    )
    return Found(visit, fold(said_by(visit)), list(office), arrived, max(drifts, default=0), at)


def missing(found: Found) -> list[str]:
    """Return the codes of what a visit does not prove, in the order of the checklist."""
    return [
        code
        for code, row in policy.table("proofs", found.at).items()
        if applies(row["when"], found) and not HELD[code](found)
    ]


def applies(when: str, found: Found) -> bool:
    """Return whether a proof is asked of a visit that went this way."""
    row = policy.table("results", found.at).get(found.story.result, {})
    return {
        "always": True,
        "spoken": spoken_with(found),
        "met": bool(row.get("met") or found.story.amount_shown),
        "entered": found.story.entered,
        "letter": bool(row.get("letter") or found.story.letter_left),
    }[when]


def spoken_with(found: Found) -> bool:
    """Return whether somebody was spoken with: not where nobody opened, nor where a child did and the team left."""
    row = policy.table("door", found.at).get(found.story.who, {})
    return found.story.who not in ("", "nobody") and not row.get("leave")


def ordered(found: Found) -> bool:
    """Return whether the visit was approved, and not called off before the team stood at the door."""
    at_door = found.story.checked_in_at or found.at
    before = {kind for kind, at in found.office if at <= at_door}
    return "approved" in before and "called_off" not in before


def two_people(found: Found) -> bool:
    """Return whether at least the house's number stood there, each mate by the right word of the day."""
    story, visit = found.story, found.visit
    members = (
        {row.user_id: row.user for row in visit.team.members.select_related("user")} if visit.team else {}
    )
    sure = [each for each in set(story.people) if each in members and vouched(members[each], found)]
    return bool(len(sure) >= policy.value("visitors_min", found.at))


def vouched(user: User, found: Found) -> bool:
    """Return whether a person is shown to have stood there: by the word, or as the one whose phone wrote it."""
    day = (
        VisitRecord.objects.filter(visit=found.visit, kind="check_in", day__isnull=False)
        .order_by("sequence")
        .first()
    )
    if day is None or day.day is None:
        return False
    return user.pk == day.by_id or found.story.words.get(str(user.pk)) == badges.word_of(user, day.day.on)


def team_there(found: Found) -> bool:
    """Return whether the people who checked in fill every role of the visit."""
    return teams.fit(found.visit, list(found.story.people), teams.book(found.at), found.at).whole


def near(found: Found) -> bool:
    """Return whether the check-in has a place, and near the address where that is known."""
    place = found.story.place
    if place is None:
        return False
    known = AddressPlace.objects.filter(point_id=found.visit.point_id).exclude(source="check_in").first()
    if known is None:
        return True
    away = metres((place["lat"], place["lon"]), (known.latitude_e6, known.longitude_e6))
    return bool(away <= policy.value("place_metres_max", found.at) + place["acc"])


def metres(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Return the great-circle distance of two places in millionths of a degree."""
    (lat1, lon1), (lat2, lon2) = ([radians(each / policy.E6) for each in place] for place in (one, other))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, h))))


def filmed(found: Found) -> bool:
    """Return whether a recording was made, unless the other side refused it and the visit ended there."""
    refused = bool(found.story.notice and found.story.notice["refused"]) and found.story.result == "V10"
    return refused or any(row["what"] == "recording" for row in found.story.files.values())


def nothing_told(found: Found) -> bool:
    """Return whether nobody but the debtor learned of the debt."""
    spoken_to_other = found.story.amount_shown and found.story.identity_at is None
    return not found.story.told_others and not spoken_to_other


def time_holds(found: Found) -> bool:
    """Return whether the phone's clock can be trusted: its error is known and did not move."""
    steady = abs(found.drift_ms) <= policy.value("skew_seconds_max", found.at) * 1_000
    story = found.story
    backwards = story.checked_in_at and story.checked_out_at and story.checked_out_at < story.checked_in_at
    return steady and story.checked_in_at is not None and not backwards


def files_whole(found: Found) -> bool:
    """Return whether the bytes of every photo and recording arrived with the digest the phone wrote down."""
    return all(found.arrived.get(key) == row["sha256"] for key, row in found.story.files.items())


HELD: Mapping[str, Callable[[Found], Any]] = {
    "approval": ordered,
    "permit": lambda found: any(kind == "permit_used" for kind, _at in found.office),
    "forbidden_read": lambda found: found.story.forbidden_read,
    "two_people": two_people,
    "team": team_there,
    "badges": lambda found: found.story.badges,
    "place": near,
    "time": time_holds,
    "notice": lambda found: found.story.notice is not None,
    "recording": filmed,
    "identity": lambda found: found.story.identity_at is not None and not found.story.amount_too_early,
    "entry": lambda found: not found.story.entered_without_consent,
    "silence": nothing_told,
    "letter": lambda found: any(row["what"] == "letter" for row in found.story.files.values()),
    "result": lambda found: found.story.result in policy.table("results", found.at),
    "check_out": lambda found: found.story.checked_out_at is not None,
    "whole": lambda found: found.story.whole,
    "files": files_whole,
}
