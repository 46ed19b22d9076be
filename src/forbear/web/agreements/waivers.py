"""Settlements: pay so much by a day and the rest is waived. Nothing is waived before the money has come (W9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.documents import render
from forbear.money import Money, format_minor, parse_minor
from forbear.web.agreements.keeping import received
from forbear.web.agreements.machine import LIVE, AgreementRefused, move
from forbear.web.agreements.models import Waiver, WaiverState
from forbear.web.agreements.policy import bank, house
from forbear.web.agreements.settled import certify
from forbear.web.agreements.terms import owed_now
from forbear.web.agreements.words import PART_WORDS, in_language, listed
from forbear.web.cases import approvals, authority
from forbear.web.cases.models import Approval, Case, CaseState
from forbear.web.cases.owed import AccountOwed, composition, total_owed_minor
from forbear.web.cases.states import ENDED
from forbear.web.cases.states import move as move_case
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.documents.store import store
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.law.current import packs_at
from forbear.web.portfolio.models import LedgerEntry

if TYPE_CHECKING:
    from forbear.web.people.models import User

PARTS = ("principal", "interest", "compound", "late_fee", "fee", "other")
OURS = {"fees": "fee", "costs": "other"}  # our parts by the names of settlement.yaml


def divided(rows: Sequence[AccountOwed], shares: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """Return each account's parts with what is waived of each: share times part, half up to the fen."""
    return [
        {
            "account": row.account_id, "part": part, "owed_minor": owed,
            "waived_minor": int((Decimal(owed) * shares.get(part, Decimal(0))).quantize(Decimal(1), ROUND_HALF_UP)),
        }
        for row in rows
        for part in PARTS
        if (owed := left_of(row)[part])
    ]  # fmt: skip


def left_of(row: AccountOwed) -> dict[str, int]:
    """Return what is left of each part of an account: what came since is taken off fees, interest, principal.

    What raised the debt since is of no known part and counts as principal, which nobody waives.
    """
    left = {part: int(getattr(row, f"{part}_minor")) for part in PARTS}
    posted = row.posted_since_minor
    for part in ("late_fee", "fee", "other", "compound", "interest"):
        taken = max(min(posted, left[part]), 0)
        left[part], posted = left[part] - taken, posted - taken
    left["principal"] -= posted
    return left


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
    case: Case,
    parts: Sequence[Mapping[str, Any]],
    *,
    valid_until: date,
    reason: str,
    at: datetime,
    by: User | None,
    lang: str = "zh",
) -> Waiver:
    """Ask for a settlement by account and part, as divided or as an option of the solver says it."""
    case = locked_case(case.pk)
    refuse_request(case, valid_until=valid_until, reason=reason, at=at)
    total = owed_now(case, at.date()).total_minor
    waived = sum(row["waived_minor"] for row in parts)
    if not 0 < waived < total:
        raise AgreementRefused(
            _("Something is waived and something is paid; else it is no settlement."), field="shares"
        )
    needed = authority.needed(authority.Ask("settlement", total, waiver_minor=waived), by=by, at=at)
    waiver = Waiver.objects.create(
        case=case, as_of=at.date(), parts=[dict(row) for row in parts], total_minor=total, pay_minor=total - waived, waived_minor=waived,
        valid_until=valid_until, reason=reason.strip(), requested_at=at, requested_by=by, self_service=by is None, lang=lang,
    )  # fmt: skip
    move(waiver, "waiver", WaiverState.REQUESTED, at=at, by=by, why=reason)
    changes = [
        (_("Owed"), format_minor(total), format_minor(total - waived)),
        (_("Waived"), "0.00", format_minor(waived)),
        (_("Valid until"), "—", valid_until.isoformat()),
    ]
    waiver.approval = approvals.ask(
        case, kind="settlement", terms={"waiver": waiver.pk}, amount_minor=total, roles=[needed.role],
        persons=max(needed.persons, 1), reason=reason, changes=changes, at=at, by=by,
    )  # fmt: skip
    waiver.save(update_fields=["approval"])
    return waiver


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


def refuse_request(case: Case, *, valid_until: date, reason: str, at: datetime) -> None:
    """Raise AgreementRefused for a settlement the house does not make."""
    if CaseState(case.state) in ENDED:
        raise AgreementRefused(_("The case is closed; there is nothing to agree."))
    if case.plans.filter(state__in=LIVE).exists():
        raise AgreementRefused(_("A plan is in force; it is kept or ended first."))
    if case.waivers.filter(
        state__in=[WaiverState.REQUESTED, WaiverState.APPROVED, WaiverState.PAID]
    ).exists():
        raise AgreementRefused(_("There is a settlement on this case already."))
    if not reason.strip():
        raise AgreementRefused(_("Say why it should be approved."), field="reason")
    last = at.date() + timedelta(days=house("waiver_valid_days_max", at))
    if not at.date() <= valid_until <= last:
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


def number_of(waiver: Waiver) -> str:
    """Return the number that stands on the offer."""
    return f"ST{waiver.pk:08d}"


