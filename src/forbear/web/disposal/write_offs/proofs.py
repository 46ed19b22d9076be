"""What the ground of a write-off asks for: proofs put on file, those the system's own records give, and what lacks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, HoldKind
from forbear.web.cases.owed import composition
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused
from forbear.web.disposal.models import WriteOff, WriteOffProof, WriteOffState
from forbear.web.disposal.write_offs.preparation import locked
from forbear.web.documents.services import DocumentRefused, receive
from forbear.web.ledger.models import Difference

if TYPE_CHECKING:
    from forbear.web.people.models import User

DEMANDS = """
SELECT count(*) FROM (
    SELECT m.id FROM outbox_outboxmessage m WHERE m.case_id = %(case)s AND m.purpose = 'collect' AND m.state = 'delivered'
    UNION ALL
    SELECT t.id FROM contact_contactattempt t WHERE t.case_id = %(case)s AND t.effective) told
"""
BROKEN_DOWN = (
    "SELECT count(DISTINCT account_id) FROM standing_positions WHERE account_id = ANY(%s) AND data_on <= %s"
)


@transaction.atomic
def add_proof(held: WriteOff, proof: str, content: bytes, *, at: datetime, by: User) -> WriteOffProof:
    """Put a proof on file, sealed; raises DisposalRefused."""
    held = locked(held.pk)
    if held.state != WriteOffState.CANDIDATE:
        raise DisposalRefused(_("Proofs are put on file before it is asked for."), "proof")
    row = policy.proofs(at.date()).get(proof)
    if row is None or row["by"] != "person":
        raise DisposalRefused(_("Choose one of the list."), "proof")
    try:
        kept = receive(held.case, content, kind=f"write_off_{proof}", title=row["zh"], at=at, by=by)
    except DocumentRefused as refused:
        raise DisposalRefused(str(refused), "file") from refused
    made: WriteOffProof = WriteOffProof.objects.create(
        write_off=held, proof=proof, document=kept, at=at, by=by
    )
    return made


def missing(held: WriteOff, at: datetime) -> list[str]:
    """Return in words everything that the ground asks for and that is not there; the system's own proofs are looked at now."""
    on = at.date()
    row, known = policy.criteria(on)[held.criterion], policy.proofs(on)
    said = []
    if held.case.dpd < row["days_from"]:
        said.append(
            ngettext(
                "%(days)d day past due; this ground asks for %(from)d.",
                "%(days)d days past due; this ground asks for %(from)d.",
                held.case.dpd,
            )
            % {"days": held.case.dpd, "from": row["days_from"]}
        )
    if row.get("states") and not held.case.matters.filter(state__in=row["states"]).exists():
        said.append(_("A matter in court whose enforcement was closed."))
    if row.get("hold") and not open_holds(held.case, at).filter(kind=row["hold"]).exists():
        said.append(
            _("The standing of the person is not on record: %(hold)s.")
            % {"hold": HoldKind(row["hold"]).label}
        )
    there = set(held.proofs.values_list("proof", flat=True))
    for code in row["proofs"]:
        holds = proved(held.case, code, at) if known[code]["by"] == "system" else code in there
        if not holds:
            said.append(policy.word(known[code]))
    return said


def proved(case: Case, code: str, at: datetime) -> bool:
    """Return whether the system's own records prove something."""
    rows = [row for row in composition(case, at.date()) if row.total_minor > 0]
    ids = [row.account_id for row in rows]
    with connection.cursor() as cursor:
        if code == "demands":
            cursor.execute(DEMANDS, {"case": case.pk})
            return bool(cursor.fetchone()[0] >= policy.value("demands_min", at.date()))
        cursor.execute(BROKEN_DOWN, [ids, at.date()])
        whole = cursor.fetchone()[0] == len(ids)
    return (
        bool(whole)
        and not Difference.objects.filter(
            account_id__in=ids, closed_at__isnull=True, absolute_minor__gt=0
        ).exists()
    )
