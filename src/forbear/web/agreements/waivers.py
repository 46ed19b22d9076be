"""Settlements: pay so much by a day, or in stages, and the rest is waived. Nothing is waived before all of it has come (W9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from forbear.web.agreements.machine import LIVE, AgreementRefused, move
from forbear.web.agreements.models import Waiver, WaiverState
from forbear.web.agreements.policy import house
from forbear.web.agreements.terms import Row, owed_now
from forbear.web.agreements.waiver_paper import number_of, offer
from forbear.web.agreements.waiver_parts import OURS, divided
from forbear.web.cases import approvals, authority
from forbear.web.cases.models import Approval, Case, CaseState
from forbear.web.cases.owed import composition, total_owed_minor
from forbear.web.cases.said import Said, both
from forbear.web.cases.states import ENDED
from forbear.web.cases.timeline import locked_case
from forbear.web.cases.words import money
from forbear.web.documents.store import store
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User


@transaction.atomic
def request(
    case: Case,
    shares: Mapping[str, Decimal],
    *,
    valid_until: date,
    reason: str,
    at: datetime,
    by: User | None,
    lang: str = "zh",
) -> Waiver:
    """Ask for a settlement in which a share of each part is waived; raises AgreementRefused or BeyondAuthority."""
    refuse_shares(shares, at=at)
    parts = divided([row for row in composition(case, at.date()) if row.total_minor > 0], shares)
    return request_parts(case, parts, valid_until=valid_until, reason=reason, at=at, by=by, lang=lang)


@transaction.atomic
def request_parts(
    case: Case, parts: Sequence[Mapping[str, Any]], *, valid_until: date, reason: str, at: datetime, by: User | None,
    lang: str = "zh", stages: Sequence[Row] = (),
) -> Waiver:  # fmt: skip
    """Ask for a settlement by account and part, as divided or as an option of the solver says it.

    `stages` are its payments where it is paid in more than one, the last on `valid_until`.
    """
    case = locked_case(case.pk)
    total = owed_now(case, at.date()).total_minor
    waived = sum(row["waived_minor"] for row in parts)
    refuse_request(case, valid_until=valid_until, stages=stages, reason=reason, at=at, by=by)
    if not (0 if stages else 1) <= waived < total:  # the whole debt in stages may need no waiver
        raise AgreementRefused(
            _("Something is waived and something is paid; else it is no settlement."), field="shares"
        )
    refuse_stages(stages, pay_minor=total - waived, valid_until=valid_until, at=at)
    asked = authority.Ask("settlement", total, months=len(stages), waiver_minor=waived)
    needed = authority.needed(asked, by=by, at=at)
    waiver = Waiver.objects.create(
        case=case, as_of=at.date(), parts=[dict(row) for row in parts], total_minor=total, pay_minor=total - waived, waived_minor=waived,
        valid_until=valid_until, reason=reason.strip(), requested_at=at, requested_by=by, self_service=by is None, lang=lang,
        stages=[{"due_on": row.due_on.isoformat(), "amount_minor": row.amount_minor} for row in stages],
    )  # fmt: skip
    move(waiver, "waiver", WaiverState.REQUESTED, at=at, by=by, why=reason or "requested")
    waiver.approval = approvals.ask(
        case, kind="settlement", terms={"waiver": waiver.pk}, amount_minor=total, roles=[needed.role],
        persons=max(needed.persons, 1), reason=reason, changes=changes_of(waiver), at=at, by=by,
    )  # fmt: skip
    waiver.save(update_fields=["approval"])
    return waiver


def changes_of(waiver: Waiver) -> list[tuple[Said, Said, Said]]:
    """Return what a settlement changes, for whoever decides."""
    changes: list[tuple[Said, Said, Said]] = [
        (both(lazy("Owed")), money(waiver.total_minor), money(waiver.pay_minor)),
        (both(lazy("Waived")), "0.00", money(waiver.waived_minor)),
        (both(lazy("Valid until")), "—", waiver.valid_until.isoformat()),
    ]
    if waiver.stages:
        rows = [f"{row['due_on']} {money(row['amount_minor'])}" for row in waiver.stages]
        changes.append((both(lazy("Days of payment")), "—", " · ".join(rows)))
    return changes


def refuse_stages(stages: Sequence[Row], *, pay_minor: int, valid_until: date, at: datetime) -> None:
    """Raise AgreementRefused for payments that are not what is paid, in order, and no more than the house takes."""
    if not stages:
        return
    most = packs_at(at).value("house/settlement/stages_max", at.date())
    if sum(1 for row in stages if row.due_on > at.date()) > most:
        raise AgreementRefused(
            ngettext(
                "A settlement is paid in %(most)d payment at most.",
                "A settlement is paid in %(most)d payments at most.",
                most,
            )
            % {"most": most},
            field="stages",
        )
    dates = [row.due_on for row in stages]
    if dates != sorted(set(dates)) or dates[0] < at.date() or dates[-1] != valid_until:
        raise AgreementRefused(
            _("The payments are in order, and the last is on the valid day."), field="stages"
        )
    if min(row.amount_minor for row in stages) <= 0 or sum(row.amount_minor for row in stages) != pay_minor:
        raise AgreementRefused(_("The payments are together what is paid."), field="stages")


def refuse_shares(shares: Mapping[str, Decimal], *, at: datetime) -> None:
    """Raise AgreementRefused for a part the house does not waive, or a share that is none."""
    rows = packs_at(at).value("house/settlement/waivable", at.date())
    most = {OURS.get(row["component"], row["component"]): Decimal(row["share_max"]) for row in rows}
    if odd := [
        part
        for part, share in shares.items()
        if share and share > most.get(part, Decimal(0)) and 0 <= share <= 1
    ]:
        raise AgreementRefused(
            _("This part is not waived, or not so much of it: %(part)s.") % {"part": odd[0]}, field=odd[0]
        )
    if wrong := [part for part, share in shares.items() if not 0 <= share <= 1]:
        raise AgreementRefused(_("A share lies between 0 and 100 %."), field=wrong[0])


def refuse_request(
    case: Case, *, valid_until: date, stages: Sequence[Row], reason: str, at: datetime, by: User | None
) -> None:
    """Raise AgreementRefused for a settlement the house does not make."""
    if CaseState(case.state) in ENDED:
        raise AgreementRefused(_("The case is closed; there is nothing to agree."))
    if case.plans.filter(state__in=LIVE).exists():
        raise AgreementRefused(_("A plan is in force; it is kept or ended first."))
    if case.waivers.filter(
        state__in=[WaiverState.REQUESTED, WaiverState.APPROVED, WaiverState.PAID]
    ).exists():
        raise AgreementRefused(_("There is a settlement on this case already."))
    if by is not None and not reason.strip():
        raise AgreementRefused(_("Say why it should be approved."), field="reason")
    last = at.date() + timedelta(days=house("waiver_valid_days_max", at))
    first = stages[0].due_on if stages else valid_until
    if not at.date() <= first <= last:
        raise AgreementRefused(
            _("Valid until %(last)s at most.") % {"last": last.isoformat()}, field="valid_until"
        )


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Approve the settlement and make its document; stale figures are refused."""
    waiver = Waiver.objects.select_related("case__customer").get(pk=approval.terms["waiver"])
    if total_owed_minor(waiver.case, at.date()) != waiver.total_minor:
        raise AgreementRefused(
            _("The debt has changed since this was asked; ask again with today's figures.")
        )
    if at.date() > waiver.valid_until:
        raise AgreementRefused(_("Its valid day has passed."))
    waiver.approved_at = at
    waiver.document = store(offer(waiver, at=at), waiver.case, number=number_of(waiver), at=at, by=by)
    move(
        waiver, "waiver", WaiverState.APPROVED, at=at, by=by, why="approved", document=waiver.document.sha256
    )


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """Reject the settlement that was not approved."""
    waiver = Waiver.objects.get(pk=approval.terms["waiver"])
    move(waiver, "waiver", WaiverState.REJECTED, at=at, by=by, why="not approved")
