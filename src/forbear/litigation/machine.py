"""A matter moves only as policy's table of moves allows, and each move starts and ends the terms that law counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions import ask

STATES, MOVES = "house/litigation/states", "house/litigation/moves"
WHOSE = ("ours", "theirs", "court")
MOVE_KEYS = frozenset(
    ("move", "from", "to", "by", "zh", "en", "needs", "starts", "within", "after", "after_fact", "ends")
)
LastDay = Callable[[str, date], date]  # term and the day of its event to its last day, raises NoLawInForce


@dataclass(frozen=True, slots=True)
class State:
    """Where a matter can be; `ended` is left by no move."""

    code: str
    stage: str
    words: Mapping[str, str]
    ended: bool
    case: str | None  # the state of the case that goes with it; None leaves the case where it is


@dataclass(frozen=True, slots=True)
class Started:
    """A term that a move starts: whose it is, the dated fact it counts from, the fact that spares it."""

    kind: str
    whose: str
    from_fact: str | None
    unless: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """One lawful step between states."""

    code: str
    sources: frozenset[str]
    to: str
    by: str  # ours, theirs, court
    words: Mapping[str, str]
    needs: tuple[str, ...]
    starts: tuple[Started, ...]
    within: str | None  # the term in which it must be made
    after: str | None  # the term that must have ended
    after_fact: str | None  # the dated fact that must have passed
    ends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A running or ended term of a matter."""

    kind: str
    whose: str
    event_on: date
    last_day: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter as its moves made it: state, day of the last move, terms in order, and the facts given so far."""

    state: str
    since: date
    terms: tuple[Term, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def running(self, kind: str | None = None) -> tuple[Term, ...]:
        """Return the terms that have not ended, of one kind or all."""
        return tuple(t for t in self.terms if t.ended_on is None and kind in (None, t.kind))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move cannot be made: a code and what it is about, such as a missing fact or a term and its last day."""

    code: str  # no_such_move, wrong_state, missing, no_term, too_early, too_late, before_last_move
    about: str
    day: date | None = None


@dataclass(frozen=True)
class Machine:
    """States and moves of one day's policy, with the law's own count of each term."""

    states: Mapping[str, State]
    moves: Mapping[str, Move]
    last_day: LastDay

    def open(self, on: date, facts: Mapping[str, Any] | None = None) -> Matter:
        """Return a new matter in the first state."""
        return Matter(next(iter(self.states)), on, (), dict(facts or {}))

    def moves_from(self, state: str) -> list[Move]:
        """Return the moves that leave a state, in the order of the table."""
        return [move for move in self.moves.values() if state in move.sources]

    def refusals(self, matter: Matter, code: str, on: date, facts: Mapping[str, Any]) -> list[Refusal]:
        """Return why a move cannot be made on a day; nothing where it can."""
        move = self.moves.get(code)
        if move is None:
            return [Refusal("no_such_move", code)]
        if matter.state not in move.sources:
            return [Refusal("wrong_state", matter.state)]
        known = {**matter.facts, **facts}
        # Papers and approvals are asked for anew with each move: an earlier one proves nothing for this one.
        found = [Refusal("missing", need) for need in move.needs if not facts.get(need)]
        if on < matter.since:
            found.append(Refusal("before_last_move", code, matter.since))
        if move.within and not matter.running(move.within):  # no appeal in small claims, no second objection
            found.append(Refusal("no_term", move.within))
        found += [
            Refusal("too_late", t.kind, t.last_day) for t in _of(matter, move.within) if on > t.last_day
        ]
        found += [
            Refusal("too_early", t.kind, t.last_day) for t in _of(matter, move.after) if on <= t.last_day
        ]
        passed = known.get(move.after_fact) if move.after_fact else None
        if passed is not None and on <= passed:
            found.append(Refusal("too_early", str(move.after_fact), passed))
        return found

    def make(self, matter: Matter, code: str, on: date, facts: Mapping[str, Any] | None = None) -> Matter:
        """Return the matter after a move; raises MoveRefused with every reason."""
        given = dict(facts or {})
        if refused := self.refusals(matter, code, on, given):
            raise MoveRefused(code, refused)
        move, known = self.moves[code], {**matter.facts, **given}
        kept = tuple(
            replace(term, ended_on=on) if term.kind in move.ends and term.ended_on is None else term
            for term in matter.terms
        )
        started = tuple(
            self._start(each, known, on)
            for each in move.starts
            if not (each.unless and known.get(each.unless))
        )
        return Matter(move.to, on, kept + started, known)

    def _start(self, started: Started, known: Mapping[str, Any], on: date) -> Term:
        event = known[started.from_fact] if started.from_fact else on
        return Term(started.kind, started.whose, event, self.last_day(started.kind, event))


