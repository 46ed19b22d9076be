"""Matters opened and moved. Every move goes through the machine of forbear.litigation; nothing else sets a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.litigation import Machine, Matter, Refusal, Term, machine
from forbear.litigation.machine import MoveRefused
from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions import BadFact, ask
from forbear.web import evidence
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.opening import CaseRefused
from forbear.web.cases.states import ACTIVE, move
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.law.current import packs_at
from forbear.web.litigation.models import LegalMatter, MatterMove, MatterTerm
from forbear.web.reading import reading_lang

if TYPE_CHECKING:
    from forbear.web.people.models import User

DAY_FACTS = ("_on", "_by")  # facts that are days end so
FOUR_EYES = "approver"  # a fact that names a second person
PAYS_FEE, ORDINARY = "pay_fee", "ordinary"
NUMBER = "SELECT nextval('litigation_number')"


class MatterRefused(CaseRefused):
    """What was asked of a matter cannot be done; the message says everything that speaks against it."""


@lru_cache(maxsize=8)
def _machine(packs: Packs, on: date) -> Machine:
    return machine(packs, on)


def machine_at(at: datetime) -> Machine:
    """Return the machine of the policy in force at a moment."""
    return _machine(packs_at(at), at.date())


@transaction.atomic
def open_matter(
    case: Case, *, claim_minor: int, claim_on: date, at: datetime, by: User, owner: User | None = None
) -> LegalMatter:
    """Open a matter on a case, in screening. Raises MatterRefused where one is open or the case has ended."""
    case = locked_case(case.pk)
    if CaseState(case.state) not in ACTIVE | {CaseState.HOLD}:
        raise MatterRefused(_("The case has ended; there is nothing to take to court."))
    if case.matters.filter(ended=False).exists():
        raise MatterRefused(_("This case is in court already."))
    court = machine_at(at)
    opened = court.open(at.date())
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)
        number = f"F{at.year}-{cursor.fetchone()[0]:06d}"
    matter = LegalMatter.objects.create(
        number=number, case=case, state=opened.state, stage=court.states[opened.state].stage, since=opened.since,
        claim_minor=claim_minor, claim_on=claim_on, opened_at=at, opened_by=by, owner=owner or by,
    )  # fmt: skip
    append_event(
        case, kind="matter_opened", at=at, by=by, payload={"matter": number, "claim_minor": claim_minor}
    )
    return matter


@transaction.atomic
def make_move(
    matter: LegalMatter, code: str, *, on: date, facts: Mapping[str, Any], at: datetime, by: User | None
) -> LegalMatter:
    """Make a move that took place on a day; `by` none is the system. Raises MatterRefused with every reason."""
    case = locked_case(matter.case_id)
    matter = LegalMatter.objects.select_for_update().get(pk=matter.pk)
    if on > at.date():
        raise MatterRefused(
            _("A move is written down when it has taken place; %(day)s is yet to come.") % {"day": on}
        )
    if by is not None and FOUR_EYES in facts and facts[FOUR_EYES] == by.pk:
        raise MatterRefused(_("A second person approves; nobody approves what they ask for themselves."))
    refuse_wrong_fee(matter, code, on=on, facts=facts, at=at)
    court = machine_at(at)
    facts = established_facts(matter, code, facts, on=on, at=at)
    try:
        made = court.make(as_matter(matter), code, on, facts)
    except MoveRefused as refused:
        raise MatterRefused(" ".join(said(court, each) for each in refused.refusals)) from refused
    _append(matter, code, on=on, facts=facts, at=at, by=by)
    _store(matter, made, court)
    payload = {"matter": matter.number, "move": code, "state": made.state, "on": on.isoformat()}
    append_event(case, kind="matter_move", at=at, by=by, payload=payload)
    wanted = court.states[made.state].case
    if wanted and CaseState(case.state) in ACTIVE:
        move(case, CaseState(wanted), at=at, by=by, why=matter.number)
    return matter


def established_facts(
    matter: LegalMatter, code: str, facts: Mapping[str, Any], *, on: date, at: datetime
) -> Mapping[str, Any]:
    """Return the facts of a move, those that papers and people must prove established anew; raises MatterRefused."""
    from forbear.web.litigation.proving import established

    move = machine_at(at).moves.get(code)
    ready = move is not None and matter.state in move.sources
    return established(matter, move, facts, on=on, at=at) if move is not None and ready else facts


def refuse_wrong_fee(
    matter: LegalMatter, code: str, *, on: date, facts: Mapping[str, Any], at: datetime
) -> None:
    """Raise MatterRefused where a court fee is not what the regulation asks for this claim and procedure."""
    if code != PAYS_FEE or not facts.get("fee"):
        return
    due = court_fee(matter, on=on, at=at, procedure=str(facts.get("procedure") or ORDINARY))
    try:
        given = parse_minor(str(facts["fee"]))
    except ValueError as error:
        raise MatterRefused(_("The fee is not an amount: %(fee)s.") % {"fee": facts["fee"]}) from error
    if given != parse_minor(due):
        raise MatterRefused(
            _("The court fee for this claim is %(due)s, not %(given)s; ask the court before paying.")
            % {"due": due, "given": facts["fee"]}
        )


def court_fee(matter: LegalMatter, *, on: date, at: datetime, procedure: str) -> str:
    """Return the court fee of a matter's claim in a procedure, in yuan; raises MatterRefused for an unknown one."""
    asked = {"claim": format_minor(matter.claim_minor), "procedure": procedure, "as_of": on.isoformat()}
    try:
        return str(ask("court_fee", asked, packs=packs_at(at))["fee"])
    except BadFact as error:
        raise MatterRefused(str(error)) from error


