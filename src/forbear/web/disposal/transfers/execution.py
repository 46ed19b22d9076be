"""Passes the debts on in one moment in which all our access ends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.states import move as move_case
from forbear.web.cases.timeline import locked_case
from forbear.web.contact.models import Permit, PermitState
from forbear.web.disposal.machine import DisposalRefused, move
from forbear.web.disposal.models import Transfer, TransferItem, TransferState
from forbear.web.disposal.transfers import eligible
from forbear.web.disposal.transfers.approval import refuse_unlawful
from forbear.web.disposal.transfers.data_file import enciphered
from forbear.web.disposal.transfers.notices import tell_debtor
from forbear.web.disposal.transfers.preparation import locked, sold
from forbear.web.litigation.models import CounselGrant
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.withdraw import withdraw
from forbear.web.people.permissions import may
from forbear.web.visits.models import Visit
from forbear.web.visits.services import BEFORE_THE_DOOR, call_off

if TYPE_CHECKING:
    from forbear.web.people.models import User


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
