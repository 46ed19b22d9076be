"""Hearings and terms as iCalendar: number and court, nobody's name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from forbear.web.litigation.models import Hearing, LegalMatter
from forbear.web.litigation.services import words_of

TYPE = "text/calendar; charset=utf-8"


def ical(hearings: Iterable[Hearing], matters: Iterable[LegalMatter], at: datetime) -> bytes:
    """Return hearings at their hour and terms of ours as whole days; RFC 5545."""
    made = Calendar()
    made.add("prodid", "-//Forbear//court//ZH")
    made.add("version", "2.0")
    for each in hearings:
        end = each.begins_at + timedelta(minutes=each.minutes)
        shown = _event(
            f"hearing-{each.pk}",
            _("Hearing %(number)s") % {"number": each.matter.number},
            each.matter,
            at,
            each.begins_at,
            end,
            each.place,
        )
        if each.cancelled_at is not None:  # a calendar that holds it already has to learn that it is off
            shown.add("status", "CANCELLED")
        made.add_component(shown)
    for matter in matters:
        if matter.next_last_day:
            title = f"{matter.number} {words_of(matter.next_term)}"
            day = matter.next_last_day
            made.add_component(
                _event(
                    f"term-{matter.pk}-{matter.next_term}",
                    title,
                    matter,
                    at,
                    day,
                    day + timedelta(days=1),
                    "",
                )
            )
    return bytes(made.to_ical())


def _event(
    uid: str, title: str, matter: LegalMatter, at: datetime, start: Any, end: Any, place: str
) -> Event:
    event = Event()
    event.add("uid", f"{uid}@forbear")
    event.add("dtstamp", at)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", title)
    event.add("location", " ".join(filter(None, (matter.court, place))))
    return event
