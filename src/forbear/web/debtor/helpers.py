"""Helpers: granted by the debtor, let in by a link and a code that the debtor passes on, held to their rights, watched."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.opening import add_task
from forbear.web.cases.timeline import append_event
from forbear.web.debtor import policy, throttle
from forbear.web.debtor.models import Helper, HelperAct, HelperVisit
from forbear.web.law.current import packs_at
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.cases.models import Case

TOKEN_BYTES, KEY_BYTES = 24, 32
TAKES_MONEY, MANY = "takes_money", "many"
ACTS_SHOWN = 50


class HelperRefused(ValueError):
    """A helper cannot be let in like this; `field` names what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a debtor lets in, for what, until when."""

    name: str
    relation: str
    phone: str
    rights: Sequence[str]
    until: date
    takes_money: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """A helper just let in; token and code exist only here, shown to the debtor once."""

    helper: Helper
    token: str
    code: str


def house(name: str, at: datetime) -> Any:
    """Return one value of policy/house/helpers.yaml."""
    return packs_at(at).value(f"house/helpers/{name}", at.date())


def rights(at: datetime) -> dict[str, dict[str, Any]]:
    """Return what a helper can be granted: code to words and the pages it opens."""
    return {row["code"]: row for row in house("rights", at)}


def relations(at: datetime) -> dict[str, dict[str, Any]]:
    """Return who a helper can be, by code."""
    return {row["code"]: row for row in house("relations", at)}


def pages(helper: Helper, at: datetime) -> set[str]:
    """Return the names of the pages a helper may open."""
    known = rights(at)
    return {page for right in helper.rights if right in known for page in known[right]["pages"]}


@transaction.atomic
def grant(case: Case, asked: Grant, *, at: datetime) -> Granted:
    """Let somebody in; whoever takes money for it, or helps many, is looked at by a person. Raises HelperRefused."""
    refuse(case, asked, at=at)
    sealed = vault().seal(asked.phone, "phone")
    token, code = secrets.token_urlsafe(TOKEN_BYTES), new_code(at)
    helper = Helper.objects.create(
        customer_id=case.customer_id, case=case, name=asked.name, relation=asked.relation, rights=sorted(set(asked.rights)),
        takes_money=asked.takes_money, phone_cipher=sealed.cipher, phone_index=sealed.index, phone_tail=sealed.tail, made_at=at,
        until=datetime.combine(asked.until, time.max, tzinfo=at.tzinfo), token_index=vault().index(token, "helper_link"),
        code_index=code_index(token, code),
    )  # fmt: skip
    helper.flagged = why_flagged(helper, at)
    helper.save(update_fields=["flagged"])
    said = {
        "helper": helper.pk, "relation": helper.relation, "rights": helper.rights, "until": asked.until.isoformat(),
        "takes_money": helper.takes_money, "flagged": helper.flagged,
    }  # fmt: skip
    append_event(case, kind="helper_granted", at=at, payload=said)
    if helper.flagged:
        due = end_of_business_days(at, house("flag_days", at))
        add_task(case, kind="authority", due_at=due, at=at, by=None, note=f"helper: {helper.flagged}")
    return Granted(helper, token, code)


def refuse(case: Case, asked: Grant, *, at: datetime) -> None:
    """Raise HelperRefused for a grant the house does not take."""
    if asked.relation not in relations(at):
        raise HelperRefused(_("Choose one of the list."), "relation")
    if not asked.rights or set(asked.rights) - set(rights(at)):
        raise HelperRefused(_("Choose what this person may do."), "rights")
    last = at.date() + timedelta(days=house("days_max", at))
    if not at.date() < asked.until <= last:
        raise HelperRefused(
            _("Choose a day from tomorrow to %(last)s.") % {"last": last.isoformat()}, "until"
        )
    if running(case.customer_id, at).count() >= house("at_a_time_max", at):
        raise HelperRefused(_("You have as many helpers as possible. End one first."))


def why_flagged(helper: Helper, at: datetime) -> str:
    """Return why somebody should look at a helper; empty when nobody need. The debtor loses nothing by it."""
    if helper.takes_money or relations(at)[helper.relation]["paid"]:
        return TAKES_MONEY
    others = Helper.objects.filter(phone_index=helper.phone_index).exclude(customer_id=helper.customer_id)
    helped = others.values("customer_id").distinct().count() + 1
    return MANY if helped > house("people_max", at) else ""


def new_code(at: datetime) -> str:
    """Return a code that is told by word of mouth."""
    digits = int(house("code_digits", at))
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def code_index(token: str, code: str) -> bytes:
    """Return the keyed digest of a code together with its link."""
    return vault().index(f"{token}:{code}", "helper_code")


def running(customer_id: int, at: datetime) -> QuerySet[Helper]:
    """Return the helpers of a debtor who may come in now."""
    return Helper.objects.filter(customer_id=customer_id, ended_at__isnull=True, until__gt=at)


def end(helper: Helper, *, why: str, at: datetime) -> None:
    """End a helper's rights and every stay, at once."""
    if not Helper.objects.filter(pk=helper.pk, ended_at__isnull=True).update(ended_at=at, ended_why=why):
        return
    HelperVisit.objects.filter(helper=helper, ended_at__isnull=True).update(ended_at=at)
    append_event(helper.case, kind="helper_ended", at=at, payload={"helper": helper.pk, "why": why})


