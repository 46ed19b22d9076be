"""Conditions on one fact: one of some choices, and a number or a time of day against limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from forbear.packs import PackError, gettext_noop
from forbear.questions.columns import UNKNOWN as NOT_KNOWN
from forbear.questions.columns import Fact
from forbear.questions.norms.truth import AGE, FALSE, TRUE, UNKNOWN, Condition, Trial, Truth


def choice_of(fact: Fact, wanted: Any) -> Condition:
    """Return the test that a fact is the value wanted, or one of a list; raises PackError for a value it never has."""
    choices = fact.choices if fact.kind == "choice" else (False, True)
    members = wanted if isinstance(wanted, list) else [wanted]
    if unknown := [m for m in members if m not in choices or isinstance(m, bool) != (fact.kind == "flag")]:
        raise PackError(
            gettext_noop("%(fact)s is never %(unknown)r; it is one of %(choices)s"),
            fact=fact.name,
            unknown=unknown[0],
            choices=choices,
        )
    # The code of "not known" is -1, which reads the last entry.
    table = np.array([TRUE if choice in members else FALSE for choice in choices] + [UNKNOWN], dtype=np.uint8)
    return Condition((fact.name,), lambda trial: table[trial.facts[fact.name]])


def compared_with(name: str, kind: str, limits: list[int]) -> Condition:
    """Return the test of a number, or of the local time, against limits; raises PackError for an unknown kind."""
    if kind == "within" and len(limits) == 2 and name == "local_time":
        start, end = (limit * 1_000_000 for limit in limits)

        def inside(trial: Trial) -> Truth:
            times = trial.facts[name]
            held = (times >= start) & (times < end) if start <= end else (times >= start) | (times < end)
            return held.view(np.uint8) << np.uint8(1)

        return Condition(("at",), inside, window=(start, end))
    if kind not in ("at_least", "over", "under") or len(limits) != 1:
        raise PackError(
            gettext_noop(
                "%(name)s: {%(kind)s: ..} is unknown; write at_least, over, under, or (of local_time) within"
            ),
            name=name,
            kind=kind,
        )
    limit, reached = limits[0] + (kind == "over"), FALSE if kind == "under" else TRUE

    def compared(trial: Trial) -> Truth:
        counted = trial.facts[name]
        held: Truth = np.where(counted >= limit, reached, TRUE - reached)
        held[counted == NOT_KNOWN] = UNKNOWN
        return held

    named = (name, limit)
    if kind == "under":
        return Condition((name,), compared, cured_at=named if name.startswith(AGE) else None)
    return Condition((name,), compared, limit=named)
