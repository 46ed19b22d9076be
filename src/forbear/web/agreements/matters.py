"""Hardship, disputes and changes of standing: a hold at once, the proofs they need, and an answer by who may give it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.agreements.machine import MACHINES, AgreementRefused, ends, move
from forbear.web.agreements.models import Matter, MatterState, Proof
from forbear.web.agreements.policy import house, matter_kinds, proof_names
from forbear.web.cases import approvals, authority
from forbear.web.cases.holds import end_of_business_days, place_hold, release_hold
from forbear.web.cases.models import Approval, Case, Hold, Task
from forbear.web.cases.opening import add_task, finish_task
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.said import both
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.documents.store import receive

if TYPE_CHECKING:
    from forbear.web.documents.models import StoredDocument
    from forbear.web.people.models import User

M = MatterState
BEGINS = {
    "hardship": (M.REQUESTED, M.DOCS_PENDING),
    "dispute": (M.RAISED, M.HOLD),
    "status": (M.REPORTED, M.PROOF_PENDING),
}
PROVED: Mapping[tuple[str, str], MatterState] = {
    ("hardship", M.DOCS_PENDING): M.UNDER_REVIEW,
    ("dispute", M.HOLD): M.INVESTIGATING,
    ("dispute", M.NEEDS_INFO): M.INVESTIGATING,
}
ANSWERED = (M.UPHELD, M.REJECTED, M.APPROVED, M.NOT_PROVED, M.ANSWERED)  # need words for the debtor
FREES = (M.REJECTED, M.ENDED, M.CORRECTED, M.ANSWERED, M.NOT_PROVED)  # collection may go on


@transaction.atomic
def open_matter(
    case: Case, kind: str, *, reason: str, at: datetime, by: User | None, hold: Hold | None = None
) -> Matter:
    """Open a matter: the case is held, its messages withdrawn, its proofs asked for. One of a kind at a time."""
    case = locked_case(case.pk)
    row = matter_kinds(at).get(kind)
    if row is None:
        raise AgreementRefused(_("There is no matter of this kind."), field="kind")
    standing = next(
        (each for each in Matter.objects.filter(case=case, kind=kind) if not ends(each.machine, each.state)),
        None,
    )
    if standing is not None:
        return standing
    first, then = BEGINS[row["machine"]]
    matter = Matter.objects.create(
        case=case,
        kind=kind,
        machine=row["machine"],
        state=first,
        reason=reason[:200],
        opened_at=at,
        opened_by=by,
        hold=hold,
    )
    move(matter, matter.machine, first, at=at, by=by, why=reason or kind)
    Proof.objects.bulk_create(Proof(matter=matter, code=code) for code in row["proofs"])
    if hold is None:
        matter.hold = place_hold(case, kind=row["hold"], at=at, by=by, reason=f"matter {matter.pk}")
    move(matter, matter.machine, then, at=at, by=by, why="held; proofs asked for")
    if hold is not None:
        return matter  # a result code brings its own task
    due = end_of_business_days(at, row["business_days"])
    task = add_task(
        case,
        kind="proof",
        due_at=due,
        at=at,
        by=by,
        note=", ".join(proof_names(at, "zh")[p] for p in row["proofs"])[:200],
    )
    task.detail = {"matter": matter.pk}
    task.save(update_fields=["detail"])
    return matter


def open_for_hold(hold: Hold) -> None:
    """Open the matter that a result code or a person stands for when a case is held (see cases.holds.PLACED)."""
    rows = matter_kinds(hold.since)
    kind = next(
        (row["kind"] for row in rows.values() if row["hold"] == hold.kind and hold.reason in row["from"]),
        None,
    )
    if kind is not None:
        open_matter(hold.case, kind, reason=hold.reason, at=hold.since, by=hold.by, hold=hold)


@transaction.atomic
def bring(matter: Matter, code: str, content: bytes, *, at: datetime, by: User | None) -> StoredDocument:
    """Keep a proof of a matter, sealed; with the last one the matter goes on. Raises AgreementRefused or DocumentRefused."""
    case = locked_case(matter.case_id)
    matter.refresh_from_db()
    proof = matter.proofs.filter(code=code).first()
    if proof is None:
        raise AgreementRefused(_("This matter does not need that proof."), field="code")
    title = proof_names(at, "zh")[code]
    proof.document = receive(case, content, kind=code, title=title, at=at, by=by)
    proof.save(update_fields=["document"])
    to = PROVED.get((matter.machine, matter.state))
    if to and not matter.proofs.filter(document__isnull=True).exists():
        move(matter, matter.machine, to, at=at, by=by, why="proofs complete")
    return proof.document


@transaction.atomic
def decide(
    matter: Matter, to: str, *, answer: str, at: datetime, by: User, until: date | None = None
) -> Matter:
    """Move a matter on by a decision of who may take it; what frees the case lifts its hold. Raises AgreementRefused."""
    case = locked_case(matter.case_id)
    matter.refresh_from_db()
    refuse_words(to, answer=answer, at=at, until=until)
    if matter.machine == "hardship" and to == M.APPROVED and until is not None:
        return ask_hardship(matter, case, until=until, answer=answer.strip(), at=at, by=by)
    refuse_decider(matter, at=at, by=by)
    if to in (M.PROVED,) and matter.proofs.filter(document__isnull=True).exists():
        raise AgreementRefused(_("Proofs are still missing."), field="proofs")
    matter.until, matter.answer = until or matter.until, answer.strip() or matter.answer
    move(matter, matter.machine, to, at=at, by=by, why=answer)
    if matter.machine == "hardship" and (asked := approvals.waiting(case, "hardship")):
        approvals.withdraw(asked, at=at, by=by)
    follow(matter, at=at, by=by)
    return matter


def refuse_decider(matter: Matter, *, at: datetime, by: User) -> None:
    """Raise AgreementRefused when the person may not decide a matter."""
    row = matter_kinds(at)[matter.kind]
    if by.role not in row["roles"]:
        raise AgreementRefused(_("This is decided by: %(roles)s.") % {"roles": ", ".join(row["roles"])})
    if by.pk == matter.opened_by_id:
        raise AgreementRefused(_("Nobody decides a matter they opened."))


def refuse_words(to: str, *, answer: str, at: datetime, until: date | None) -> None:
    """Raise AgreementRefused when a decision says too little."""
    if to in ANSWERED and not answer.strip():
        raise AgreementRefused(_("Write the answer the debtor will get."), field="answer")
    if to == M.APPROVED and (until is None or until <= at.date()):
        raise AgreementRefused(_("Say until which day the hardship holds."), field="until")


def ask_hardship(matter: Matter, case: Case, *, until: date, answer: str, at: datetime, by: User) -> Matter:
    """Ask those with authority to recognise a hardship until a day; meanwhile it stays under review. Raises as `ask`."""
    if matter.state != M.UNDER_REVIEW:
        raise AgreementRefused(_("Proofs are still missing."), field="proofs")
    owed = total_owed_minor(case, at.date())
    months = (until.year - at.year) * 12 + until.month - at.month + 1
    needed = authority.needed(authority.Ask("hardship", owed, months=months), by=by, at=at)
    if needed.alone:
        refuse_decider(matter, at=at, by=by)
        return recognise(matter, until=until, answer=answer, at=at, by=by)
    approvals.ask(
        case, kind="hardship", terms={"matter": matter.pk, "until": until.isoformat(), "answer": answer}, amount_minor=owed,
        roles=[needed.role], persons=needed.persons, reason=answer, at=at, by=by,
        changes=[(both(lazy("Hardship")), both(lazy("under review")), both(lazy("recognised until %(day)s"), day=until.isoformat()))],
    )  # fmt: skip
    return matter


def on_approved(approval: Approval, at: datetime, by: User | None) -> None:
    """Recognise the hardship that was approved, if it still waits and its days are not over."""
    matter = Matter.objects.select_related("case", "hold").get(pk=approval.terms["matter"])
    until = date.fromisoformat(approval.terms["until"])
    if until <= at.date():
        raise AgreementRefused(_("Say until which day the hardship holds."), field="until")
    recognise(matter, until=until, answer=approval.terms["answer"], at=at, by=by)


def recognise(matter: Matter, *, until: date, answer: str, at: datetime, by: User | None) -> Matter:
    """Recognise a hardship until a day, which ends its hold then."""
    matter.until, matter.answer = until, answer
    move(matter, matter.machine, M.APPROVED, at=at, by=by, why=answer)
    follow(matter, at=at, by=by)
    return matter


def follow(matter: Matter, *, at: datetime, by: User | None) -> None:
    """Do what a decision brings: the hold's end, tasks for what the bank has to correct."""
    state, due = matter.state, end_of_business_days(at, house("task_business_days", at))
    if state in FREES:
        free(matter, at=at, by=by)
    if state == M.APPROVED and matter.hold is not None and matter.until is not None:
        matter.hold.until = datetime.combine(matter.until, datetime.max.time(), tzinfo=at.tzinfo)
        matter.hold.save(update_fields=["until"])
    if state == M.UPHELD:
        for note in ("ledger", "credit_record"):
            add_task(matter.case, kind="correction", due_at=due, at=at, by=by, note=note)
    if state == M.PROVED:
        kind = {"deceased": "heirs", "incapacity": "guardian"}.get(matter.kind, "legal")
        add_task(matter.case, kind=kind, due_at=due, at=at, by=by, note=matter.kind)


