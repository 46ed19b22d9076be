"""Which of the people offered take the roles of a visit: as many roles filled as can be, the safest people first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from forbear.questions.visit_team.facts import Person

LEAD = "collector"
# The same people do both: the role says who leads the talk.
HELD_FOR = {"second_collector": ("second_collector", "collector")}


@dataclass(frozen=True)
class Limits:
    """What the house asks of the people it sends, on a day."""

    on: date
    licensed_roles: tuple[str, ...]
    incidents_max: int
    language: str | None


def choose(
    people: Sequence[Person], roles: Sequence[str], limits: Limits
) -> tuple[list[dict[str, str]], list[str], list[dict[str, Any]]]:
    """Return the team as role and id, the roles nobody can take, and whom the house does not send, with why."""
    excluded = [{"id": p.id, "why": why} for p in people if (why := _against(p, limits))]
    barred = {entry["id"] for entry in excluded}
    fit = [p for p in people if p.id not in barred]
    if not fit:
        return [], list(roles), excluded
    # An empty role costs more than any choice of people, so that as many roles as possible are filled.
    empty = 1 + len(roles) * (1 + max(p.incidents_12_months for p in fit)) * (len(fit) + 1)
    cost = np.full((len(roles), len(fit) + len(roles)), empty, dtype=np.int64)
    for r, role in enumerate(roles):
        for c, person in enumerate(fit):
            if _can_take(person, role, limits):
                cost[r, c] = person.incidents_12_months * (len(fit) + 1) + c
            else:
                cost[r, c] = empty * (len(roles) + 1)
    rows, chosen = linear_sum_assignment(cost)
    taken = dict(zip(rows.tolist(), chosen.tolist(), strict=True))
    team = [{"role": roles[r], "id": fit[c].id} for r, c in taken.items() if c < len(fit)]
    unfilled = [roles[r] for r, c in taken.items() if c >= len(fit)]
    return team, unfilled, excluded


def _against(person: Person, limits: Limits) -> list[str]:
    """Say why the house does not send this person at all."""
    against = ["conflict_of_interest"] if person.conflict else []
    if person.incidents_12_months >= limits.incidents_max:
        against.append("safety_history")
    return against


def _can_take(person: Person, role: str, limits: Limits) -> bool:
    if not set(HELD_FOR.get(role, (role,))) & set(person.roles):
        return False
    if role in limits.licensed_roles and (person.licensed_until is None or person.licensed_until < limits.on):
        return False
    return not (role == LEAD and limits.language and limits.language not in person.languages)
