"""Begins a transfer: the buyer, and every case with what keeps it from being sold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.cases.models import Case
from forbear.web.cases.owed import total_owed_minor
from forbear.web.disposal.machine import DisposalRefused, move, new_number
from forbear.web.disposal.models import Transfer, TransferItem, TransferState
from forbear.web.disposal.transfers import eligible
from forbear.web.disposal.transfers.data_file import certificate
from forbear.web.people.permissions import may

if TYPE_CHECKING:
    from forbear.web.people.models import User

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


def locked(pk: int) -> Transfer:
    """Return a transfer under its row lock."""
    held: Transfer = Transfer.objects.select_for_update().get(pk=pk)
    return held