class MoveRefused(ValueError):
    """A move cannot be made; `refusals` says everything that speaks against it."""

    def __init__(self, move: str, refusals: list[Refusal]) -> None:
        self.move, self.refusals = move, refusals
        said = "; ".join(f"{r.code} {r.about}{f' {r.day}' if r.day else ''}" for r in refusals)
        super().__init__(f"{move}: {said}")


def _of(matter: Matter, kind: str | None) -> tuple[Term, ...]:
    return matter.running(kind) if kind else ()


def machine(packs: Packs, on: date) -> Machine:
    """Return the machine of a day's policy; raises PackError where the table contradicts itself."""
    states = {row["state"]: _state(row) for row in packs.value(STATES, on)}
    moves = {row["move"]: _move(row) for row in packs.value(MOVES, on)}
    _check(states, moves, len(packs.value(MOVES, on)))

    @lru_cache(maxsize=100_000)
    def last_day(kind: str, event_on: date) -> date:
        answer = ask("deadline", {"kind": kind, "event_on": event_on.isoformat()}, packs=packs)["last_day"]
        return date.fromisoformat(answer)

    return Machine(states, moves, last_day)


def _state(row: Mapping[str, Any]) -> State:
    return State(
        row["state"],
        row["stage"],
        {"zh": row["zh"], "en": row["en"]},
        row.get("ended", False),
        row.get("case"),
    )


def _move(row: Mapping[str, Any]) -> Move:
    if unknown := sorted(set(row) - MOVE_KEYS):
        raise PackError(
            gettext_noop("%(moves)s: %(value)s: unknown key %(unknown)r; known: %(known)s"),
            moves=MOVES,
            value=row.get("move"),
            unknown=unknown[0],
            known=", ".join(sorted(MOVE_KEYS)),
        )
    starts = tuple(
        Started(each["term"], each["whose"], each.get("from_fact"), each.get("unless"))
        for each in row.get("starts", ())
    )
    return Move(
        row["move"], frozenset(row["from"]), row["to"], row["by"], {"zh": row["zh"], "en": row["en"]},
        tuple(row.get("needs", ())), starts, row.get("within"), row.get("after"), row.get("after_fact"),
        tuple(row.get("ends", ())),
    )  # fmt: skip


def _check(states: Mapping[str, State], moves: Mapping[str, Move], rows: int) -> None:
    """Raise PackError for moves between unknown states, out of an end, nobody's, or terms nothing starts."""
    if len(moves) != rows:
        raise PackError(gettext_noop("%(moves)s: a move is written twice"), moves=MOVES)
    started = {each.kind for move in moves.values() for each in move.starts}
    for move in moves.values():
        if unknown := sorted({*move.sources, move.to} - set(states)):
            raise PackError(
                gettext_noop("%(moves)s: %(move)s names the state %(unknown)r, which %(states)s lacks"),
                moves=MOVES,
                move=move.code,
                unknown=unknown[0],
                states=STATES,
            )
        if ended := sorted(s for s in move.sources if states[s].ended):
            raise PackError(
                gettext_noop("%(moves)s: %(move)s leaves %(ended)r, which is an end"),
                moves=MOVES,
                move=move.code,
                ended=ended[0],
            )
        whose = {move.by, *(each.whose for each in move.starts)}
        if strange := sorted(whose - set(WHOSE)):
            raise PackError(
                gettext_noop("%(moves)s: %(move)s is by %(strange)r; known: %(known)s"),
                moves=MOVES,
                move=move.code,
                strange=strange[0],
                known=", ".join(WHOSE),
            )
        touched = {*move.ends, *filter(None, (move.within, move.after))}
        if idle := sorted(touched - started):
            raise PackError(
                gettext_noop("%(moves)s: %(move)s waits for the term %(idle)r, which no move starts"),
                moves=MOVES,
                move=move.code,
                idle=idle[0],
            )
    for state in states.values():
        if not state.ended and not any(state.code in move.sources for move in moves.values()):
            raise PackError(
                gettext_noop("%(moves)s: nothing leaves %(state)r; add a move or mark it `ended`"),
                moves=MOVES,
                state=state.code,
            )
