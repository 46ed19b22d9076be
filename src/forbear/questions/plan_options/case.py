"""One case as the solver reads it: whole numbers of minor units, accounts in the order of law, None for not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forbear.packs import NoLawInForce, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns, minor_units
from forbear.questions.plan_options.facts import COMPONENTS, Authority, Debt
from forbear.questions.plan_options.policy import Limit, Policy

RATE_DIGITS = 10  # the finest step of a daily rate in the facts, as a power of ten
FLAGS = (
    "exceeds_ability", "willing", "hardship", "dispute_open", "fraud_claimed", "deceased", "incapacity", "bankruptcy",
    "plan_in_force", "time_barred", "time_barred_told", "promise_approved",
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """One debt; `parts` by COMPONENTS. Accounts of equal `rank` share a payment in proportion."""

    place: int  # among the debts as given
    id: str
    parts: tuple[int, ...]
    past_due: int
    minimum_due: int | None
    dpd: int | None
    product: str
    already: bool | None
    daily_rate: Decimal | None
    rank: tuple[int, ...]

    @property
    def owed(self) -> int:
        """Return all that is owed."""
        return sum(self.parts)


@dataclass(frozen=True)
class Case:
    """One talk with one debtor; `capacity`, `stress` and `share_limit` are monthly."""

    on: date
    accounts: tuple[Account, ...]  # in the currency of the budget, first paid first
    foreign: tuple[Debt, ...]
    currency: str
    capacity: int | None
    stress: int | None
    share_limit: int | None
    cash: int | None
    payday: int | None
    returns_on: date | None
    capacity_later: int | None
    flags: dict[str, bool | None]
    failed: int | None
    paid_since: int
    role: str | None
    lent: Limit | None  # what the asker may agree to beyond the matrix

    def asks_authority(self) -> bool:
        """Say whether nothing tells what the asker may agree to."""
        return self.role is None and self.lent is None


def case_of(columns: Columns, i: int, policy: Policy) -> Case:
    """Read one row of the columns; raises NoLawInForce where several debts meet no law on their order."""
    on, currency = columns["as_of"][i].astype(object), columns["currency"][i]
    debts: list[Debt] = columns["debts"][i]
    mine = [(place, debt) for place, debt in enumerate(debts) if debt.currency == currency]
    capacity = _known(columns["capacity"][i])
    payday = _known(columns["payday"][i])
    return Case(
        on=on,
        accounts=_accounts(mine, columns["designated"][i], on, policy),
        foreign=tuple(debt for debt in debts if debt.currency != currency),
        currency=currency,
        capacity=capacity,
        stress=_known(columns["stress_capacity"][i]),
        share_limit=None if capacity is None else int(capacity * policy.share_warn),
        cash=_known(columns["down_payment"][i]),
        payday=payday,
        returns_on=columns["income_returns_on"][i].astype(object),
        capacity_later=_known(columns["capacity_later"][i]),
        flags={name: None if columns[name][i] == UNKNOWN else bool(columns[name][i]) for name in FLAGS},
        failed=_known(columns["failed_promises"][i]),
        paid_since=max(int(columns["paid_since_promise"][i]), 0),
        role=columns["role"][i],
        lent=_lent(columns["role"][i], columns["authority"][i]),
    )


def _known(value: Any) -> int | None:
    return None if value == UNKNOWN else int(value)


def _lent(role: str | None, given: Authority | None) -> Limit | None:
    if given is None:
        return None
    return Limit(
        role,
        0,
        frozenset(given.kinds),
        minor_units(given.amount_max),
        given.months_max,
        minor_units(given.waiver_max),
        Decimal(given.waiver_share_max),
    )


def _accounts(
    debts: list[tuple[int, Debt]], designated: str | None, on: date, policy: Policy
) -> tuple[Account, ...]:
    if len(debts) > 1 and policy.between_debts is None:
        raise NoLawInForce(gettext_noop("no law orders payments between several debts on %(day)s"), day=on)
    burdens = all(debt.daily_rate is not None for _, debt in debts)
    found = [_account(place, debt, designated, on, policy, burdens) for place, debt in debts]
    return tuple(sorted(found, key=lambda account: (account.rank, account.place)))


def _account(
    place: int, debt: Debt, designated: str | None, on: date, policy: Policy, burdens: bool
) -> Account:
    parts = tuple(minor_units(getattr(debt.components, name)) for name in COMPONENTS)
    rate = None if debt.daily_rate is None else Decimal(debt.daily_rate)
    past_due = sum(parts) if debt.past_due is None else minor_units(debt.past_due)
    dpd = debt.dpd
    if dpd is None and debt.due_on is not None:
        dpd = max((on - debt.due_on).days, 0)
    due_on = debt.due_on or date.max
    steepness = -int(rate.scaleb(RATE_DIGITS)) if burdens and rate is not None else 0
    # Civil Code art. 560 in whole numbers, the lowest paid first.
    ranks = {
        "designated": int(debt.id != designated),
        "due": int(past_due == 0),
        "less_secured": sum(parts) if debt.secured else 0,
        "more_burdensome": steepness,
        "earliest_due": due_on.toordinal(),
    }
    minimum = None if debt.minimum_due is None else minor_units(debt.minimum_due)
    rank = tuple(ranks[name] for name in policy.between_debts or ())
    return Account(
        place, debt.id, parts, past_due, minimum, dpd, debt.product, debt.already_instalment, rate, rank
    )
