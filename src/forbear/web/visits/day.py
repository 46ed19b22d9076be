"""A team's day on its phones: what each carries, permits on the way to a door, and the end of the day.

The phone of whoever leads carries the route; the others carry their badge, their word and the call for help, nothing of any debtor.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from forbear import days
from forbear.money import format_minor
from forbear.privacy import mask_name
from forbear.web.cases.codes import codes, name_of
from forbear.web.cases.timeline import locked_case
from forbear.web.contact import gate
from forbear.web.contact.models import PermitState
from forbear.web.contact.store import lock as gate_lock
from forbear.web.law.notices import NoticesUnread
from forbear.web.people.services import log_accesses
from forbear.web.portfolio.vault import vault
from forbear.web.visits import alarms, badges, policy, sealing
from forbear.web.visits.models import FieldTeam, PhoneDay, TeamMember, Visit, VisitState
from forbear.web.visits.records import append, locked
from forbear.web.visits.services import VisitRefused
from forbear.web.visits.sync import milliseconds

if TYPE_CHECKING:
    from forbear.web.people.models import User

# What only the asker knows: the team goes together, shows badges, stays outside until asked in, films on bank phones.
AT_THE_DOOR = {"badges_shown": True, "enters": False, "recording": "audio_video", "device_authorised": True}


class NoDay(LookupError):
    """This person goes nowhere today."""


@transaction.atomic
def start(user: User, device: UUID, *, phone_at: datetime, at: datetime) -> tuple[PhoneDay, dict[str, Any]]:
    """Open a person's day on a phone and return what the phone carries. Raises NoDay."""
    member = TeamMember.objects.filter(user=user, on=at.date()).select_related("team").first()
    if member is None:
        raise NoDay(NoDay.__doc__)
    team = FieldTeam.objects.select_for_update().get(pk=member.team_id)
    fresh = {"team": team, "opened_at": at, "fetched_at": at, "skew_ms": milliseconds(at - phone_at)}
    day = PhoneDay.objects.get_or_create(device=device, user=user, on=at.date(), defaults=fresh)[0]
    if day.ended_at is not None:
        raise NoDay(NoDay.__doc__)
    stops = visits_of(team) if member.leads else []
    handed = sorted({*day.handed, *(visit.pk for visit in stops)})
    day.handed, day.fetched_at = handed, at
    day.save(update_fields=["handed", "fetched_at"])
    log_accesses(user, [visit.case.customer_id for visit in stops], "visit", at, f"phone {team}")
    return day, carried(day, user, team, stops, at, leads=member.leads)


def visits_of(team: FieldTeam) -> list[Visit]:
    """Return the stops of a team, in order."""
    rows = team.visits.filter(state__in=[VisitState.SCHEDULED, VisitState.CHECKED_IN])
    return list(rows.select_related("case__customer", "point", "permit").order_by("place_in_route", "pk"))


def carried(
    day: PhoneDay, user: User, team: FieldTeam, stops: list[Visit], at: datetime, *, leads: bool
) -> dict[str, Any]:
    """Return what a phone carries: no amount and no whole name outside the sealed packets."""
    salt = secrets.token_hex(8)
    pay_at = f"{settings.FORBEAR_PUBLIC}/my/"
    mates = [member.user for member in team.members.select_related("user").exclude(user=user).order_by("pk")]
    code = badges.issue(user, day.on, at=at)
    return {
        "day": str(day.pk), "user": user.pk, "name": user.display_name, "staff_no": user.staff_no, "leads": leads,
        "team": str(team), "on": day.on.isoformat(), "server_at": at.isoformat(), "skew_ms": day.skew_ms,
        "badge": {"code": code, "picture": badges.picture_of(code)}, "word": badges.word_of(user, day.on),
        "salt": salt,
        "mates": [
            {"id": mate.pk, "name": mate.display_name, "staff_no": mate.staff_no,
             "proof": badges.proof_of(badges.word_of(mate, day.on), salt)}
            for mate in mates
        ],
        "least": policy.value("visitors_min", at), "tries": policy.value("identity_tries_max", at),
        "bytes_max": policy.value("evidence_bytes_max", at),
        "control": policy.value("control_phone", at), "emergency": list(policy.value("emergency_numbers", at)),
        "pay_at": pay_at, "pay_picture": badges.picture_of_address(pay_at),
        "lists": lists(at) if leads else {"forbidden": said(policy.table("forbidden", at))},
        "stops": [stop(visit, at) for visit in stops],
    }  # fmt: skip


def lists(at: datetime) -> dict[str, Any]:
    """Return what the phone shows and offers, in the reader's language."""
    doors = policy.table("door", at)
    results = policy.table("results", at)
    talks = codes(at.date()).outcomes
    return {
        "forbidden": said(policy.table("forbidden", at)),
        "doors": [
            {"code": code, "word": policy.word(row), "say": policy.word(row, "say_"), "results": row["results"],
             "identity": bool(row.get("identity")), "leave": bool(row.get("leave"))}
            for code, row in doors.items()
        ],
        "results": {code: {"word": policy.word(row), "letter": bool(row.get("letter"))} for code, row in results.items()},
        "talks": [{"code": code, "word": name_of(talks[code])} for code in policy.value("talks", at)],
    }  # fmt: skip


def said(rows: Any) -> list[dict[str, str]]:
    """Return codes and words of a table in the reader's language."""
    return [{"code": code, "word": policy.word(row)} for code, row in rows.items()]


