"""What the case screen shows before anybody's identity is confirmed: no amount is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from forbear.privacy import mask_name
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, CaseState, Hold, Promise, Task
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.contact import gate
from forbear.web.desk.calls import is_third, party_of
from forbear.web.desk.figures import next_bucket
from forbear.web.desk.queue import MyDay
from forbear.web.law.current import packs_now
from forbear.web.people.models import User
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import Account, ContactPoint, ContactPointState, NumberBlock
from forbear.web.reading import reading_lang

CLOSED = (ContactPointState.REFUSED, ContactPointState.WRONG_PERSON)
DIALLED = ("mobile", "home_phone", "work_phone")
ORDER = {"mobile": 0, "home_phone": 1, "work_phone": 2}
AGE_BAND = 10


@dataclass(frozen=True, slots=True)
class PointLine:
    """One contact point as the desk shows it."""

    point: ContactPoint
    third: bool
    locked: str  # why it may not be dialled; empty when the gate may be asked
    blocked: bool
    last_line: str  # what the latest attempt on it came to
    last_outcome: str
    tried_today: int


@dataclass(frozen=True, slots=True)
class Screen:
    """The identity strip, the contact points, the flags and the open promises of a case."""

    case: Case
    name: str
    card_tails: list[str]
    age_band: str
    local_time: datetime
    meter: Mapping[str, Any]
    window: str
    next_bucket: tuple[str, date] | None
    points: list[PointLine]
    holds: list[Hold]
    promises: list[Promise]
    tasks: list[Task]
    dial_point: ContactPoint | None


def may_open(user: User, case: Case, day: MyDay) -> bool:
    """Return whether a person may open a case: theirs, in their queue, or by permission to see all; never when barred."""
    if is_barred(user, case.customer_id) or is_cut(user, case):
        return False
    return case.owner_id == user.pk or day.holds(case.pk) or may(user, "see_all_cases")


def with_card_tails(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Add the ends of a case's card numbers as `card_tails`, in the query that finds the case."""
    accounts = Account.objects.filter(customer_id=OuterRef("customer_id"), product=OuterRef("product"))
    return cases.annotate(card_tails=ArraySubquery(accounts.order_by("account_no").values("card_no_tail")))


def card_tails(case: Case) -> list[str]:
    """Return the ends of a case's card numbers, asked for only where the case was found without them."""
    if not hasattr(case, "card_tails"):
        case = with_card_tails(Case.objects.all()).get(pk=case.pk)
    return list(case.card_tails)  # type: ignore[attr-defined]  # an annotation


def screen(case: Case, user: User, at: datetime) -> Screen:
    """Return what the case screen shows, best of a case found `with_card_tails`; four queries and two looks at the gate."""
    points = contact_points(case, at)
    own = next_to_dial(points)
    return Screen(
        case=case,
        name=case.customer.name if may(user, "see_names") else mask_name(case.customer.name),
        card_tails=card_tails(case),
        age_band=age_band(case.customer.birth_on, at.date()),
        local_time=at.astimezone(ZoneInfo(case.customer.timezone)),
        meter=drawn_meter(gate.meter(case, own, at)),
        window=quiet_window(at.date()),
        next_bucket=next_bucket(case, at.date()),
        points=points,
        holds=list(open_holds(case, at).order_by("since")),
        promises=list(Promise.objects.filter(case=case).select_related("made_by").order_by("-made_at")[:6]),
        tasks=list(Task.objects.filter(case=case, done_at__isnull=True).order_by("due_at")),
        dial_point=own,
    )


LAST_RESULT = """
SELECT DISTINCT ON (contact_point_id) contact_point_id, line, outcome,
       count(*) FILTER (WHERE local_day = %s) OVER (PARTITION BY contact_point_id)
FROM contact_contactattempt WHERE contact_point_id = ANY(%s) ORDER BY contact_point_id, at DESC
"""


