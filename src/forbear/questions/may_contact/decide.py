"""Decides `may_contact` over columns: judges the norms in force, then finds the next lawful moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import DAY, Zone, next_midnight, next_opening, time_of_day, within, zone
from forbear.packs import NoLawInForce, Packs
from forbear.questions.columns import Columns
from forbear.questions.may_contact.answer import ALLOWED, DISCOURAGED, REFUSED, MayContactAnswer
from forbear.questions.may_contact.facts import (
    DAILY,
    NEVER_NEEDED,
    MayContactFacts,
    check_zone,
    compact,
    consent_windows,
    recording_codes,
)
from forbear.questions.may_contact.law import NAME, Jurisdiction, Stretch, jurisdiction
from forbear.questions.norms import TRUE, Bits, Trial, judge

NEVER = np.iinfo(np.int64).min  # the integer of NaT
FACT_BITS = {name: bit for bit, name in enumerate(MayContactFacts.__struct_fields__)}
_ASKED = np.uint64(sum(1 << bit for name, bit in FACT_BITS.items() if name not in NEVER_NEEDED))
NONE = np.uint64(0)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Some rows that share jurisdiction, time zone and stretch of law."""

    at: NDArray[np.int64]
    facts: Mapping[str, NDArray[Any]]
    consent: NDArray[np.int64] | None
    where: Zone

    @property
    def n(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[Any]) -> _Rows:
        """Return some of the rows."""
        facts = {name: column if len(column) == 1 else column[rows] for name, column in self.facts.items()}
        return replace(
            self, at=self.at[rows], facts=facts, consent=None if self.consent is None else self.consent[rows]
        )


def answer(columns: Columns, *, packs: Packs, n: int) -> MayContactAnswer:
    """Answer n rows; raises NoLawInForce, with `rows`, where no law governs a row.

    Rows are grouped by jurisdiction, time zone and the stretch of law that their date falls in.
    """
    at = np.ascontiguousarray(columns["at"]).view(np.int64)
    facts = compact(
        {k: c for k, c in columns.items() if k not in ("at", "timezone", "jurisdiction", "consented_hours")}
    )
    facts["recording"] = recording_codes(facts["recording"])
    everything = _Rows(at, facts, consent_windows(columns["consented_hours"]), zone("UTC"))
    result = MayContactAnswer.empty(n, at, packs)
    for name, in_jurisdiction in _groups(columns["jurisdiction"]):
        law = jurisdiction(packs, name)
        if law is None:
            raise _no_pack(packs, name, in_jurisdiction, n)
        result.add_law(law)
        _refuse_before_law(law, at, in_jurisdiction, n)
        for zone_name, in_zone in _groups(columns["timezone"]):
            check_zone(zone_name)
            rows = _meet(in_jurisdiction, in_zone)
            some = everything if rows is None else everything.take(rows)
            _answer_rows(law, replace(some, where=zone(zone_name)), result, rows)
    return result


def _groups(column: NDArray[Any]) -> list[tuple[str, NDArray[np.int64] | None]]:
    """Return each distinct text with the rows that have it; None stands for all rows."""
    if not len(column):
        return []
    if column.strides == (0,) or len(column) == 1:
        return [(column[0], None)]
    names = list(dict.fromkeys(column.tolist()))
    return (
        [(names[0], None)] if len(names) == 1 else [(name, np.flatnonzero(column == name)) for name in names]
    )


