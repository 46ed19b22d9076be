"""The facts of a visit: amount, what makes it complex, what makes it risky, its stage, and the people offered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import check_days

Complexity = Literal[
    "dispute", "complaint_open", "represented", "litigation_possible", "guarantor", "heirs", "several_debts",
    "business_debt", "documents_contested", "cross_border", "hardship", "vulnerable", "media", "language",
]  # fmt: skip
Risk = Literal[
    "threat_to_staff", "violence_history", "weapon", "crowd", "dangerous_dog", "remote_area", "minor_at_home",
    "self_harm", "mental_illness", "infectious_disease",
]  # fmt: skip
Stage = Literal["reminder", "collection", "pre_litigation", "litigation", "enforcement"]
Role = Literal[
    "collector", "second_collector", "manager", "legal_specialist", "outside_counsel", "expert", "interpreter"
]
COMPLEXITY: tuple[str, ...] = get_args(Complexity)
RISKS: tuple[str, ...] = get_args(Risk)
STAGES: tuple[str, ...] = get_args(Stage)
ROLES: tuple[str, ...] = get_args(Role)
PEOPLE_MAX = 200  # a size: the most people one visit may choose from
FLAGS_MAX = 100  # a size: the most flags one list may name, repeats included


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who could go: the roles held, and what could speak against sending this person."""

    id: Annotated[str, Meta(min_length=1, max_length=60)]
    roles: Annotated[list[Role], Meta(max_length=FLAGS_MAX)]
    licensed_until: date | None = None
    conflict: bool = False  # a relative, friend or neighbour, or somebody the debtor complained about
    languages: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=FLAGS_MAX)] = []
    incidents_12_months: Annotated[int, Meta(ge=0, le=10_000)] = 0


class VisitTeamFacts(Facts, frozen=True):
    """Who goes on this visit? What is not known adds nobody: see needs."""

    amount: Annotated[Amount, Meta(description="What is owed.")]
    complexity: Annotated[
        Annotated[list[Complexity], Meta(max_length=FLAGS_MAX)] | None,
        Meta(description="What makes the case hard. An empty list: nothing. Default not known."),
    ] = None
    risk: Annotated[
        Annotated[list[Risk], Meta(max_length=FLAGS_MAX)] | None,
        Meta(description="What could endanger anybody. An empty list: nothing. Default not known."),
    ] = None
    stage: Annotated[Stage | None, Meta(description="How far the case is. Default not known.")] = None
    language: Annotated[
        Annotated[str, Meta(min_length=1, max_length=20)] | None,
        Meta(description="A language the one who leads the talk must speak, as the candidates name theirs."),
    ] = None
    candidates: Annotated[
        Annotated[list[Person], Meta(max_length=PEOPLE_MAX)] | None,
        Meta(description="People to choose from. Default none: roles only."),
    ] = None
    as_of: Annotated[date | None, Meta(description="The day of the visit. Default: the newest policy.")] = (
        None
    )


def check(facts: VisitTeamFacts) -> None:
    """Raise BadFact for a day that cannot be meant, or two people under one name."""
    check_days(facts, ("as_of",))
    seen: set[str] = set()
    for i, person in enumerate(facts.candidates or ()):
        check_days(person, ("licensed_until",), f"candidates[{i}].")
        if person.id in seen:
            raise BadFact(f"candidates[{i}].id", person.id, "each person once")
        seen.add(person.id)