# ---- coming in ----


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a try to come in: the key of the stay, or from when another try is judged."""

    key: str = ""
    again_at: datetime | None = None


def enter(token: str, code: str, *, address: str, at: datetime) -> Entered:
    """Judge link and code together, without saying which was wrong; too many wrong codes end the grant."""
    turn = throttle.begin(kind="helper", who=token, address=address, at=at)
    if not turn.allowed:
        return Entered(again_at=turn.again_at)
    found = Helper.objects.filter(
        token_index=vault().index(token, "helper_link"), ended_at__isnull=True, until__gt=at
    ).first()  # fmt: skip
    if found is None:
        return Entered()
    if not hmac.compare_digest(bytes(found.code_index), code_index(token, code.strip())):
        failed(found, at)
        return Entered()
    throttle.succeed(turn)
    key = secrets.token_urlsafe(KEY_BYTES)
    HelperVisit.objects.create(
        helper=found, key_index=vault().index(key, "helper_visit"), opened_at=at, seen_at=at,
        expires_at=min(at + policy.hours("visit_hours_max", at), found.until),
    )  # fmt: skip
    note(found, "sign_in", sent=True, at=at)
    return Entered(key)


def failed(helper: Helper, at: datetime) -> None:
    """Count a wrong code; too many end the grant for good."""
    Helper.objects.filter(pk=helper.pk).update(failed=F("failed") + 1)
    helper.refresh_from_db(fields=["failed"])
    if helper.failed >= house("tries_max", at):
        end(helper, why="tries", at=at)


def visit_of(key: str, at: datetime) -> HelperVisit | None:
    """Return the running stay of a cookie, touched; none once the grant is over, whatever the cookie says."""
    if not key:
        return None
    visit = (
        HelperVisit.objects.select_related("helper__customer", "helper__case")
        .filter(
            key_index=vault().index(key, "helper_visit"), ended_at__isnull=True, expires_at__gt=at,
            seen_at__gt=at - policy.minutes("visit_minutes", at), helper__ended_at__isnull=True, helper__until__gt=at,
        )
        .first()
    )  # fmt: skip
    if visit is not None:
        HelperVisit.objects.filter(pk=visit.pk).update(seen_at=at)
    return visit


def leave(visit: HelperVisit, at: datetime) -> None:
    """End one stay."""
    HelperVisit.objects.filter(pk=visit.pk, ended_at__isnull=True).update(ended_at=at)


def note(helper: Helper, page: str, *, sent: bool, at: datetime) -> None:
    """Keep what a helper opened or sent; what they send also stands on the case."""
    HelperAct.objects.create(helper=helper, at=at, page=page, sent=sent)
    if sent:
        append_event(helper.case, kind="helper_acted", at=at, payload={"helper": helper.pk, "page": page})
