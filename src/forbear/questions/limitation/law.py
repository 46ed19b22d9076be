"""The law of limitation as columns: lengths by day, and what each kind of event does under the law of its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.limitation.facts import KINDS, PROOFS
from forbear.questions.periods import Days, Mask, add, shifted, stretches, values_over

CODES = (
    "cn/civil-law-1986",
    "cn/civil-law-2017",
    "cn/civil-code",
)  # one norm in successive laws, oldest first
YEARS = tuple(f"{law}/limitation/years" for law in CODES)
OUTER = tuple(f"{law}/limitation/outer_years" for law in CODES)
WINDOW = tuple(f"{law}/limitation/suspension_window_months" for law in CODES)
TAIL = tuple(f"{law}/limitation/suspension_tail_months" for law in CODES[1:])
LENGTH_RULES = ("LIM-1986-135", "LIM-2017-188", "LIM-188")
TIME_RULES = ("TIME-1986", "TIME-2017", "TIME-201-203")
# The particular before the general: the first alternative that holds gives the rule.
TABLES = ("cn/bank-card-ji-2021", "cn/limitation-ji-2008", *reversed(CODES))
DOES = ("nothing", "interrupts", "procedure", "suspends", "accelerates")
AFTER = ("nothing", "renews", "if_promised", "lawyer")


@dataclass(frozen=True)
class Effects:
    """What each event does, shape (events,): indexes into DOES, AFTER and `rules`; `open_facts` by proof."""

    does: NDArray[np.int64]
    after: NDArray[np.int64]
    rule: NDArray[np.int64]  # -1 where nothing governs
    rules: tuple[str, ...]
    open_facts: Mapping[str, Mask]  # not known, and knowing it could make the event count


def effects(
    packs: Packs, kind: NDArray[np.int64], on: Days, proofs: Mapping[str, NDArray[np.int8]]
) -> Effects:
    """Judge n events, each under the law of its day."""
    does, after, rule = (np.full(kind.shape, value, dtype=np.int64) for value in (0, 0, -1))
    rules: list[str] = []
    unsure = {name: np.zeros(kind.shape, dtype=bool) for name in PROOFS}
    for row, start, until in _alternatives(packs):
        here = (kind == KINDS.index(row["kind"])) & (on >= start) & (on <= until) & (does == 0)
        if not here.any():
            continue
        true, unknown = _proved(row, proofs, here)
        if row["rule"] not in rules:
            rules.append(row["rule"])
        does[true], after[true] = DOES.index(row["does"]), AFTER.index(row.get("after", "nothing"))
        rule[true] = rules.index(row["rule"])
        for name, rows in unknown.items():
            unsure[name] |= rows
    counted = does > 0
    reserved = (proofs["delivered"] < 0) & (kind == KINDS.index("demand"))
    open_facts = {name: rows & ~counted for name, rows in unsure.items()}
    open_facts["delivered"] = open_facts["delivered"] | (
        counted & reserved & (proofs["to_reserved_contact"] <= 0)
    )
    return Effects(does, after, rule, tuple(rules), open_facts)


def _alternatives(packs: Packs) -> list[tuple[Mapping[str, Any], np.datetime64, np.datetime64]]:
    """Return the rows of all tables with their dates, most particular first; raises PackError for unknown words."""
    if "limitation" not in packs.compiled:
        found = []
        for table in TABLES:
            for start, until, rows in stretches(packs, f"{table}/limitation/kinds"):
                for row in rows:
                    _check_row(table, row)
                    found.append((row, start, until))
        packs.compiled["limitation"] = found
    kept: list[tuple[Mapping[str, Any], np.datetime64, np.datetime64]] = packs.compiled["limitation"]
    return kept


def _check_row(table: str, row: Mapping[str, Any]) -> None:
    known = {"kind": KINDS, "does": DOES, "after": AFTER}
    for key, words in known.items():
        if key in row and row[key] not in words:
            raise PackError(
                gettext_noop(
                    "%(table)s/limitation/kinds: %(key)s %(value)r is unknown; use one of %(known)s"
                ),
                table=table,
                key=key,
                value=row[key],
                known=", ".join(words),
            )
    for name in (*row.get("if", {}), *row.get("unless", {})):
        if name not in PROOFS:
            raise PackError(
                gettext_noop("%(table)s/limitation/kinds: %(name)r is no fact of an event; use %(known)s"),
                table=table,
                name=name,
                known=", ".join(PROOFS),
            )


def _proved(
    row: Mapping[str, Any], proofs: Mapping[str, NDArray[np.int8]], here: Mask
) -> tuple[Mask, dict[str, Mask]]:
    """Say where an alternative holds, and where a fact that is not known decides."""
    true, possible = here.copy(), here.copy()
    for name, wanted in row.get("if", {}).items():
        true &= proofs[name] == int(wanted)
        possible &= proofs[name] != int(not wanted)
    for name, unwanted in row.get("unless", {}).items():
        true &= proofs[name] != int(unwanted)
        possible &= proofs[name] != int(unwanted)
    return true, {name: possible & (proofs[name] < 0) for name in row.get("if", {})}


@dataclass(frozen=True)
class Ends:
    """Where periods end: the nominal day, the day after moving it off days off, and by which law."""

    nominal: Days
    law: NDArray[np.int64]  # of the start, index into CODES
    lengthened: Mask  # a later law that found the period still running made it longer


def period_ends(packs: Packs, start: Days) -> Ends:
    """Return where the general period ends that starts on each day; raises NoLawInForce with rows."""
    years, law = values_over(packs, YEARS, start)
    nominal = add(start, years.astype(np.int64), "years")
    lengthened = np.zeros(start.shape, dtype=bool)
    for first, _, longer in (stretch for name in YEARS for stretch in stretches(packs, name)):
        # 法释〔2018〕12号 arts 2, 3: what had not run out on the first day of the new law has the new length.
        still = (start < first) & (years.astype(np.int64) < longer)
        if still.any():
            still &= shifted(nominal)[0] >= first
            nominal = np.where(still, add(start, longer, "years"), nominal)
            lengthened |= still
    return Ends(nominal, law, lengthened)


def in_force(packs: Packs, names: tuple[str, ...], days: Days) -> tuple[NDArray[np.int64], Mask]:
    """Return the whole number in force on each day, and where there is one."""
    held, has = np.zeros(days.shape, dtype=np.int64), np.zeros(days.shape, dtype=bool)
    for name in names:
        for start, until, value in stretches(packs, name):
            rows = (days >= start) & (days <= until)
            held[rows], has = value, has | rows
    return held, has
