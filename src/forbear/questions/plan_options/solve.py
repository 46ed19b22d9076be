"""The search: every kind of plan, what bars it, whom it takes to agree, and the best of each in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forbear.questions.plan_options.case import Case
from forbear.questions.plan_options.draft import Draft, Found, authority_for, band, rank
from forbear.questions.plan_options.facts import KINDS
from forbear.questions.plan_options.instalments import ordinary, personalised
from forbear.questions.plan_options.policy import Limit, Policy
from forbear.questions.plan_options.promises import deferral, part_payment, pay_now, promise
from forbear.questions.plan_options.settlement import settlement

SEARCHES: Mapping[str, Callable[[Case, Policy], Found]] = {
    "pay_now": pay_now,
    "promise": promise,
    "part_payment": part_payment,
    "ordinary_instalment": ordinary,
    "personalised_instalment": personalised,
    "deferral": deferral,
    "settlement": settlement,
}


@dataclass(frozen=True)
class Choice:
    """One plan that is offered; `sendable` where every condition is known and the asker may agree to it."""

    draft: Draft
    band: int
    limit: Limit | None  # None: nobody need agree
    within: bool
    sendable: bool


@dataclass(frozen=True)
class Option:
    """One kind: its plans, best first, or what stands against it; `needs` are facts that are not known."""

    kind: str
    choices: tuple[Choice, ...]
    found: Found

    @property
    def offered(self) -> bool:
        """Say whether there is a plan of this kind."""
        return bool(self.choices)


def solve(case: Case, policy: Policy) -> tuple[Option, ...]:
    """Return the options of one case in the order of KINDS."""
    return tuple(_option(kind, case, policy) for kind in KINDS)


def ranked(options: tuple[Option, ...], case: Case) -> list[Choice]:
    """Return the best plan of each kind that is offered, best first."""
    best = [option.choices[0] for option in options if option.offered]
    return sorted(best, key=lambda choice: rank(choice.draft, case))


def _option(kind: str, case: Case, policy: Policy) -> Option:
    found = Found(kind)
    for block in policy.blocks:
        if (
            case.flags[block["fact"]]
            and kind not in block["leaves"]
            and not case.flags.get(block.get("unless", ""))
        ):
            found.refuse(block["fact"], block["rule"])
    if not case.accounts:
        found.refuse(
            "currency", "HOUSE-PLAN-CURRENCY", currency=case.foreign[0].currency, budget=case.currency
        )
    if not found.obstacles:
        found = SEARCHES[kind](case, policy)
    return Option(kind, _choices(case, policy, found), found)


def _choices(case: Case, policy: Policy, found: Found) -> tuple[Choice, ...]:
    """Return the best plan of each band, and beside one that needs approval the best the asker may agree to alone."""
    free = found.kind == "pay_now"  # whoever pays at once asks nobody
    limits = [(draft, None if free else authority_for(draft, case, policy)) for draft in found.drafts]
    allowed = [(draft, limit) for draft, limit in limits if free or limit is not None]
    if found.drafts and not allowed:
        found.refuse("authority", "HOUSE-PLAN-AUTHORITY")
    if allowed and not free and case.asks_authority():
        found.need("role")
    best: dict[tuple[int, bool], Choice] = {}
    for draft, limit in sorted(allowed, key=lambda pair: rank(pair[0], case)):
        within = limit is None or not limit.others
        warned = band(draft, case)
        if (warned, True) not in best:  # what needs approval is worth showing only where it is better
            best.setdefault(
                (warned, within), Choice(draft, warned, limit, within, within and not found.needs)
            )
    return tuple(best.values())
