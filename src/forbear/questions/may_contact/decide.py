"""Decides `may_contact` over columns: judges the norms in force, then finds the next lawful moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import time_of_day, within, zone
from forbear.packs import NoLawInForce, Packs, gettext_noop
from forbear.questions.columns import Columns
from forbear.questions.may_contact.answer import ALLOWED, DISCOURAGED, REFUSED, MayContactAnswer
from forbear.questions.may_contact.facts import (
    NEVER_NEEDED,
    MayContactFacts,
    check_zone,
    compact,
    consent_windows,
    inconvenient_pieces,
    recording_codes,
    region_codes,
)
from forbear.questions.may_contact.later import NEVER, NONE, Refusal, earliest, inconvenient
from forbear.questions.may_contact.law import NAME, Jurisdiction, Stretch, jurisdiction
from forbear.questions.may_contact.rows import Rows, moved, spread
from forbear.questions.norms.judging import judge
from forbear.questions.norms.truth import Bits, Trial

ASKED_AGAIN_MAX = 6  # a refusal that every later moment found for it only renews has no end that can be known
FACT_BITS = {name: bit for bit, name in enumerate(MayContactFacts.__struct_fields__)}
_NOT_TESTED = frozenset(("at", "timezone", "jurisdiction", "consented_hours", "inconvenient_times"))
_ASKED = np.uint64(sum(1 << bit for name, bit in FACT_BITS.items() if name not in NEVER_NEEDED))


def answer(columns: Columns, *, packs: Packs, n: int) -> MayContactAnswer:
    """Answer n rows; raises NoLawInForce, with `rows`, where no law governs a row.

    Rows are grouped by jurisdiction, time zone and the stretch of law that their date falls in.
    """
    at = np.ascontiguousarray(columns["at"]).view(np.int64)
    facts = compact({k: c for k, c in columns.items() if k not in _NOT_TESTED})
    facts["recording"] = recording_codes(facts["recording"])
    windows = (
        consent_windows(columns["consented_hours"]),
        inconvenient_pieces(columns["inconvenient_times"]),
    )
    all_rows = Rows(at, facts, *windows, zone("UTC"))
    result = MayContactAnswer.empty(n, at, packs)
    for name, in_jurisdiction in _groups(columns["jurisdiction"]):
        law = jurisdiction(packs, name)
        if law is None:
            raise _no_pack(packs, name, in_jurisdiction, n)
        result.add_law(law)
        _refuse_before_law(law, at, in_jurisdiction, n)
        everything = replace(all_rows, facts={**facts, "region": region_codes(facts["region"], law.regions)})
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
    said = gettext_noop("%(question)s: no law pack for jurisdiction %(name)r; there is one for: %(known)s")
    error = NoLawInForce(said, question=NAME, name=name, known=known)
    return NoLawInForce.of_rows(lambda _: error, _mask(rows, n))


def _refuse_before_law(
    law: Jurisdiction, at: NDArray[np.int64], rows: NDArray[np.int64] | None, n: int
) -> None:
    days = _law_days(law, at)
    early = days < law.starts[0]
    if rows is not None:
        early &= _mask(rows, n)
    if early.any():

        def of_row(row: int) -> NoLawInForce:
            said = gettext_noop(
                "%(question)s: no law of %(name)s in force on %(day)s; the oldest is from %(start)s"
            )
            return NoLawInForce(said, question=NAME, name=law.name, day=days[row], start=law.law_from)

        raise NoLawInForce.of_rows(of_row, early)


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
    law: Jurisdiction, some: Rows, result: MayContactAnswer, rows: NDArray[np.int64] | None
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


def _decide(law: Jurisdiction, stretch: Stretch, rows: Rows, depth: int = 0) -> Decided:
    local = rows.where.local(rows.at)
    times = time_of_day(local)
    trial = Trial(
        {
            **rows.facts,
            "local_time": times,
            "within_consented_hours": _consented(times, rows.consent),
            "at_inconvenient_time": _unsuitable(local, rows.personal),
        }
    )
    verdict = judge(stretch.norms, trial, FACT_BITS)
    broken = verdict.broken
    blocking = broken & stretch.refusing
    for policy, soft in stretch.hardening:
        hit = broken & soft
        broken = broken | np.where(hit != NONE, policy, NONE)
        blocking = blocking | hit
    lasting = (blocking & ~stretch.timed) != NONE  # what no passing of time cures
    refused = (broken & stretch.refusing) != NONE
    code = np.where(refused, REFUSED, np.where((broken & stretch.discouraging) != NONE, DISCOURAGED, ALLOWED))
    # Where refused already, knowing more could at most excuse; facts that could only break more are not asked for.
    needs = np.where(refused, verdict.excusing, verdict.excusing | verdict.breaking) & _ASKED
    return Decided(
        code=spread(code.astype(np.int8), rows.n),
        broken=spread(broken, rows.n),
        kept=spread(verdict.kept, rows.n),
        needs=spread(needs, rows.n),
        earliest=earliest(
            stretch,
            rows,
            Refusal(refused, lasting, blocking, verdict.in_scope),
            lambda part, moment: _again(law, stretch, part, moment, depth),
        ),
        remaining=_remaining(stretch, rows),
    )


def _consented(times: NDArray[np.int64], consent: NDArray[np.int64] | None) -> NDArray[np.int8]:
    """Return as a flag whether a time of day lies in a window the debtor agreed to."""
    if consent is None:
        return np.zeros(1, dtype=np.int8)
    starts, ends = consent[:, :, 0], consent[:, :, 1]
    inside = (starts != ends) & within(times[:, None], starts, ends)
    flags: NDArray[np.int8] = inside.any(axis=1).astype(np.int8)
    return flags


def _unsuitable(local: NDArray[np.int64], personal: NDArray[np.int64] | None) -> NDArray[np.int8]:
    """Return as a flag whether a local time lies in a window known not to suit the person."""
    if personal is None:
        return np.zeros(1, dtype=np.int8)
    return np.asarray(inconvenient(local, personal).any(axis=1), dtype=np.int8)


def _remaining(stretch: Stretch, rows: Rows) -> dict[str, NDArray[np.int64]]:
    """Return by counter what is left of its limit; -1 where the counter is not known."""
    left = {}
    for name, (counter, limit) in stretch.limits.items():
        used = rows.facts[counter]
        left[name] = spread(np.where(used < 0, -1, np.maximum(limit - used, 0)), rows.n)
    return left


def _again(
    law: Jurisdiction, stretch: Stretch, rows: Rows, moment: NDArray[np.int64], depth: int
) -> NDArray[np.int64]:
    """Ask again at that moment where more than the hour has changed by then: the law, or facts that count days."""
    index = _stretch_index(law, np.where(moment == NEVER, rows.at, moment))
    changed = index != _stretch_index(law, rows.at)
    later = np.flatnonzero((changed | stretch.ages) & (moment != NEVER))
    if not len(later):
        return moment
    part = moved(rows.take(later), moment[later], stretch)
    moment = moment.copy()
    for number in np.unique(index[later]).tolist():
        chosen = np.flatnonzero(index[later] == number)
        judged = part.take(chosen)
        found = _decide(law, law.stretches[number], judged, depth + 1)
        stuck = (found.code == REFUSED) & ((found.earliest <= judged.at) | (depth >= ASKED_AGAIN_MAX))
        moment[later[chosen]] = np.where(stuck, NEVER, found.earliest)
    return moment


def law_starts_on(packs: Packs, name: str) -> date:
    """Return the first day from which a jurisdiction's law of contact is known here; raises NoLawInForce."""
    law = jurisdiction(packs, name)
    if law is None:
        raise _no_pack(packs, name, None, 1)
    return law.law_from