def _meet(first: NDArray[np.int64] | None, second: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    if first is None or second is None:
        return second if first is None else first
    return np.intersect1d(first, second)


def _no_pack(packs: Packs, name: str, rows: NDArray[np.int64] | None, n: int) -> NoLawInForce:
    known = ", ".join(j for j in packs.jurisdictions() if jurisdiction(packs, j))
    message = f"{NAME}: no law pack for jurisdiction {name!r}; there is one for: {known}"
    return NoLawInForce(message, _mask(rows, n), lambda _: message)


def _refuse_before_law(
    law: Jurisdiction, at: NDArray[np.int64], rows: NDArray[np.int64] | None, n: int
) -> None:
    days = _law_days(law, at)
    early = days < law.starts[0]
    if rows is not None:
        early &= _mask(rows, n)
    if early.any():

        def told(row: int) -> str:
            return f"{NAME}: no law of {law.name} in force on {days[row]}; the oldest is from {law.law_from}"

        raise NoLawInForce(told(int(early.argmax())), early, told)


def _mask(rows: NDArray[np.int64] | None, n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, dtype=bool)
    mask[slice(None) if rows is None else rows] = True
    return mask


def _law_days(law: Jurisdiction, at: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return the date by which law applies: that of the jurisdiction, not of the debtor's travels."""
    return law.zone.local(at).view("datetime64[us]").astype("datetime64[D]")


def _stretch_index(law: Jurisdiction, at: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(law.starts, _law_days(law, at), side="right") - 1


def _answer_rows(
    law: Jurisdiction, some: _Rows, result: MayContactAnswer, rows: NDArray[np.int64] | None
) -> None:
    index = _stretch_index(law, some.at)
    present = np.unique(index) if index.size and index.min() != index.max() else index[:1]
    for number in present.tolist():
        chosen = None if len(present) == 1 else np.flatnonzero(index == number)
        part = some if chosen is None else some.take(chosen)
        place = rows if chosen is None else (chosen if rows is None else rows[chosen])
        decided = _decide(law, law.stretches[number], part)
        result.put(place, law, number, decided, some.where)


@dataclass(frozen=True, eq=False)
class Decided:
    """The outcome of some rows, as arrays of shape (n,)."""

    code: NDArray[np.int8]
    broken: Bits
    kept: Bits
    needs: Bits
    earliest: NDArray[np.int64]
    remaining: Mapping[str, NDArray[np.int64]]


def _decide(law: Jurisdiction, stretch: Stretch, rows: _Rows) -> Decided:
    times = time_of_day(rows.where.local(rows.at))
    trial = Trial(
        {**rows.facts, "local_time": times, "within_consented_hours": _consented(times, rows.consent)}
    )
    verdict = judge(stretch.norms, trial, FACT_BITS)
    broken = verdict.broken
    lasting = broken & stretch.refusing & ~stretch.timed  # refusals that no passing of time cures
    for policy, soft in stretch.hardening:
        hit = broken & soft
        broken = broken | np.where(hit != NONE, policy, NONE)
        lasting = lasting | (hit & ~stretch.timed)
    refused = (broken & stretch.refusing) != NONE
    code = np.where(refused, REFUSED, np.where((broken & stretch.discouraging) != NONE, DISCOURAGED, ALLOWED))
    # Where refused already, knowing more could at most excuse; facts that could only break more are not asked for.
    needs = np.where(refused, verdict.excusing, verdict.excusing | verdict.breaking) & _ASKED
    return Decided(
        code=_spread(code.astype(np.int8), rows.n),
        broken=_spread(broken, rows.n),
        kept=_spread(verdict.kept, rows.n),
        needs=_spread(needs, rows.n),
        earliest=_earliest(law, stretch, rows, broken, refused, lasting != NONE, verdict.in_scope),
        remaining=_remaining(stretch, rows),
    )


def _spread(column: Any, n: int) -> NDArray[Any]:
    """Return a column with as many rows as asked for, from one that has them or a single one."""
    column = np.asarray(column)
    return column if column.shape == (n,) else np.broadcast_to(column, n)


def _consented(times: NDArray[np.int64], consent: NDArray[np.int64] | None) -> NDArray[np.int8]:
    """Return as a flag whether a time of day lies in a window the debtor agreed to."""
    if consent is None:
        return np.zeros(1, dtype=np.int8)
    starts, ends = consent[:, :, 0], consent[:, :, 1]
    inside = (starts != ends) & within(times[:, None], starts, ends)
    flags: NDArray[np.int8] = inside.any(axis=1).astype(np.int8)
    return flags


def _remaining(stretch: Stretch, rows: _Rows) -> dict[str, NDArray[np.int64]]:
    """Return by counter what is left of its limit; -1 where the counter is not known."""
    left = {}
    for name, (counter, limit) in stretch.limits.items():
        used = rows.facts[counter]
        left[name] = _spread(np.where(used < 0, -1, np.maximum(limit - used, 0)), rows.n)
    return left


def _earliest(
    law: Jurisdiction, stretch: Stretch, rows: _Rows, broken: Bits, refused: NDArray[np.bool_],
    lasting: NDArray[np.bool_], in_scope: Mapping[int, NDArray[np.uint8] | None],
) -> NDArray[np.int64]:  # fmt: skip
    """Return the next lawful moment: now where not refused, NaT where only somebody's act can cure the refusal."""
    if not refused.any():
        return rows.at
    earliest = np.where(lasting, NEVER, rows.at)
    waiting = np.flatnonzero(_spread(refused & ~lasting, rows.n))
    if not len(waiting):
        return _spread(earliest, rows.n)
    part = rows.take(waiting)
    used_up = _spread((broken & stretch.daily) != NONE, rows.n)[waiting]
    start = np.where(used_up, next_midnight(part.at, part.where), part.at)
    moment = _open_from(
        stretch, part, start, {bit: _taken(scope, waiting) for bit, scope in in_scope.items()}
    )
    earliest = _spread(earliest, rows.n).copy()
    earliest[waiting] = _under_later_law(law, part, moment)
    return earliest


def _taken(scope: NDArray[np.uint8] | None, rows: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    if scope is None:
        return None
    held: NDArray[np.bool_] = (scope if scope.size == 1 else scope[rows]) == TRUE
    return held


def _open_from(
    stretch: Stretch, rows: _Rows, moment: NDArray[np.int64], in_scope: Mapping[int, NDArray[np.bool_] | None]
) -> NDArray[np.int64]:
    """Return the first moment from `moment` on that lies outside every closed window that applies to a row."""
    closed: dict[tuple[tuple[int, int], bool], NDArray[np.bool_]] = {}
    for window, consent_opens, bit in stretch.windows:
        scope = in_scope[bit]
        everywhere = _spread(True if scope is None else scope, rows.n)
        key = (window, consent_opens)
        closed[key] = closed[key] | everywhere if key in closed else everywhere
    while True:
        before = moment
        for (window, consent_opens), scope in closed.items():
            opening = next_opening(moment, rows.where, window, rows.consent if consent_opens else None)
            moment = np.where(scope, opening, moment)
        if len(closed) < 2 or (before == moment).all():
            return moment


def _under_later_law(law: Jurisdiction, rows: _Rows, moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ask again at that moment where other law will be in force by then, with the counters of a new day at zero."""
    index = _stretch_index(law, moment)
    later = np.flatnonzero(index != _stretch_index(law, rows.at))
    if not len(later):
        return moment
    part = rows.take(later)
    days = [part.where.local(at) // DAY for at in (part.at, moment[later])]
    counters = {name: np.where(days[0] == days[1], part.facts[name], 0) for name in DAILY}
    moved = replace(part, at=moment[later], facts={**part.facts, **counters})
    moment = moment.copy()
    for number in np.unique(index[later]).tolist():
        chosen = np.flatnonzero(index[later] == number)
        moment[later[chosen]] = _decide(law, law.stretches[number], moved.take(chosen)).earliest
    return moment


def law_starts_on(packs: Packs, name: str) -> date:
    """Return the first day from which a jurisdiction's law of contact is known here; raises NoLawInForce."""
    law = jurisdiction(packs, name)
    if law is None:
        raise _no_pack(packs, name, None, 1)
    return law.law_from
