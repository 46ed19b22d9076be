"""The columnar answer of `limitation` and its public JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.packs import Packs
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.limitation.decide import (
    INTERRUPTED,
    LAWYER,
    OUTCOMES,
    RENEWED,
    Flat,
    State,
    decide,
    flatten,
)  # fmt: skip
from forbear.questions.limitation.facts import KINDS, PROOFS
from forbear.questions.limitation.law import LENGTH_RULES, OUTER, TAIL, TIME_RULES, WINDOW, YEARS, in_force
from forbear.questions.periods import Days, calendar_need, iso, shifted

WAIVER, DEFENCE, PART, AGAIN, FIXED = "LIM-197", "LIM-192-DEFENCE", "LIM-JI-9", "LIM-GJI-38", "LIM-GJI-35"
OLD, RENEWAL = "LIM-OLD", "LIM-JI-19"


@dataclass(frozen=True)
class LimitationAnswer:
    """Columns of shape (n,): `last_day`, `nominal_last_day`, `barred` (1, 0, or -1 where it is open)."""

    n: int
    last_day: Days
    nominal_last_day: Days  # before days off move it: acting by then is safe under any calendar
    barred: NDArray[np.int8]
    needs_lawyer: NDArray[np.bool_]
    state: State
    flat: Flat
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        state, barred = self.state, int(self.barred[i])
        result = {
            "last_day": iso(self.last_day[i]),
            "barred": None if barred == UNKNOWN else bool(barred),
            "needs_lawyer": bool(self.needs_lawyer[i]),
        }
        results = result | {
            "nominal_last_day": iso(self.nominal_last_day[i]),
            "runs_from": iso(state.start[i]),
            "outer_last_day": iso(state.outer[i]),
            "procedure_pending": bool(state.pending[i]),
            "suspended": bool(state.open_obstacle[i]),
            "lawyer_because": [word for bit, word in enumerate(LAWYER) if state.lawyer[i] >> bit & 1],
            "history": [self._entry(e) for e in self._events(i)],
        }
        on = self.facts["as_of"][i].astype(object)
        return envelope(
            result, results, self._reasons(i, lang), on=on, packs=self.packs, needs=self._needs(i)
        )

    def _events(self, i: int) -> range:
        return range(int(self.flat.starts[i]), int(self.flat.starts[i + 1]))

    def _entry(self, e: int) -> dict[str, Any]:
        flat, outcome = self.flat, int(self.state.outcome[e])
        changed = outcome >= INTERRUPTED
        found = {
            "on": iso(flat.on[e]),
            "kind": KINDS[flat.kind[e]],
            "effect": OUTCOMES[outcome] if changed else "none",
            "why": None if changed else OUTCOMES[outcome],
            "rule": flat.effects.rules[flat.effects.rule[e]] if flat.effects.rule[e] >= 0 else None,
            "last_day": iso(self.state.last_after[e]),
        }
        return found if np.isnat(flat.until[e]) else found | {"until": iso(flat.until[e])}

    def _needs(self, i: int) -> list[str]:
        found = [
            f"events[{self.flat.place[e]}].{name}"
            for e in self._events(i)
            for name in (*PROOFS, "until")
            if self.state.wants[name][e]
        ]
        _, known = shifted(self.nominal_last_day[i : i + 1])
        return found if known[0] else [*found, calendar_need(self.last_day[i])]

    def _reasons(self, i: int, lang: str) -> list[dict[str, Any]]:
        """Name the length, the counting, what changed the period, and what expiry means."""
        state, flat, as_of = self.state, self.flat, self.facts["as_of"][i]
        law, last = int(state.law[i]), self.last_day[i]
        found = [self._reason(LENGTH_RULES[law], state.start[i], lang)]
        if not np.isnat(self.facts["instalments_last_due_on"][i]) or self._by_plan(i):
            found += self._first(("LIM-189", "LIM-2017-189"), as_of, lang)
        if state.lengthened[i] or (law == 0 and self.barred[i] > 0):
            found += self._first((OLD,), as_of, lang)
        seen: dict[str, Any] = {}
        for e in self._events(i):
            if state.outcome[e] >= INTERRUPTED:
                seen.setdefault(flat.effects.rules[flat.effects.rule[e]], e)
            if state.outcome[e] == RENEWED:
                seen.setdefault(RENEWAL, e)
            if state.outcome[e] == INTERRUPTED and self._is_part(i, e):
                seen.setdefault(PART, e)
        # An interpretation speaks on earlier events too, but not on a day before there was one.
        known = {
            rule: e for rule, e in seen.items() if self.packs.rules[rule].starts_on <= as_of.astype(object)
        }
        found += [self._reason(rule, self._rule_day(rule, e), lang) for rule, e in known.items()]
        times = sum(int(state.outcome[e] in (INTERRUPTED, RENEWED)) for e in self._events(i))
        found += self._first((AGAIN,), as_of, lang) if times > 1 else []
        found += self._first(TIME_RULES, last, lang)
        found += self._first((FIXED,), as_of, lang) if "outer_limit" in self._lawyer(i) else []
        found += self._first((WAIVER,), as_of, lang) if self.facts["waived_in_advance"][i] > 0 else []
        return found + (self._first((DEFENCE,), as_of, lang) if self.barred[i] > 0 else [])

    def _lawyer(self, i: int) -> list[str]:
        return [word for bit, word in enumerate(LAWYER) if self.state.lawyer[i] >> bit & 1]

    def _by_plan(self, i: int) -> bool:
        return any(
            not np.isnat(self.flat.last_due[e]) and self.state.outcome[e] >= INTERRUPTED
            for e in self._events(i)
        )

    def _is_part(self, i: int, e: int) -> bool:
        event = self.facts["events"][i][self.flat.place[e]]
        return event.kind in ("demand", "sms", "letter", "email") and event.amount is not None

    def _rule_day(self, rule: str, e: int) -> np.datetime64:
        """Return a day on which the rule bound the event: its own, or where that is earlier the rule's first."""
        first = np.datetime64(self.packs.rules[rule].starts_on, "D")
        day: np.datetime64 = max(self.flat.on[e], first)
        return day

    def _first(self, rules: tuple[str, ...], day: np.datetime64, lang: str) -> list[dict[str, Any]]:
        """Return the first rule in force on a day as a reason, none where none is."""
        on = day.astype(object)
        return next(([self._reason(r, day, lang)] for r in rules if self.packs.rules[r].in_force(on)), [])

    def _reason(self, rule: str, day: np.datetime64, lang: str) -> dict[str, Any]:
        days = np.array([day], dtype="datetime64[D]")
        values: dict[str, Any] = {
            name: int(in_force(self.packs, names, days)[0][0])
            for name, names in (("years", YEARS), ("outer", OUTER), ("window", WINDOW), ("tail", TAIL))
        }
        return self.packs.reason(rule, on=day.astype(object), lang=lang, **values)


def answer(columns: Columns, *, packs: Packs, n: int) -> LimitationAnswer:
    """Judge n claims, each with its own events and day; raises NoLawInForce before the first law."""
    flat = flatten(columns, packs, n)
    state = decide(columns, flat, packs)
    late = columns["as_of"] > state.last
    barred = np.where(late & state.pending, UNKNOWN, late).astype(np.int8)
    return LimitationAnswer(
        n,
        state.last,
        np.minimum(state.nominal, state.outer),
        barred,
        state.lawyer > 0,
        state,
        flat,
        columns,
        packs,
    )
