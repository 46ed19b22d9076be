"""Write-off: prepared with its proofs, approved by others, posted; the debt is owed and pursued as before."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.money import format_minor
from forbear.questions import ask as ask_question
from forbear.web.cases import approvals
from forbear.web.cases.approvals import Kind, register
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Approval, Case, CaseState, HoldKind
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.owed import AccountOwed, composition
from forbear.web.cases.states import ENDED
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.disposal import policy
from forbear.web.disposal.machine import DisposalRefused, move, new_number
from forbear.web.disposal.models import WriteOff, WriteOffProof, WriteOffState
from forbear.web.documents.services import DocumentRefused, receive
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.law.current import packs_at
from forbear.web.ledger.models import Difference
from forbear.web.people.permissions import may
from forbear.web.portfolio.models import LedgerEntry

if TYPE_CHECKING:
    from forbear.web.people.models import User

KIND, UNDO = "write_off", "write_off_undo"
PARTS = ("principal", "interest", "compound", "late_fee", "fee", "other")
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
def prepare(case: Case, criterion: str, *, at: datetime, by: User) -> WriteOff:
    """Begin a write-off of all a case owes; raises DisposalRefused."""
    case = locked_case(case.pk)
    refuse_case(case, by)
    if criterion not in policy.criteria(at.date()):
        raise DisposalRefused(_("Choose one of the list."), "criterion")
    rows = [row for row in composition(case, at.date()) if row.total_minor > 0]
    if not rows:
        raise DisposalRefused(_("Nothing is owed on this case."))
    made = WriteOff(
        number=new_number("HX", at), case=case, criterion=criterion, as_of=at.date(), parts=[part_of(row) for row in rows],
        total_minor=sum(row.total_minor for row in rows), prepared_at=at, prepared_by=by,
    )  # fmt: skip
    move(made, WriteOffState.CANDIDATE, at=at, by=by, criterion=criterion, total_minor=made.total_minor)
    append_event(case, kind="write_off", at=at, by=by, payload={"number": made.number, "state": "candidate"})
    return made


def refuse_case(case: Case, by: User) -> None:
    """Raise DisposalRefused where a case cannot be written off at all, or not by this person."""
    if not may(by, "work_disposal"):
        raise DisposalRefused(_("Write-offs are prepared by the legal desk."))
    if CaseState(case.state) in ENDED:
        raise DisposalRefused(_("The case has ended; there is nothing to write off."))
    if CaseState(case.state) == CaseState.PLAN or case.held_state == CaseState.PLAN:
        raise DisposalRefused(_("A plan is in force; it is kept or ended first."))
    if case.write_offs.filter(
        state__in=[WriteOffState.CANDIDATE, WriteOffState.ASKED, WriteOffState.POSTED]
    ).exists():
        raise DisposalRefused(_("This case has a write-off already."))


def part_of(row: AccountOwed) -> dict[str, Any]:
    """Return what one account owes by part."""
    parts = {part: int(getattr(row, f"{part}_minor")) for part in PARTS}
    return {
        "account": row.account_id,
        "account_no": row.account_no,
        **parts,
        "since": -row.posted_since_minor,
        "owed": row.total_minor,
    }


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
            _("%(days)d days past due; this ground asks for %(from)d.")
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


def lawful(held: WriteOff, at: datetime, *, met: bool) -> dict[str, Any]:
    """Ask the law whether it may be written off, given whether the ground is met."""
    asked = {
        "act": "write_off_card_debt",
        "as_of": at.date().isoformat(),
        "detail": "other" if met else "no_criterion_met",
    }
    return ask_question("conduct", asked, packs=packs_at(at), lang=policy.lang())


@transaction.atomic
def ask(held: WriteOff, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask those whose authority covers it; raises DisposalRefused naming everything that is missing."""
    held = locked(held.pk)
    refuse_case_state(held, at)
    row = policy.approval(held.total_minor, at.date())
    try:
        asked = approvals.ask(
            held.case, kind=KIND, terms={"write_off": held.pk}, amount_minor=held.total_minor, roles=row["roles"],
            persons=row["persons"], reason=reason, changes=[(_("Balance sheet"), format_minor(held.total_minor), "0.00"), (_("Owed"), format_minor(held.total_minor), format_minor(held.total_minor))],
            at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused
    held.approval, held.reason = asked, reason.strip()
    move(held, WriteOffState.ASKED, at=at, by=by, why=reason, approval=asked.pk)
    return asked


def refuse_case_state(held: WriteOff, at: datetime) -> None:
    """Raise DisposalRefused where figures have changed, something is missing or the law says no."""
    if total_now(held, at.date()) != held.total_minor:
        raise DisposalRefused(
            _("The debt has changed since this was prepared; prepare it again with today's figures.")
        )
    lacks = missing(held, at)
    if lacks:
        raise DisposalRefused(_("Missing: %(items)s") % {"items": " ".join(lacks)})
    if lawful(held, at, met=True)["answer"] == "unlawful":
        raise DisposalRefused(_("The law does not let this be written off."))


def total_now(held: WriteOff, on: date) -> int:
    """Return what the case owes today."""
    return sum(row.total_minor for row in composition(held.case, on) if row.total_minor > 0)


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Post the write-off with the last yes; what speaks against it by now is looked at anew."""
    held = locked(approval.terms["write_off"])
    refuse_case_state(held, at)
    post(held, at=at)


def on_refused(approval: Approval, at: datetime, by: User | None) -> None:
    """End a write-off that was not approved."""
    move(locked(approval.terms["write_off"]), WriteOffState.DECLINED, at=at, by=by, why="not approved")


def post(held: WriteOff, *, at: datetime) -> None:
    """Post one write-off entry for each account; they lower no debt, and the case stays where it is."""
    held.batch = batch_of(held.number, len(held.parts), at)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{held.number}-{serial}", account_id=row["account"], kind="write_off", amount_minor=row["owed"],
            value_on=at.date(), booked_on=at.date(), memo=held.criterion, batch=held.batch,
        )
        for serial, row in enumerate(held.parts, 1)
    )  # fmt: skip
    held.posted_on = at.date()
    move(held, WriteOffState.POSTED, at=at, by=None, why="approved", batch=held.batch.pk)
    append_event(
        held.case,
        kind="write_off",
        at=at,
        payload={"number": held.number, "state": "posted", "total_minor": held.total_minor},
    )


def batch_of(name: str, rows: int, at: datetime) -> ImportBatch:
    """Return a batch of our own for entries that no file brought."""
    made: ImportBatch = ImportBatch.objects.create(
        received_at=at, received_name=name, sha256=hashlib.sha256(name.encode()).hexdigest(), state=BatchState.APPLIED,
        applied_at=at, data_on=at.date(), rows_applied=rows, ours=True,
    )  # fmt: skip
    return made


@transaction.atomic
def ask_undo(held: WriteOff, *, reason: str, at: datetime, by: User) -> Approval:
    """Ask to take a write-off back that was posted by mistake; raises DisposalRefused."""
    held = locked(held.pk)
    if held.state != WriteOffState.POSTED or not may(by, "work_disposal"):
        raise DisposalRefused(_("Only a posted write-off is taken back, by the legal desk."))
    row = policy.approval(held.total_minor, at.date())
    try:
        return approvals.ask(
            held.case, kind=UNDO, terms={"write_off": held.pk}, amount_minor=held.total_minor, roles=row["roles"], persons=row["persons"],
            reason=reason, changes=[(_("Balance sheet"), "0.00", format_minor(held.total_minor))], at=at, by=by,
        )  # fmt: skip
    except CaseRefused as refused:
        raise DisposalRefused(str(refused), "reason") from refused


def on_undo(approval: Approval, at: datetime, by: User | None) -> None:
    """Take a write-off back with the last yes."""
    reverse(locked(approval.terms["write_off"]), why=approval.reason, at=at, by=by)


def reverse(held: WriteOff, *, why: str, at: datetime, by: User | None) -> None:
    """Post the reversal of each write-off entry; the case stays where it is."""
    batch = batch_of(f"{held.number} undo", len(held.parts), at)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{held.number}-{serial}R", account_id=row["account"], kind="reversal", amount_minor=-row["owed"],
            value_on=at.date(), booked_on=at.date(), memo="write-off taken back", reverses_no=f"{held.number}-{serial}", batch=batch,
        )
        for serial, row in enumerate(held.parts, 1)
    )  # fmt: skip
    move(held, WriteOffState.UNDONE, at=at, by=by, why=why, batch=batch.pk)
    append_event(held.case, kind="write_off", at=at, payload={"number": held.number, "state": "undone"})


def locked(pk: int) -> WriteOff:
    """Return a write-off under its row lock."""
    held: WriteOff = (
        WriteOff.objects.select_for_update(of=("self",)).select_related("case__customer").get(pk=pk)
    )
    return held


def register_kinds() -> None:
    """Say what follows from the answers of those who approve."""
    register(KIND, Kind(on_approved, on_refused))
    register(UNDO, Kind(on_undo))