def offer(waiver: Waiver, *, at: datetime) -> Any:
    """Return the approval of a settlement as a document."""
    customer, lang = waiver.case.customer, waiver.lang
    sums = {part: [0, 0] for part in PARTS}
    for row in waiver.parts:
        sums[row["part"]][0] += row["owed_minor"]
        sums[row["part"]][1] += row["waived_minor"]
    answers = waiver.approval.answers.filter(yes=True).select_related("by") if waiver.approval else []
    owed_on = [row for row in composition(waiver.case, waiver.as_of) if row.total_minor]
    with in_language(lang):
        said = {
            "accounts": listed([f"****{row.card_tail}" for row in owed_on]),
            "parts": [
                {"part": str(PART_WORDS[part]), "owed": Money(owed), "waived": Money(less), "pay": Money(owed - less)}
                for part, (owed, less) in sums.items() if owed
            ],
            "approvals": [{"role": str(each.by.get_role_display()), "at": each.at.astimezone(at.tzinfo)} for each in answers],
        }  # fmt: skip
    data = {
        "offer_no": number_of(waiver), "bank": bank("bank", at), "hotline": bank("hotline", at), "debtor": customer.name,
        "identity_tail": customer.id_no_tail or "—", "as_of": waiver.as_of, "currency": "CNY",
        "total": Money(waiver.total_minor), "pay": Money(waiver.pay_minor), "waived": Money(waiver.waived_minor),
        "waived_share": Decimal(waiver.waived_minor) / Decimal(waiver.total_minor), "valid_until": waiver.valid_until,
        "offered_on": at.date(),
    }  # fmt: skip
    return render("waiver_approval", data | said, lang=lang)


def judge_waivers(case_ids: Sequence[int], as_of: date, at: datetime) -> int:
    """Execute settlements whose money has come by their day, and end those whose day is over; return how many moved."""
    moved = 0
    found = Waiver.objects.filter(case_id__in=list(case_ids), state=WaiverState.APPROVED).order_by("case_id")
    for waiver in found.select_related("case__customer"):
        locked_case(waiver.case_id)
        moved += judge_waiver(waiver, as_of, at)
    return moved


def judge_waiver(waiver: Waiver, as_of: date, at: datetime) -> int:
    """Judge one settlement as of a day; return whether it moved."""
    if waiver.approved_at is None:
        return 0
    case = waiver.case
    came = received(
        case.customer_id,
        case.product,
        since=waiver.approved_at,
        until=min(as_of, waiver.valid_until),
        as_of=as_of,
    )
    waiver.received_minor = came
    waiver.save(update_fields=["received_minor"])
    if came >= waiver.pay_minor - parse_minor(str(house("waiver_tolerance", at))):
        move(
            waiver,
            "waiver",
            WaiverState.PAID,
            at=at,
            by=None,
            why="full payment by the valid day",
            received_minor=came,
        )
        execute(waiver, at=at)
        return 1
    if as_of > waiver.valid_until + timedelta(days=house("waiver_posting_days", at)):
        move(
            waiver,
            "waiver",
            WaiverState.EXPIRED,
            at=at,
            by=None,
            why="not paid in full by the valid day",
            received_minor=came,
        )
        return 1
    return 0


def execute(waiver: Waiver, *, at: datetime) -> None:
    """Post the waiver entries in a batch of their own, and settle the case if nothing is left."""
    case, number = waiver.case, number_of(waiver)
    batch = ImportBatch.objects.create(
        received_at=at, received_name=f"waiver {number}", sha256=hashlib.sha256(number.encode()).hexdigest(),
        state=BatchState.APPLIED, applied_at=at, data_on=at.date(), rows_applied=len(waiver.parts),
    )  # fmt: skip
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{number}-{serial}", account_id=row["account"], kind="waiver", amount_minor=row["waived_minor"],
            value_on=at.date(), booked_on=at.date(), memo=row["part"], batch=batch,
        )
        for serial, row in enumerate(waiver.parts, 1) if row["waived_minor"]
    )  # fmt: skip
    move(waiver, "waiver", WaiverState.EXECUTED, at=at, by=None, why="entries posted", batch=batch.pk)
    case.refresh_from_db()
    if total_owed_minor(case, at.date()) <= 0 and CaseState(case.state) not in ENDED:
        settle(case, waiver, at=at)


def settle(case: Case, waiver: Waiver, *, at: datetime) -> None:
    """End the case as settled and certify it."""
    if case.state == CaseState.NEW:
        move_case(case, CaseState.ASSIGNED, at=at, by=None, why="settlement")
    if case.state != CaseState.HOLD:
        move_case(case, CaseState.SETTLED, at=at, by=None, why="settlement executed")
    else:
        append_event(
            case, kind="note", at=at, payload={"text": "settlement executed while the case is on hold"}
        )
    certify(case, paid_minor=waiver.received_minor, waived_minor=waiver.waived_minor, at=at, lang=waiver.lang)
