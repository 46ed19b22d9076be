"""Transfer: listed, checked case by case, approved, and done in one moment in which all our access ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.money import format_minor
from forbear.web.cases import approvals
from forbear.web.cases.approvals import Kind, register
from forbear.web.cases.models import Approval, Case, CaseState
from forbear.web.cases.opening import CaseRefused, open_cases
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.states import move as move_case
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.contact.models import Permit, PermitState
from forbear.web.disposal import eligible, policy
from forbear.web.disposal.data_file import certificate, enciphered
from forbear.web.disposal.machine import DisposalRefused, move, new_number
from forbear.web.disposal.models import Transfer, TransferItem, TransferState
from forbear.web.disposal.notices import tell_back, tell_debtor
from forbear.web.documents.services import DocumentRefused, receive
from forbear.web.litigation.models import CounselGrant
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.withdraw import withdraw
from forbear.web.people.permissions import may
from forbear.web.visits.models import Visit
from forbear.web.visits.services import BEFORE_THE_DOOR, call_off

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND = "transfer"
MOST = 5000  # cases of one transfer; more are several transfers


@transaction.atomic
def prepare(cases: Sequence[int], buyer: dict[str, str], *, at: datetime, by: User) -> Transfer:
    """Begin a transfer; every case is in it, those that may not be sold with what keeps them. Raises DisposalRefused."""
    if not may(by, "work_disposal"):
        raise DisposalRefused(_("Transfers are prepared by the legal desk."))
    if not cases or len(cases) > MOST:
        raise DisposalRefused(_("Choose cases, at most %(most)d.") % {"most": MOST}, "cases")
    for field in ("buyer", "buyer_code", "buyer_phone", "buyer_address"):
        if not buyer.get(field, "").strip():
            raise DisposalRefused(_("Say who buys, and how the debtor reaches them."), field)
    certificate(buyer.get("certificate", ""), at)
    made = Transfer(number=new_number("ZR", at), as_of=at.date(), prepared_at=at, prepared_by=by, **buyer)
    made.state = TransferState.DRAFT
    rows = list(Case.objects.filter(pk__in=list(cases)).order_by("pk"))
    if not rows:
        raise DisposalRefused(_("There is no such case."), "cases")
    move(made, TransferState.DRAFT, at=at, by=by, buyer=made.buyer, cases=len(rows))
    owed = {case.pk: total_owed_minor(case, at.date()) for case in rows}
    fits = {
        each.case_id: each.against
        for each in eligible.fits([case.pk for case in rows], owed, at=at, mine=made.pk)
    }
    TransferItem.objects.bulk_create(
        TransferItem(
            transfer=made,
            case=case,
            total_minor=owed[case.pk],
            left_out=fits[case.pk],
            owner_id=case.owner_id,
        )
        for case in rows
    )
    return made


def sold(held: Transfer) -> list[TransferItem]:
    """Return what is sold: what nothing speaks against and what did not come back."""
    rows = held.items.filter(left_out=[], back_at__isnull=True)
    return list(rows.select_related("case__customer").order_by("case_id"))


@transaction.atomic
def ask(held: Transfer, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask those whose authority covers the sum; the question stands on the first case. Raises DisposalRefused."""
    held = locked(held.pk)
    refuse_unlawful(at)
    rows = sold(held)
    if not rows:
        raise DisposalRefused(_("Nothing in this transfer may be sold."))
    total = sum(row.total_minor for row in rows)
    row = policy.approval(total, at.date())
    try:
        asked = approvals.ask(
            rows[0].case, kind=KIND, terms={"transfer": held.pk}, amount_minor=total, roles=row["roles"], persons=row["persons"],
            reason=reason, changes=[(_("Creditor"), _("our bank"), held.buyer), (_("Cases"), str(len(rows)), "0"), (_("Owed to us"), format_minor(total), "0.00")],
            at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused
    held.approval, held.reason = asked, reason.strip()
    move(
        held,
        TransferState.ASKED,
        at=at,
        by=by,
        why=reason,
        approval=asked.pk,
        cases=len(rows),
        total_minor=total,
    )
    return asked


def refuse_unlawful(at: datetime) -> None:
    """Raise DisposalRefused where the law of the day does not let such debts be sold, or their data be given."""
    said = eligible.law(at, policy.lang())
    if not said["allowed"]:
        texts = [str(reason.get("text", "")) for reason in said["reasons"] if reason["effect"] == "refuse"]
        raise DisposalRefused(
            " ".join([_("The law of today does not let this be sold."), said["why"], *texts])
        )


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Let a transfer be done; it is done at its own moment."""
    move(locked(approval.terms["transfer"]), TransferState.APPROVED, at=at, by=by, why="approved")


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End a transfer that was not approved."""
    move(locked(approval.terms["transfer"]), TransferState.DECLINED, at=at, by=by, why="not approved")


@transaction.atomic
def carry_out(held: Transfer, *, at: datetime, by: User) -> Transfer:
    """Pass the debts on: data enciphered, debtors told, access cut, all in one transaction. Raises DisposalRefused.

    What came up since the approval (a payment, a dispute, a complaint) keeps a case out, by name. The gate's locks are
    held, so no permit is granted between the last look and the cut.
    """
    held = locked(held.pk)
    if held.state != TransferState.APPROVED or not may(by, "work_disposal"):
        raise DisposalRefused(_("Only an approved transfer is carried out, by the legal desk."))
    refuse_unlawful(at)
    lock_gate(held)
    look_again(held, at)
    rows = sold(held)
    if not rows:
        raise DisposalRefused(_("Nothing in this transfer may be sold any more."))
    held.file_cipher, held.file_sha256 = enciphered([row.case for row in rows], held.certificate, at)
    for row in rows:
        cut(row, held, at=at, by=by)
    held.done_at = at
    total = sum(row.total_minor for row in rows)
    move(
        held,
        TransferState.DONE,
        at=at,
        by=by,
        why="carried out",
        cases=len(rows),
        total_minor=total,
        file_sha256=held.file_sha256,
    )
    return held


def lock_gate(held: Transfer) -> None:
    """Take the gate's locks of every debtor, in its own order, before any row is locked."""
    customers = list(held.items.values_list("case__customer_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT gate_lock_many(%s, %s)", [customers, [None] * len(customers)])


def look_again(held: Transfer, at: datetime) -> None:
    """Leave out what may no longer be sold or owes something else than what was approved."""
    rows = sold(held)
    owed = {row.case_id: total_owed_minor(row.case, at.date()) for row in rows}
    fits = {each.case_id: each.against for each in eligible.fits(list(owed), owed, at=at, mine=held.pk)}
    for row in rows:
        against = fits[row.case_id] or (["changed"] if owed[row.case_id] != row.total_minor else [])
        if against:
            row.left_out = against
            row.save(update_fields=["left_out"])


def cut(row: TransferItem, held: Transfer, *, at: datetime, by: User) -> None:
    """End all our access to one case: it is the buyer's from this moment."""
    case = locked_case(row.case_id)
    withdraw(OutboxMessage.objects.filter(case=case), why="passed_on", at=at, by=by)
    Permit.objects.filter(decision__case_id=case.pk, state=PermitState.RESERVED).update(
        state=PermitState.RELEASED
    )
    CounselGrant.objects.filter(matter__case=case, revoked_at__isnull=True, until__gt=at).update(
        revoked_at=at
    )
    for visit in Visit.objects.filter(case=case, state__in=BEFORE_THE_DOOR).order_by("pk"):
        call_off(visit, why=held.number, at=at, by=by)
    row.owner_id = case.owner_id
    Case.objects.filter(pk=case.pk).update(owner=None)
    row.notice, row.message = tell_debtor(case, held, at=at, by=by)
    row.save(update_fields=["owner", "notice", "message"])
    case.refresh_from_db()
    move_case(case, CaseState.TRANSFERRED, at=at, by=by, why=held.number)


@transaction.atomic
def take_back(row: TransferItem, *, reason: str, consent: bytes, at: datetime, by: User) -> Case:
    """Take one case back that was passed on by mistake: a new case that names the old one. Raises DisposalRefused.

    A notice of assignment is taken back only with the buyer's consent (Civil Code art. 546), whose proof is kept. The old
    case stays as it ended; the debtor is told in writing that the first notice was wrong.
    """
    row = (
        TransferItem.objects.select_for_update(of=("self",))
        .select_related("transfer", "case__customer")
        .get(pk=row.pk)
    )
    if row.left_out or row.transfer.state != TransferState.DONE or row.back_at is not None:
        raise DisposalRefused(_("This case was not passed on, or is back already."))
    if not may(by, "approve") or by.pk in (row.transfer.prepared_by_id,):
        raise DisposalRefused(_("A manager other than who prepared it takes a transfer back."))
    if not reason.strip():
        raise DisposalRefused(_("Say why it was a mistake."), "reason")
    if Case.objects.filter(
        customer_id=row.case.customer_id, product=row.case.product, closed_on=None
    ).exists():
        raise DisposalRefused(_("This customer has an open case already; look there first."))
    made = open_cases(
        [row.case.customer_id],
        at=at,
        by=by,
        product=row.case.product,
        why=f"{row.transfer.number} taken back",
    )
    Case.objects.filter(pk=made[0].pk).update(
        owner=row.owner, aged_on=row.case.aged_on, dpd=row.case.dpd, bucket=row.case.bucket, risk_class=row.case.risk_class,
        past_due_minor=row.case.past_due_minor, total_minor=row.case.total_minor,
    )  # fmt: skip
    made[0].refresh_from_db()
    try:
        kept = receive(
            made[0], consent, kind="transfer_consent", title=_("The buyer's consent"), at=at, by=by
        )
    except DocumentRefused as refused:
        raise DisposalRefused(str(refused), "file") from refused
    row.back_at, row.new_case = at, made[0]
    row.save(update_fields=["back_at", "new_case"])
    tell_back(made[0], row.transfer, at=at, by=by)
    move(
        locked(row.transfer_id),
        TransferState.DONE,
        at=at,
        by=by,
        why=reason,
        taken_back=row.case_id,
        new_case=made[0].pk,
        consent=kept.sha256,
    )
    append_event(
        made[0],
        kind="transfer_back",
        at=at,
        by=by,
        payload={"number": row.transfer.number, "case": row.case_id},
    )
    return made[0]


def locked(pk: int) -> Transfer:
    """Return a transfer under its row lock."""
    held: Transfer = Transfer.objects.select_for_update().get(pk=pk)
    return held


def register_kinds() -> None:
    """Say what follows from the answers of those who approve."""
    register(KIND, Kind(on_approved, on_refused))