def free(matter: Matter, *, at: datetime, by: User | None) -> None:
    """Lift the hold of a matter and tick its task off."""
    if matter.hold is not None:
        release_hold(matter.hold, at=at, by=None, reason=f"matter {matter.pk}: {matter.state}")
        who = by.pk if by else None
        append_event(
            matter.case, kind="matter_freed", at=at, by=by, payload={"matter": matter.pk, "decided_by": who}
        )
    own = Q(detail__matter=matter.pk) | Q(note=matter.reason, made_at=matter.opened_at)
    for task in Task.objects.filter(own, case_id=matter.case_id, done_at__isnull=True):
        finish_task(task, at=at, by=by)


def end_hardships(case_ids: Any, as_of: date, at: datetime) -> None:
    """End the approved hardships whose days are over."""
    over = Matter.objects.filter(
        case_id__in=list(case_ids), machine="hardship", state=M.APPROVED, until__lt=as_of
    )
    for matter in over.select_related("case", "hold"):
        locked_case(matter.case_id)
        move(matter, "hardship", M.ENDED, at=at, by=None, why="its days are over")
        free(matter, at=at, by=None)


def next_moves(matter: Matter, user: User, at: datetime) -> list[str]:
    """Return the states a person may move a matter to now; anybody who negotiates may ask that a hardship be recognised."""
    found = MACHINES[matter.machine].get(matter.state, frozenset())
    if user.role not in matter_kinds(at)[matter.kind]["roles"] or user.pk == matter.opened_by_id:
        found = found & {M.APPROVED}
    return sorted(found)