def refusals(
    matter: LegalMatter, code: str, *, on: date, facts: Mapping[str, Any], at: datetime
) -> list[str]:
    """Return in words why a move cannot be made; nothing where it can."""
    court = machine_at(at)
    return [said(court, each) for each in court.refusals(as_matter(matter), code, on, facts)]


def as_matter(matter: LegalMatter) -> Matter:
    """Return a stored matter as the machine knows it."""
    terms = tuple(
        Term(row.kind, row.whose, row.event_on, row.last_day, row.ended_on)
        for row in sorted(matter.terms.all(), key=lambda row: row.pk)
    )
    return Matter(matter.state, matter.since, terms, _read(matter.facts))


def replayed(matter: LegalMatter, at: datetime) -> Matter:
    """Return the matter as its moves alone make it, under the policy of now; equal to what is stored, or it was tampered with."""
    moves = list(matter.moves.order_by("sequence"))
    court = machine_at(at)
    found = court.open(matter.opened_at.astimezone(at.tzinfo).date())
    for each in moves:
        found = court.make(found, each.move, each.on, _read(each.facts))
    return found


def broken_moves(matter: LegalMatter) -> list[int]:
    """Return the sequence numbers of moves whose hash does not fit what stands there."""
    previous, broken = evidence.GENESIS, []
    for row in matter.moves.order_by("sequence"):
        if bytes(row.previous_hash) != previous or bytes(row.hash) != evidence.link(previous, _chained(row)):
            broken.append(row.sequence)
        previous = bytes(row.hash)
    return broken


def _append(
    matter: LegalMatter, code: str, *, on: date, facts: Mapping[str, Any], at: datetime, by: User | None
) -> None:
    last = matter.moves.order_by("-sequence").first()
    row = MatterMove(
        matter=matter, sequence=last.sequence + 1 if last else 1, move=code, on=on, facts=_written(facts), at=at, by=by,
        previous_hash=bytes(last.hash) if last else evidence.GENESIS,
    )  # fmt: skip
    row.hash = evidence.link(bytes(row.previous_hash), _chained(row))
    row.save()


def _chained(row: MatterMove) -> dict[str, Any]:
    return {
        "matter": row.matter_id, "sequence": row.sequence, "move": row.move, "on": row.on, "facts": row.facts,
        "at": row.at, "by": row.by_id,
    }  # fmt: skip


def _store(matter: LegalMatter, made: Matter, court: Machine) -> None:
    state = court.states[made.state]
    matter.state, matter.stage, matter.ended, matter.since = made.state, state.stage, state.ended, made.since
    matter.facts = _written(made.facts)
    matter.court_case_no = str(made.facts.get("court_case_no") or matter.court_case_no)
    ours = sorted((term for term in made.running() if term.whose == "ours"), key=lambda term: term.last_day)
    matter.next_term, matter.next_last_day = (ours[0].kind, ours[0].last_day) if ours else ("", None)
    matter.save()
    matter.terms.all().delete()
    MatterTerm.objects.bulk_create(
        MatterTerm(
            matter=matter, kind=term.kind, whose=term.whose, event_on=term.event_on, last_day=term.last_day,
            ended_on=term.ended_on,
        )
        for term in made.terms
    )  # fmt: skip


def _written(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def _read(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value)
        if name.endswith(DAY_FACTS) and isinstance(value, str) and value
        else value
        for name, value in facts.items()
    }


def said(court: Machine, refusal: Refusal) -> str:
    """Return a refusal in words that say what to do."""
    about = words_of(refusal.about)
    sentences = {
        "no_such_move": _("There is no such step: %(about)s."),
        "wrong_state": _("This step does not follow from “%(state)s”."),
        "missing": _("Missing: %(about)s."),
        "no_term": _("No term is running for it: %(about)s."),
        "too_early": _("Too early: %(about)s runs until %(day)s."),
        "too_late": _("Too late: %(about)s ended on %(day)s."),
        "before_last_move": _("The last step was on %(day)s; a later one cannot come before it."),
    }
    state = court.states.get(refusal.about)
    lang = reading_lang()
    return sentences[refusal.code] % {
        "about": about, "day": refusal.day, "state": state.words[lang] if state else refusal.about,
    }  # fmt: skip


def words_of(code: str) -> str:
    """Return a fact or term in words; a code nobody has put into words stays as it is."""
    from forbear.web.litigation.words import FACTS, TERMS

    return str(FACTS.get(code) or TERMS.get(code) or code)


def owners_matters(owner: User) -> Sequence[LegalMatter]:
    """Return a person's open matters, the next term first."""
    return list(LegalMatter.objects.filter(owner=owner, ended=False).order_by("next_last_day", "pk"))
