"""Signing a plan: the code or the recorded word, and with it, in one transaction, the plan in force."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from forbear import questions
from forbear.documents import template
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan, PlanState
from forbear.web.agreements.plans import activate
from forbear.web.agreements.terms import KINDS, PERSONALISED
from forbear.web.codes.models import OneTimeCode
from forbear.web.documents import signing
from forbear.web.documents.models import Signature, StoredDocument
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User


def offered(plan: Plan) -> StoredDocument:
    """Return the document of an offered plan; raises AgreementRefused."""
    if plan.state != PlanState.OFFERED or plan.document is None:
        raise AgreementRefused(_("There is no offer of this plan to sign."))
    return plan.document


def send_code(plan: Plan, *, at: datetime, by: User | None) -> OneTimeCode:
    """Send the debtor a code for the agreement of a plan."""
    return signing.send_code(offered(plan), at=at, by=by)


code_in_force = signing.code_in_force


def sign_with_code(plan: Plan, code: str, *, at: datetime, by: User | None) -> Signature:
    """Sign with the code and put the plan in force; a wrong code is counted, and nothing else happens."""
    return signing.sign_with_code(
        offered(plan), code, at=at, by=by, then=lambda signature: activate(plan, signature, at=at, by=by)
    )


def sign_spoken(plan: Plan, recording: str, *, at: datetime, by: User) -> Signature:
    """Sign by recorded word; law wants the recording kept (CC11-70-ORAL)."""
    facts = {
        "kind": KINDS[plan.kind], "oral": True, "recorded": bool(recording.strip()), "instalments": plan.instalments,
        "content": list(template("plan_agreement").items), "as_of": at.date().isoformat(),
    }  # fmt: skip
    if plan.kind == PERSONALISED:
        facts |= {"exceeds_ability": plan.means.exceeds_ability if plan.means else None, "willing": True}
    said = questions.ask("personalised_plan", facts, packs=packs_at(at), lang="zh")
    if said["missing"]:
        raise AgreementRefused(
            _("An agreement by word of mouth needs its recording."),
            missing=tuple(said["missing"]),
            reasons=tuple(said["reasons"]),
        )
    return signing.sign_spoken(
        offered(plan), recording, at=at, by=by, then=lambda signature: activate(plan, signature, at=at, by=by)
    )
