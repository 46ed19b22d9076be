"""What a person may do with a matter: the move with what its papers and evidence prove, and the second person's yes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.litigation import Move
from forbear.web.cases import approvals
from forbear.web.cases.approvals import Kind, register
from forbear.web.cases.models import Approval, ApprovalState
from forbear.web.cases.opening import CaseRefused
from forbear.web.law.current import packs_at
from forbear.web.litigation.models import LegalMatter, MatterCost
from forbear.web.litigation.proving import PROVED, lacking, proved, wanted_papers
from forbear.web.litigation.services import (
    FOUR_EYES,
    MatterRefused,
    _read,
    court_fee,
    machine_at,
    make_move,
    refusals,
)

if TYPE_CHECKING:
    from forbear.web.people.models import User

APPROVAL = "court_move"


def step(
    matter: LegalMatter, code: str, *, on: date, facts: Mapping[str, Any], at: datetime, by: User
) -> LegalMatter | Approval:
    """Make a move, or ask for the second person it needs. Raises MatterRefused with every reason in words."""
    move = machine_at(at).moves.get(code)
    if move is None:
        raise MatterRefused(_("There is no such step: %(about)s.") % {"about": code})
    given = {name: value for name, value in facts.items() if name not in PROVED and value not in (None, "")}
    given |= proved(matter, move, on=on, at=at)
    if FOUR_EYES in move.needs:
        return ask_second(matter, move, on=on, facts=given, at=at, by=by)
    with transaction.atomic():
        made = make_move(matter, code, on=on, facts=given, at=at, by=by)
        note_cost(made, move, on=on, facts=given, at=at, by=by)
    return made


def ask_second(
    matter: LegalMatter, move: Move, *, on: date, facts: Mapping[str, Any], at: datetime, by: User
) -> Approval:
    """Ask a second person for a move that is otherwise ready; raises MatterRefused."""
    if said := refusals(matter, move.code, on=on, facts={**facts, FOUR_EYES: -1}, at=at):
        raise MatterRefused(" ".join(said))
    states = machine_at(at).states
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
    try:
        return approvals.ask(
            matter.case, kind=APPROVAL, terms={"matter": matter.pk, "move": move.code, "on": on.isoformat(), "facts": plain},
            amount_minor=matter.claim_minor, roles=packs_at(at).value("house/litigation/approver_roles", on), persons=1,
            reason={lang: f"{matter.number} {words}" for lang, words in move.words.items()},
            changes=[(matter.number, states[matter.state].words, states[move.to].words)], at=at, by=by,
        )  # fmt: skip
    except CaseRefused as error:
        raise MatterRefused(str(error)) from error


def waiting(matter: LegalMatter) -> Approval | None:
    """Return the question about this matter that waits for a second person."""
    found = approvals.waiting(matter.case, APPROVAL)
    return found if found and found.terms["matter"] == matter.pk else None


def answer(approval: Approval, *, yes: bool, at: datetime, by: User, reason: str = "") -> Approval:
    """Say yes or no to a move; on yes it is made. Raises MatterRefused where it can no longer be made."""
    try:
        return approvals.answer(approval, yes=yes, at=at, by=by, reason=reason)
    except CaseRefused as error:
        raise MatterRefused(str(error)) from error


def _make_it(approval: Approval, at: datetime, by: User | None) -> LegalMatter:
    """Make the move that a second person agreed to; what its papers prove is looked at anew."""
    matter = LegalMatter.objects.select_related("case", "agent").get(pk=approval.terms["matter"])
    move, on = machine_at(at).moves[approval.terms["move"]], date.fromisoformat(approval.terms["on"])
    said = approval.answers.filter(yes=True).latest("pk")
    facts = _read(approval.terms["facts"]) | {FOUR_EYES: said.on_behalf_of_id or said.by_id}
    return make_move(matter, move.code, on=on, facts=facts, at=at, by=approval.asked_by)


register(APPROVAL, Kind(_make_it))


def open_questions() -> list[Approval]:
    """Return every move that waits for a second person."""
    return list(Approval.objects.filter(kind=APPROVAL, state=ApprovalState.WAITING))


def waiting_for(user: User, at: datetime) -> list[Approval]:
    """Return the moves a person may say yes or no to, the oldest first."""
    return [each for each in approvals.answerable(user, at) if each.kind == APPROVAL]


def note_cost(
    matter: LegalMatter, move: Move, *, on: date, facts: Mapping[str, Any], at: datetime, by: User
) -> None:
    """Write the court fee among the costs as it is paid."""
    from forbear.money import parse_minor

    if "fee" in move.needs:
        MatterCost.objects.create(
            matter=matter, kind=MatterCost.Kind.COURT_FEE, amount_minor=parse_minor(str(facts["fee"])), paid_on=on,
            memo=matter.court_case_no, at=at, by=by,
        )  # fmt: skip


def fee_due(matter: LegalMatter, *, on: date, at: datetime, procedure: str = "ordinary") -> str:
    """Return the fee to pay, in yuan, so that the form says it before it is asked."""
    return court_fee(matter, on=on, at=at, procedure=procedure)


__all__ = [
    "answer", "fee_due", "lacking", "open_questions", "proved", "step", "waiting", "waiting_for", "wanted_papers",
]  # fmt: skip