def stop(visit: Visit, at: datetime) -> dict[str, Any]:
    """Return one stop: where, when, whom to ask for by a masked name; figures only sealed."""
    customer = visit.case.customer
    point = visit.point
    return {
        "visit": visit.pk, "number": visit.number, "place": visit.place_in_route,
        "begins": visit.begins_at.isoformat() if visit.begins_at else "",
        "ends": visit.ends_at.isoformat() if visit.ends_at else "",
        "window": [visit.window_from.isoformat("minutes"), visit.window_to.isoformat("minutes")],
        "ask_for": mask_name(customer.name), "address": vault().open(bytes(point.value_cipher), "address"),
        "source": point.source, "known_on": point.updated_on.isoformat() if point.updated_on else "",
        "purpose": visit.what_for, "permit": permit_of(visit), "sealed": sealed(visit, at),
    }  # fmt: skip


def sealed(visit: Visit, at: datetime) -> dict[str, Any] | None:
    """Return the sealed figures; none where no identity number is on file to open them with."""
    customer, case = visit.case.customer, visit.case
    if not customer.id_no_cipher:
        return None
    proof = sealing.proof_of(vault().open(bytes(customer.id_no_cipher), "id"))
    figures = {
        "name": customer.name, "past_due": format_minor(case.past_due_minor), "total": format_minor(case.total_minor),
        "as_of": case.aged_on.isoformat() if case.aged_on else "",
    }  # fmt: skip
    return sealing.seal(figures, proof, rounds=policy.value("seal_rounds", at))


def permit_of(visit: Visit) -> dict[str, Any] | None:
    """Return the permit a visit holds, as the phone needs it."""
    permit = visit.permit
    if permit is None or permit.state != PermitState.RESERVED:
        return None
    return {"id": permit.pk, "until": permit.expires_at.isoformat()}


@transaction.atomic
def call_for_help(day: PhoneDay, *, place: dict[str, Any] | None, at: datetime, by: User) -> bool:
    """A mate, whose phone carries no route, calls for help: it counts for the visit the team is at, or goes to next."""
    rows = day.team.visits.filter(state__in=[VisitState.CHECKED_IN, VisitState.SCHEDULED])
    found = (
        rows.select_related("case", "point").order_by("state", "place_in_route").first()
    )  # checked_in sorts first
    if found is None:
        return False
    gate_lock(found.case.customer_id, bytes(found.point.value_index))
    locked_case(found.case_id)
    visit = locked(found.pk)
    append(visit, "sos_of_mate", at=at, by=by, data={"place": place})
    alarms.sos(visit, at=at, place=place, by=by, now=at)
    return True


@transaction.atomic
def ask_permit(
    day: PhoneDay, visit_id: int, *, at: datetime, by: User
) -> tuple[dict[str, Any] | None, list[str]]:
    """Ask the gate for the permit to knock, on the way there; return it, or the rules that refuse it.

    An unused one is given back first, so that a team never holds two. Raises VisitRefused for a visit not theirs.
    """
    row = Visit.objects.select_related("case", "point").filter(pk=visit_id, team_id=day.team_id).first()
    if row is None or visit_id not in day.handed:
        raise VisitRefused(_("This visit is no longer on your route."))
    gate_lock(row.case.customer_id, bytes(row.point.value_index))
    locked_case(row.case_id)
    visit = locked(visit_id)
    if visit.state != VisitState.SCHEDULED:
        raise VisitRefused(_("This visit is no longer on your route."))
    if visit.permit is not None:
        gate.release(visit.permit, at=at)
    try:
        reply = gate.request_permit(
            case=visit.case, contact_point=visit.point, channel="visit", purpose="collect", party="debtor", user=by,
            at=at, agency=by.agency, extra_facts={**AT_THE_DOOR, "visitors": day.team.members.count()},
        )  # fmt: skip
    except NoticesUnread:
        return None, ["NOTICES"]
    visit.permit = reply.permit
    visit.save(update_fields=["permit"])
    rules = [reason["rule"] for reason in reply.reply["reasons"] if reason["effect"] == "refuse"]
    append(
        visit,
        "permit" if reply.permit else "permit_refused",
        at=at,
        by=by,
        data={"decision": reply.decision_id},
    )
    return permit_of(visit), rules if reply.permit is None else []


def next_day(at: datetime) -> date:
    """Return the next day on which the house visits."""
    tomorrow = at.date() + timedelta(days=1)
    return tomorrow if policy.value("on_rest_days", at) else days.on_or_after(tomorrow)


@transaction.atomic
def end(day: PhoneDay, *, at: datetime) -> int:
    """End a day on a phone that has delivered everything; visits not reached wait to be planned again."""
    PhoneDay.objects.filter(pk=day.pk, ended_at__isnull=True).update(ended_at=at)
    if not day.team.members.filter(user=day.user_id, leads=True).exists():
        return 0  # a mate's phone carries no route
    put_back = 0
    for pk in day.team.visits.filter(state=VisitState.SCHEDULED).values_list("pk", flat=True):
        case_id = Visit.objects.values_list("case_id", flat=True).get(pk=pk)
        locked_case(case_id)
        visit = locked(pk)
        if visit.permit is not None:
            gate.release(visit.permit, at=at)
        visit.state, visit.team, visit.place_in_route, visit.begins_at, visit.ends_at = (
            VisitState.APPROVED,
            None,
            None,
            None,
            None,
        )
        visit.wanted_on = next_day(at)
        visit.save(update_fields=["state", "team", "place_in_route", "begins_at", "ends_at", "wanted_on"])
        append(visit, "not_reached", at=at)
        put_back += 1
    return put_back
