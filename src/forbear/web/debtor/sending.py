"""Sending a debtor the link to their own page: asked of the gate, written to the outbox, bound to the message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.contact import gate
from forbear.web.debtor import access, policy
from forbear.web.debtor.models import AccessLink
from forbear.web.outbox.points import best_points
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.reading import reading_lang

if TYPE_CHECKING:
    from forbear.web.people.models import User

TEMPLATE, VERSION = "own_page_link", "1"
CHANNEL, PURPOSE = "sms", "service"
AGAIN = timedelta(minutes=10)


class LinkNotSent(ValueError):
    """No link may be sent now; the message says why."""


def address_of(token: str) -> str:
    """Return the address a message carries."""
    return f"{settings.FORBEAR_PUBLIC}/my/l/{token}/"


@transaction.atomic
def send_link(case: Case, *, at: datetime, by: User) -> str:
    """Plan a message with a fresh link to the debtor's own number and return that number's tail; raises LinkNotSent.

    The gate is asked now, so that a refusal is told at once, and again for the permit as the message goes out.
    """
    case = locked_case(case.pk)
    point = best_points(CHANNEL, [case.customer_id], at).get(case.customer_id)
    if point is None:
        raise LinkNotSent(_("There is no own mobile number on file that may be used."))
    if AccessLink.objects.filter(case=case, message__isnull=False, made_at__gt=at - AGAIN).exists():
        raise LinkNotSent(_("A message for this case is already waiting or went out a short while ago."))
    lang = reading_lang()
    reply = gate.judge(
        case=case, contact_point=point, channel=CHANNEL, purpose=PURPOSE, party="debtor", at=at, lang=lang
    )
    if reply["answer"] == "refused":
        raise LinkNotSent(
            " ".join(str(reason["text"]) for reason in reply["reasons"] if "text" in reason) or "refused"
        )
    made = access.make_link(case, at=at, by=by)
    body = Body(text(made.token, at))
    draft = Draft(
        case=case,
        channel=CHANNEL,
        body=body,
        template=TEMPLATE,
        template_version=VERSION,
        contact_point=point,
        purpose=PURPOSE,
    )
    made.link.message = enqueue(draft, key=f"own_page:{made.link.pk}", cause="desk", at=at)
    made.link.save(update_fields=["message"])
    append_event(case, kind="own_page_link", at=at, by=by, payload={"tail": point.value_tail})
    return point.value_tail


def text(token: str, at: datetime) -> str:
    """Return the message in the house's language: no name, no amount, no word of debt."""
    with translation.override(settings.LANGUAGE_CODE):
        return _(
            "[%(bank)s] Your service page: %(address)s  It works once. We ask for the end of your ID number and never for a password. In doubt call %(hotline)s."
        ) % {
            "bank": policy.bank("bank", at),
            "address": address_of(token),
            "hotline": policy.bank("hotline", at),
        }
