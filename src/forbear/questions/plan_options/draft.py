"""A plan before its rows are written: only what decides whether it can be kept, who may agree, and how it ranks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from forbear.questions.plan_options.case import Account, Case
from forbear.questions.plan_options.facts import KINDS
from forbear.questions.plan_options.policy import Limit, Policy

BANDS = (
    "sustainable",
    "careful",
    "strained",
)  # by the number of warnings: above the stress capacity, above half


@dataclass(frozen=True)
class Draft:
    """`goals` is what is paid on each account without charges; `down` comes at once, the rest in `months` payments."""

    kind: str
    accounts: tuple[Account, ...]
    goals: tuple[int, ...]
    down: int = 0
    months: int = 0
    first_on: date | None = None
    last_on: date | None = None
    day: int = 1  # of the month, before it is cut to the month's end
    charges: tuple[int, ...] = ()  # added to each monthly payment
    highest: int = 0  # the highest monthly payment, charges included
    committed: int = 0  # what accounts left out take of the budget each month
    surety: int = 0  # of `down`, what only stands for the promise: the budget has to carry it all the same
    waived: tuple[tuple[int, ...], ...] = ()  # by account and component
    owed: int = 0  # what the plan is about, before charges and waiver
    term: int = 0  # months that authority is asked about
    annual_rate: Decimal = Decimal(0)  # of the charges of instalments

    @property
    def waived_minor(self) -> int:
        """Return all that is waived."""
        return sum(map(sum, self.waived))

    @property
    def burden(self) -> int:
        """Return what the plan and the accounts left out take of the budget in the heaviest month.

        A promise is measured by its whole sum: were money first to lessen it, a house that asks for more money first
        would offer promises that a milder house refuses. Who pays now to owe less later makes a part payment.
        """
        return self.highest + self.committed + self.surety if self.months else 0


@dataclass(frozen=True)
class Obstacle:
    """Why an option is not offered: a code, the rule that says so, and amounts (minor units) or numbers for its text."""

    code: str
    rule: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Found:
    """What the search of one kind found: drafts that can be kept, or what stands against it, and open facts."""

    kind: str
    drafts: list[Draft] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    notes: list[Obstacle] = field(default_factory=list)  # what is told of an option that is offered

    def refuse(self, code: str, rule: str, **values: Any) -> Found:
        """Note an obstacle and return the finding."""
        self.obstacles.append(Obstacle(code, rule, values))
        return self

    def need(self, *facts: str) -> Found:
        """Note facts that are not known and return the finding."""
        self.needs += [fact for fact in facts if fact not in self.needs]
        return self

    def require(self, case: Case, fact: str, rule: str) -> None:
        """Refuse where a condition is known not to hold, ask for it where it is not known."""
        if case.flags[fact] is None:
            self.need(fact)
        elif not case.flags[fact]:
            self.refuse(fact, rule)

    def keep(self, case: Case, drafts: Iterable[Draft], limit: int | None) -> Found:
        """Take the drafts whose heaviest month stays within a budget; say the least needed where none does."""
        made = list(drafts)
        if limit is None:
            self.need("capacity")
            self.drafts += [draft for draft in made if not draft.months]
            return self
        self.drafts += [draft for draft in made if draft.burden <= limit]
        if made and not self.drafts:
            least = min(draft.burden for draft in made)
            self.refuse("capacity", "HOUSE-PLAN-CAPACITY", least=least, capacity=limit)
        return self


def band(draft: Draft, case: Case) -> int:
    """Count the warnings of a plan; a stress capacity that is not known warns. Index of BANDS."""
    if not draft.months:
        return 0
    over_stress = case.stress is None or draft.burden > case.stress
    return int(over_stress) + int(case.share_limit is None or draft.burden > case.share_limit)


def rank(draft: Draft, case: Case) -> tuple[Any, ...]:
    """Return the key by which plans are ranked, the best lowest: sustainability, then recovery, then time and cost."""
    done = draft.last_on or case.on
    places = tuple(account.place for account in draft.accounts)
    return (
        band(draft, case), draft.waived_minor, done.toordinal(), sum(draft.charges), draft.months,
        KINDS.index(draft.kind), -draft.owed, places,
    )  # fmt: skip


def authority_for(draft: Draft, case: Case, policy: Policy) -> Limit | None:
    """Return the row of the matrix by which a plan may be agreed to, what was lent to the asker first; None for no row.

    The first row that reaches the plan decides: one of the asker's role alone, or one of others who approve.
    """
    asked = (draft.kind, draft.owed, draft.term, draft.waived_minor)
    if case.lent is not None and case.lent.covers(*asked):
        return case.lent
    reach = (limit for limit in policy.limits if limit.others or limit.role == case.role)
    return next((limit for limit in reach if limit.covers(*asked)), None)
