"""The facts of `may_contact`, as questions.md fixes them, and how the odd ones become columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.days import DAY, SECOND, UnknownZone, zone
from forbear.questions.columns import UNKNOWN, Columns, Fact
from forbear.questions.facts import BadFact
from forbear.questions.may_contact.abroad import HOUR, WEEKDAYS, WINDOWS_MAX, AbroadFacts, Count

Channel = Literal["voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom"]
Purpose = Literal["collect", "locate", "service", "reply"]
Party = Literal[
    "debtor",
    "guarantor",
    "joint_debtor",
    "related_third_party",
    "unrelated_third_party",
    "representative",
    "heir",
]
RECORDINGS = ("none", "audio", "audio_video")
Recording = Literal["none", "audio", "audio_video"]
Hour = Annotated[str, Meta(pattern=HOUR)]
Visitors = Annotated[int, Meta(ge=0, le=100)]
YEARS = (1991, 2100)  # the years for which time zones are known here
DEFAULT_ZONE = "Asia/Shanghai"
DAILY = frozenset(
    ("attempts_unanswered_today_number", "effective_calls_today_debtor")
)  # back to 0 at midnight


class MayContactFacts(AbroadFacts, frozen=True, kw_only=True):
    """May this party be contacted on this channel for this purpose at this moment?

    Null means "not known": it neither breaks a rule nor excuses from one, and is listed in `needs` where it matters.
    """

    at: Annotated[
        datetime, Meta(tz=True, description="The moment of contact, with UTC offset; 1991 to 2100.")
    ]
    channel: Annotated[Channel, Meta(description="How. For letter: the moment of posting, not of delivery.")]
    jurisdiction: Annotated[
        str, Meta(pattern="^[a-z]{2}(-[a-z]{2,8})?$", description="Whose law; a pack must exist.")
    ] = "cn"
    product: Annotated[Literal["credit_card"], Meta(description="What is owed on.")] = "credit_card"
    purpose: Annotated[
        Purpose,
        Meta(
            description="collect: get payment; locate: find the debtor; service: a notice or help without asking for "
            "payment; reply: answer somebody who wrote or called first. Default collect, the strictest."
        ),
    ] = "collect"
    party: Annotated[
        Party,
        Meta(
            description="Who is contacted. A relative liable for the debt is joint_debtor once that is shown; "
            "related_third_party is a relative for whom it is not shown. Default debtor."
        ),
    ] = "debtor"
    consented_hours: Annotated[
        tuple[tuple[Hour, Hour], ...],
        Meta(
            max_length=WINDOWS_MAX,
            description='Local windows the debtor agreed to, half-open, e.g. [["22:00","23:00"]]; one may cross '
            "midnight. Default none on file.",
        ),
    ] = ()
    timezone: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="IANA zone of the party contacted. Default Asia/Shanghai.",
        ),
    ] = DEFAULT_ZONE
    attempts_unanswered_today_number: Annotated[
        Count | None, Meta(description="Unanswered attempts to this number this local day, before this one.")
    ] = None
    effective_calls_today_debtor: Annotated[
        Count | None,
        Meta(description="Effective calls with this debtor this local day, bank and all agencies."),
    ] = None
    consecutive_failed_attempts: Annotated[
        Count | None, Meta(description="Attempts in a row in which the debtor could not be reached.")
    ] = None
    debtor_number_invalid: Annotated[
        bool | None,
        Meta(description="No number on file reaches the debtor any more (empty, out of service)."),
    ] = None
    debtor_incapacitated: Annotated[
        bool | None, Meta(description="The debtor lacks full legal capacity.")
    ] = None
    party_refused: Annotated[
        bool | None,
        Meta(description="The person asked not to be contacted, or not on this number or account."),
    ] = None
    discloses_debt: Annotated[
        bool | None, Meta(description="The contact tells that there is a debt, or details of it.")
    ] = None
    asks_payment: Annotated[
        bool | None, Meta(description="The contact asks for payment, whatever its purpose is called.")
    ] = None
    volunteered_to_pay: Annotated[
        bool | None, Meta(description="The third person offered to pay unasked.")
    ] = None
    plan_in_force: Annotated[
        bool | None, Meta(description="A personalised instalment plan (art. 70) is signed and running.")
    ] = None
    plan_breached: Annotated[bool | None, Meta(description="That plan is not being performed.")] = None
    dispute_open: Annotated[
        bool | None, Meta(description="An objection to the debt or its collection is not yet settled.")
    ] = None
    complaint_open: Annotated[bool | None, Meta(description="A complaint is not yet answered.")] = None
    hardship_hold: Annotated[bool | None, Meta(description="The customer is under a hardship hold.")] = None
    deceased: Annotated[bool | None, Meta(description="The debtor has died.")] = None
    claim_transferred: Annotated[
        bool | None, Meta(description="The claim was passed to another creditor.")
    ] = None
    time_barred: Annotated[bool | None, Meta(description="The limitation period has run.")] = None
    visitors: Annotated[Visitors | None, Meta(description="Collectors going on the visit.")] = None
    badges_shown: Annotated[bool | None, Meta(description="Identification is shown on the visit.")] = None
    enters: Annotated[
        bool | None,
        Meta(description="The visitors go in (home, private place, workplace); false: they stay outside."),
    ] = None
    entry_consent: Annotated[bool | None, Meta(description="Consent to going in; false: refused.")] = None
    recording: Annotated[
        bool | Recording | None,
        Meta(description="How the contact is recorded; true: as the channel requires, false: none."),
    ] = None
    agency_listed: Annotated[
        bool | None, Meta(description="The agency is on the published list; null: the bank's own staff.")
    ] = None
    device_authorised: Annotated[
        bool | None, Meta(description="The phone or account used is authorised by the bank.")
    ] = None


NEVER_NEEDED = frozenset(("agency_listed",))  # null has a meaning of its own there

_CHOICES = {"recording": RECORDINGS}


def fact_kinds(declared: dict[str, Fact], regions: tuple[str, ...]) -> dict[str, Fact]:
    """Return the facts that rules may test, with the derived ones, as kinds that conditions understand."""
    region = Fact("region", "choice", (*regions, "elsewhere"), None, None, None, True)
    inconvenient = Fact("at_inconvenient_time", "flag", (), None, None, None, False)
    recording = Fact("recording", "choice", RECORDINGS, None, None, None, True)
    consent = Fact("within_consented_hours", "flag", (), None, None, None, False)
    derived = {fact.name: fact for fact in (region, inconvenient, recording, consent)}
    return {**declared, **derived}


def region_codes(column: NDArray[Any], regions: tuple[str, ...]) -> NDArray[np.int8]:
    """Return regions as codes of those that the law names; any other is "elsewhere"."""
    code: dict[Any, int] = {name: index for index, name in enumerate(regions)} | {None: UNKNOWN}
    return np.fromiter((code.get(name, len(regions)) for name in column.tolist()), np.int8, len(column))


def check(facts: MayContactFacts) -> None:
    """Refuse what a type cannot say: an unknown time zone, an absurd year, an empty window."""
    if not YEARS[0] <= facts.at.year <= YEARS[1]:
        raise BadFact("at", facts.at.isoformat(), f"a moment from {YEARS[0]} to {YEARS[1]}")
    if facts.timezone != DEFAULT_ZONE:
        check_zone(facts.timezone)
    for window in facts.consented_hours:
        window_micros(window)
    for written in facts.inconvenient_times:
        weekly_pieces(written)


def check_zone(name: str) -> None:
    """Raise BadFact for a time zone that does not exist."""
    try:
        zone(name)
    except UnknownZone as error:
        raise BadFact(
            "timezone", name, "a name of the IANA time zone database, such as Asia/Shanghai"
        ) from error


def window_micros(window: tuple[str, ...], name: str = "consented_hours") -> tuple[int, int]:
    """Return the ends of a window as microseconds of the day."""
    start, end = (_micros(hour) for hour in window)
    if start in (end, DAY):
        raise BadFact(name, list(window), "two different times, the first before 24:00")
    return start, end


def weekly_pieces(window: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Return an inconvenient window as (start, end, bits of weekdays from Monday), none across midnight."""
    hours, days = window[:2], window[2] if len(window) > 2 else " ".join(WEEKDAYS)
    if any(":" not in hour for hour in hours) or ":" in days:
        raise BadFact(
            "inconvenient_times", list(window), 'from, to and perhaps days: ["00:00", "24:00", "sat sun"]'
        )
    start, end = window_micros(hours, "inconvenient_times")
    bits = sum(1 << WEEKDAYS.index(day) for day in dict.fromkeys(days.split()))
    if start < end:
        return [(start, end, bits)]
    week = len(WEEKDAYS)
    next_day = (bits << 1 | bits >> (week - 1)) & ((1 << week) - 1)
    return [(start, DAY, bits)] + ([(0, end, next_day)] if end else [])


