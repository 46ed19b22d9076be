"""Takes a case back that was passed on by mistake."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case
from forbear.web.cases.opening import open_cases
from forbear.web.cases.timeline import append_event
from forbear.web.disposal.machine import DisposalRefused, move
from forbear.web.disposal.models import TransferItem, TransferState
from forbear.web.disposal.transfers.notices import tell_back
from forbear.web.disposal.transfers.preparation import locked
from forbear.web.documents.services import DocumentRefused, receive
from forbear.web.people.permissions import may

if TYPE_CHECKING:
    from forbear.web.people.models import User


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