def contact_points(case: Case, at: datetime) -> list[PointLine]:
    """Return the contact points of a debtor, own numbers first; third persons are locked with the reason."""
    block = NumberBlock.objects.filter(value_index=OuterRef("value_index"), lifted_at__isnull=True)
    found = list(ContactPoint.objects.filter(customer_id=case.customer_id).annotate(is_blocked=Exists(block)))
    found.sort(
        key=lambda point: (is_third(point), point.state == "invalid", ORDER.get(point.kind, 9), point.pk)
    )
    with connection.cursor() as cursor:
        cursor.execute(LAST_RESULT, [at.date(), [point.pk for point in found]])
        last = {row[0]: row[1:] for row in cursor.fetchall()}
    third = next((point for point in found if is_third(point) and point.kind in DIALLED), None)
    why = third_lock(case, third, at) if third else ""
    return [
        PointLine(
            point,
            is_third(point),
            lock_of(point, why),
            bool(point.is_blocked),
            *last.get(point.pk, ("", "", 0)),
        )
        for point in found
    ]


def next_to_dial(points: list[PointLine]) -> ContactPoint | None:
    """Return the debtor's own number that was tried least today."""
    own = [line for line in points if not line.third and not line.locked]
    best = min(own, key=lambda line: line.tried_today, default=None)
    return best.point if best else None


def lock_of(point: ContactPoint, third_reason: str) -> str:
    """Return why a point may not be dialled at all; hours and counters are the gate's to judge at the moment."""
    if point.kind not in DIALLED:
        return _("not a telephone")
    if point.is_blocked or point.state in CLOSED:  # type: ignore[attr-defined]
        return (
            _("asked not to be called again") if point.state == CLOSED[0] else _("not this person's number")
        )
    if point.do_not_contact:
        return _("asked not to be called on this number")
    if point.state == ContactPointState.INVALID:
        return _("the number does not exist")
    if point.state == ContactPointState.QUARANTINED:
        return _("its source is in doubt")
    return third_reason if is_third(point) else ""


def third_lock(case: Case, point: ContactPoint, at: datetime) -> str:
    """Return why third persons may not be called now, in the words of the rule, or nothing when they may."""
    lang = reading_lang()
    reply = gate.judge(
        case=case,
        contact_point=None,
        channel="voice",
        purpose="locate",
        party=party_of(point),
        at=at,
        lang=lang,
    )
    if reply["answer"] != "refused":
        return ""
    reason = reply["reasons"][0]
    return f"{reason['text']} ({reason['rule']})"


def drawn_meter(meter: Mapping[str, Any]) -> dict[str, Any]:
    """Return the meter with one mark per slot, filled for those used, and the next lawful moment as a moment."""
    next_at = meter["next_lawful_at"]
    return {
        **meter,
        "effective_slots": slots(meter["effective_today"], meter["effective_max"]),
        "number_slots": slots(meter["number_attempts_today"], meter["number_attempts_max"]),
        "next_at": datetime.fromisoformat(next_at) if isinstance(next_at, str) else next_at,
    }


def slots(used: int, most: int) -> list[bool]:
    """Return one flag per slot, true where it is used."""
    return [place < used for place in range(most)]


def quiet_window(on: date) -> str:
    """Return the hours in which the debtor is left alone, as the law in force has them."""
    return "–".join(f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}" for seconds in _quiet(on))


def quiet_hours(at: datetime) -> str:
    """Return the hours in which nobody may be called when `at` lies in them, else an empty text."""
    begins, ends = _quiet(at.date())
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return quiet_window(at.date()) if seconds >= begins or seconds < ends else ""


def _quiet(on: date) -> tuple[int, int]:
    """Return the first and last second of the day's quiet hours; they run over midnight."""
    law = packs_now()
    return law.value("cn/cba-2026-guide/quiet_from", on), law.value("cn/cba-2026-guide/quiet_to", on)


def age_band(birth_on: date | None, on: date) -> str:
    """Return a decade of age, never the birthday itself."""
    if birth_on is None:
        return ""
    years = on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))
    low = years // AGE_BAND * AGE_BAND
    return f"{low}–{low + AGE_BAND - 1}"


def callable_state(case: Case) -> bool:
    """Return whether work on a case can go on at all."""
    return case.state not in {CaseState.CURED, CaseState.SETTLED, CaseState.CLOSED, CaseState.TRANSFERRED}
