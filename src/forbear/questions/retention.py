"""Until when is a record kept? The longest of the rules that ask for it, with what pulls the other way.

A kind of record is data: whatever a `keep` table names. A lawyer adds one by writing a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.packs import NoLawInForce, PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import BadFact, Facts, Word
from forbear.questions.periods import Days, Mask, add, check_days, iso, stretches
from forbear.questions.registry import Question

ORAL_PLAN_RECORD = "oral_plan_recording"
NAME, SECTION = "retention", "/retention/keep"
SINCE = ("made_on", "settled_on", "limitation_last_day", "litigation_ended_on", "last_activity_on")
WHEN = ("oral_plan", "litigation_hold")
ANSWERS = ("allowed", "discouraged", "refused")
ANSWER_OF = {
    "note": "allowed",
    "discourage": "discouraged",
    "refuse": "refused",
}  # of a deletion that breaks a rule
NAT = np.datetime64("NaT", "D")


class RetentionFacts(Facts, frozen=True):
    """Until when must this record be kept, and may it be deleted?"""

    record: Annotated[
        Word, Meta(description="What kind of record, as the packs name it; an unknown one lists those known.")
    ]
    made_on: Annotated[date, Meta(description="The day it was made; the law of that day holds.")]
    oral_plan: Annotated[
        bool | None, Meta(description="Does a recording hold an oral plan? Null, the default: not known.")
    ] = None
    settled_on: Annotated[date | None, Meta(description="The day the debt was settled. Default not yet.")] = (
        None
    )
    limitation_last_day: Annotated[
        date | None,
        Meta(description="Last day of limitation of the claim. Default no claim is proved by it."),
    ] = None
    litigation_hold: Annotated[bool, Meta(description="Is it needed in a dispute? Default no.")] = False
    litigation_ended_on: Annotated[date | None, Meta(description="The day that dispute ended.")] = None
    deleted_on: Annotated[
        date | None, Meta(description="The day it was or is to be deleted, to be told whether it may.")
    ] = None
    last_activity_on: Annotated[
        date | None,
        Meta(
            description="The last day of collecting the debt, where a rule counts from it. Default goes on."
        ),
    ] = None
    jurisdiction: Annotated[Word, Meta(description="Whose law, beside the house's own. Default cn.")] = "cn"


def check(facts: RetentionFacts) -> None:
    """Raise BadFact for days that cannot be meant."""
    check_days(facts, (*SINCE, "deleted_on"))
    if facts.deleted_on is not None and facts.deleted_on < facts.made_on:
        raise BadFact("deleted_on", facts.deleted_on.isoformat(), "not before made_on")


@dataclass(frozen=True)
class Keeping:
    """What one rule says of n records: where it asks, until when (NaT without end), and what is not known."""

    rule: str
    years: str | None
    asks: Mask
    until: Days
    unsure: Mask  # whether it asks depends on its condition, which is not known
    condition: str
    since: str  # the fact it counts from


@dataclass(frozen=True)
class RetentionAnswer:
    """Columns of shape (n,): `keep_until` (NaT where open), `open_ended`, `deletion` (index into ANSWERS, -1 not asked)."""

    n: int
    keep_until: Days
    open_ended: Mask
    deletion: NDArray[np.int8]
    keepings: tuple[Keeping, ...]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.facts["made_on"][i].astype(object)
        mine = [keeping for keeping in self.keepings if keeping.asks[i]]
        code = int(self.deletion[i])
        result = {
            "keep_until": iso(self.keep_until[i]),
            "deletion": None if code == UNKNOWN else ANSWERS[code],
        }
        named = result | {
            "open_ended": bool(self.open_ended[i]),
            "by_rule": [{"rule": k.rule, "keep_until": iso(k.until[i])} for k in mine],
        }
        reasons = [self._reason(keeping, i, on, lang) for keeping in self._longest_first(mine, i)]
        reasons += [r.reason(r.effect, lang, {}) for r in self._against(i) if r.in_force(on)]
        needs, where = self._needs(i), str(self.facts["jurisdiction"][i])
        return envelope(result, named, reasons, on=on, packs=self.packs, needs=needs, jurisdiction=where)

    def _against(self, i: int) -> list[Rule]:
        """Return what pulls the other way: rules of this place that no table names, such as minimisation."""
        tables = (self.packs.parameters[name].held for name in _tables(self.packs))
        named = {row["rule"] for held in tables for rows in held for row in rows}
        place = self.facts["jurisdiction"][i]
        return [rule for rule in self.packs.rules_of(NAME, [place]) if rule.id not in named]

    def _longest_first(self, mine: list[Keeping], i: int) -> list[Keeping]:
        dated = sorted(
            (k for k in mine if not np.isnat(k.until[i])), key=lambda k: str(k.until[i]), reverse=True
        )
        return [*(k for k in mine if np.isnat(k.until[i])), *dated]

    def _reason(self, keeping: Keeping, i: int, on: date, lang: str) -> dict[str, Any]:
        """Say what the rule does to a deletion: permit where it would no longer be broken."""
        values = {"years": self.packs.value(keeping.years, on)} if keeping.years else {}
        deleted = self.facts["deleted_on"][i]
        kept = not np.isnat(deleted) and not np.isnat(keeping.until[i]) and deleted > keeping.until[i]
        effect = "permit" if kept else None
        return self.packs.reason(keeping.rule, on=on, effect=effect, lang=lang, **values)

    def _needs(self, i: int) -> list[str]:
        unsure = (k.condition for k in self.keepings if k.unsure[i])
        endless = (k.since for k in self.keepings if k.asks[i] and np.isnat(k.until[i]))
        return list(dict.fromkeys((*unsure, *endless)))


def answer(columns: Columns, *, packs: Packs, n: int) -> RetentionAnswer:
    """Find how long n records are kept, under the law of their day; raises NoLawInForce before the first rule."""
    made, place = columns["made_on"], columns["jurisdiction"]
    keepings, governed = [], np.zeros(n, dtype=bool)
    for name in _tables(packs):
        pack = name.split("/")[0]
        is_law = pack not in packs.houses()
        of_place = (place == pack).astype(bool) if is_law else np.ones(n, dtype=bool)
        for start, until, rows in stretches(packs, name):
            here = of_place & (made >= start) & (made <= until)
            governed |= here & is_law  # a house has no say where no law is known
            keepings += [_keeping(packs, name, row, columns, here) for row in rows if here.any()]
    governed &= np.isin(columns["record"].astype(str), records_of(packs))
    if not governed.all():
        raise _no_law(packs, columns, ~governed)
    keep_until, open_ended = np.full(n, NAT), np.zeros(n, dtype=bool)
    deleted = columns["deleted_on"]
    deletion = np.where(np.isnat(deleted), UNKNOWN, 0)
    for keeping in keepings:
        keep_until = np.fmax(keep_until, np.where(keeping.asks, keeping.until, NAT))
        endless = keeping.asks & np.isnat(keeping.until)
        open_ended |= endless
        broken = (endless | (keeping.asks & (deleted <= keeping.until))) & ~np.isnat(deleted)
        effect = ANSWERS.index(ANSWER_OF[packs.rules[keeping.rule].effect])
        deletion = np.where(broken, np.maximum(deletion, effect), deletion)
    keep_until = np.where(open_ended, NAT, keep_until)
    return RetentionAnswer(
        n, keep_until, open_ended, deletion.astype(np.int8), tuple(keepings), columns, packs
    )


def _tables(packs: Packs) -> list[str]:
    return sorted(name for name in packs.parameters if name.endswith(SECTION))


def records_of(packs: Packs) -> tuple[str, ...]:
    """Return the kinds of record that some table names, in whatever place and on whatever day."""
    rows = (row for name in _tables(packs) for held in packs.parameters[name].held for row in held)
    return tuple(sorted({record for row in rows for record in row["records"]}))


def _keeping(packs: Packs, table: str, row: Any, columns: Columns, here: Mask) -> Keeping:
    """Turn one row of a `keep` table into columns; raises PackError where it names what does not exist."""
    if row["from"] not in SINCE or row.get("when", WHEN[0]) not in WHEN:
        raise PackError(
            gettext_noop("%(table)s: `from` is one of %(known)s and `when` one of %(conditions)s"),
            table=table,
            known=", ".join(SINCE),
            conditions=", ".join(WHEN),
        )
    if row["rule"] not in packs.rules:
        raise PackError(
            gettext_noop("%(table)s: no rule %(rule)r; write it beside the table"),
            table=table,
            rule=row["rule"],
        )
    if places := packs.rules[row["rule"]].jurisdictions:
        here = here & np.isin(columns["jurisdiction"].astype(str), places)
    concerned = here & np.isin(columns["record"].astype(str), row["records"])
    asks, unsure = concerned, np.zeros(here.shape, dtype=bool)
    if "when" in row:
        flag = columns[row["when"]]
        if row["when"] == WHEN[0]:
            flag = np.where((columns["record"] == ORAL_PLAN_RECORD).astype(bool), 1, flag)
        asks, unsure = concerned & (flag > 0), concerned & (flag == UNKNOWN)
    since = columns[row["from"]]
    if row["from"] == "limitation_last_day":  # no claim, nothing to prove
        asks = asks & ~np.isnat(since)
    years = row.get("years")
    made = columns["made_on"]
    until = since.copy()
    if years:
        held = np.zeros(made.shape, dtype=np.int64)
        for start, last, count in stretches(packs, years):
            held[(made >= start) & (made <= last)] = count
        until = add(since, held, "years")
    return Keeping(row["rule"], years, asks, until, unsure, row.get("when", ""), row["from"])


def _no_law(packs: Packs, columns: Columns, missing: Mask) -> NoLawInForce:
    def of_row(i: int) -> NoLawInForce:
        record, known = columns["record"][i], records_of(packs)
        if record not in known:
            said = gettext_noop("no rule on keeping records names %(record)r; known: %(known)s")
            return NoLawInForce(said, record=record, known=", ".join(known) or "—")
        said = gettext_noop("no rule on keeping records was in force in %(where)s on %(day)s")
        return NoLawInForce(said, where=columns["jurisdiction"][i], day=columns["made_on"][i])

    return NoLawInForce.of_rows(of_row, missing)


QUESTION = Question(NAME, "Until when is a record kept?", RetentionFacts, answer, check=check)