PIECE = 3  # from, to, weekdays: the columns of one window


def inconvenient_pieces(column: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return the inconvenient windows of n rows, shape (n, k, 3), zeros standing for none; None if nobody has any."""
    rows = column[:1] if column.strides == (0,) else column
    if not any(map(len, rows)):
        return None
    written = [[piece for window in row for piece in weekly_pieces(tuple(window))] for row in rows]
    pieces = np.zeros((len(rows), max(map(len, written)), PIECE), dtype=np.int64)
    for i, found in enumerate(written):
        pieces[i, : len(found)] = np.array(found, dtype=np.int64).reshape(-1, PIECE)
    return np.broadcast_to(pieces, (len(column), *pieces.shape[1:]))


def _micros(hour: str) -> int:
    hours, minutes, seconds = (
        int(part) for part in (hour if hour.count(":") == 2 else f"{hour}:00").split(":")
    )
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND


def consent_windows(column: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return the consented windows of n rows, shape (n, k, 2), zeros standing for none; None if nobody has any."""
    rows = column[:1] if column.strides == (0,) else column
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    most = int(counts.max(initial=0))
    if most == 0:
        return None
    windows = np.zeros((len(rows), most, 2), dtype=np.int64)
    for i in np.flatnonzero(counts):
        windows[i, : counts[i]] = [window_micros(tuple(window)) for window in rows[i]]
    return np.broadcast_to(windows, (len(column), most, 2))


def recording_codes(column: NDArray[Any]) -> NDArray[np.int8]:
    """Return recording as codes of RECORDINGS: true is audio_video, false is none, null is not known."""
    code: dict[Any, int] = {name: index for index, name in enumerate(RECORDINGS)}
    code |= {None: UNKNOWN, True: len(RECORDINGS) - 1, False: 0}
    rows = column[:1] if column.strides == (0,) else column
    try:
        return np.fromiter((code[row] for row in rows.tolist()), np.int8, len(rows))
    except (KeyError, TypeError) as error:
        raise BadFact(
            "recording", str(error), f"one of {', '.join(RECORDINGS)}, true, false or null"
        ) from error


def compact(columns: Columns) -> dict[str, NDArray[Any]]:
    """Return columns with those that hold one value for all rows cut to one row."""
    return {name: column[:1] if column.strides == (0,) else column for name, column in columns.items()}
