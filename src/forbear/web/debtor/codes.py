"""The one-time code that proves identity on the own page; the code itself is that of `web/codes`."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from forbear.privacy import mask_number
from forbear.web.codes import services as codes
from forbear.web.codes.models import OneTimeCode
from forbear.web.codes.services import CodeNotSent, Purpose, own_numbers
from forbear.web.debtor import policy
from forbear.web.debtor.models import Visit
from forbear.web.outbox.services import Body, Draft
from forbear.web.portfolio.models import ContactPoint

__all__ = ["CodeNotSent", "is_identity_code", "masked", "number_for", "own_numbers", "send_code"]
TEMPLATE, VERSION = "one_time_code", "1"


def number_for(visit: Visit, at: datetime) -> ContactPoint | None:
    """Return the number on file that may get a code proving identity; None where there is none."""
    link = visit.link
    carried_to = link.message.address_index if link and link.message else None
    apart = policy.value("code_needs_another_number", at)
    for point in own_numbers(visit.customer_id):
        if not (apart and carried_to is not None and bytes(carried_to) == bytes(point.value_index)):
            return point
    return None


def purpose_of(visit: Visit) -> Purpose:
    """Return what a code for a visit is good for: this visit."""
    return Purpose("identity", f"visit {visit.pk}")


def send_code(visit: Visit, point: ContactPoint, *, at: datetime) -> OneTimeCode:
    """Send a fresh code that proves identity for this visit; raises CodeNotSent."""

    def write(code: str) -> Draft:
        said = {"bank": policy.bank("bank", at), "code": code, "minutes": codes.house("minutes", at)}
        text = ngettext(
            "[%(bank)s] Your code is %(code)s. It works for %(minutes)d minute. Tell it to nobody, not even to us.",
            "[%(bank)s] Your code is %(code)s. It works for %(minutes)d minutes. Tell it to nobody, not even to us.",
            codes.house("minutes", at),
        )
        return Draft(
            case=visit.case, channel="sms", body=Body(text % said), template=TEMPLATE, template_version=VERSION,
            contact_point=point, purpose="reply",
        )  # fmt: skip

    return codes.send(visit.case, point, purpose_of(visit), write, at=at)


def is_identity_code(visit: Visit, answer: str, at: datetime) -> bool:
    """Return whether an answer is the code sent for this visit."""
    return codes.use(visit.customer_id, purpose_of(visit), answer, at=at).right


def masked(point: ContactPoint) -> str:
    """Write a number so that its owner knows it and nobody else does."""
    return mask_number(point.value_tail)
