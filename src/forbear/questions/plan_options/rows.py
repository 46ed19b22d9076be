"""The rows of a plan: days, amounts to the minor unit, and what each pays on each account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from forbear.ledger import instalments
from forbear.money import proportion
from forbear.questions.plan_options.case import Account
from forbear.questions.plan_options.dates import business_days
from forbear.questions.plan_options.draft import Draft


@dataclass(frozen=True)
class Row:
    """One payment; number 0 is what is paid at once. `by_account` sums to the amount less the charge."""

    number: int
    due_on: date
    pay_by: date
    provisional: bool  # the days off of that year are not announced
    amount: int
    charge: int
    by_account: tuple[tuple[str, int], ...]


def rows_of(draft: Draft, on: date) -> list[Row]:
    """Write the rows of a plan agreed on a day; they sum to its goals and charges."""
    principal, dues = ([draft.down], [on]) if draft.down else ([], [])
    if draft.months and draft.first_on is not None:
        rest = sum(draft.goals) - draft.down
        due, amounts = instalments(rest, draft.months, draft.first_on, original_day=draft.day)
        dues += due.astype(object).tolist()
        principal += amounts.tolist()
    pay_by, announced = business_days(dues)
    numbers = range(0 if draft.down else 1, len(dues) + (0 if draft.down else 1))
    charges = ([0] if draft.down else []) + list(draft.charges)
    shares = share_rows(principal, draft.accounts, draft.goals)
    return [
        Row(number, due, by, not known, amount + charge, charge, share)
        for number, due, by, known, amount, charge, share in zip(
            numbers, dues, pay_by, announced.tolist(), principal, charges, shares, strict=True
        )
    ]


def share_rows(
    amounts: list[int], accounts: tuple[Account, ...], goals: tuple[int, ...]
) -> list[tuple[tuple[str, int], ...]]:
    """Share payments among accounts in the order of Civil Code art. 560, equals in proportion to what is left."""
    left = list(goals)
    groups = [
        [place for place, _ in members]
        for _, members in groupby(enumerate(accounts), key=lambda pair: pair[1].rank)
    ]
    return [_share(amount, accounts, left, groups) for amount in amounts]


def _share(
    amount: int, accounts: tuple[Account, ...], left: list[int], groups: list[list[int]]
) -> tuple[tuple[str, int], ...]:
    """Share one payment and take it off what is left."""
    got = [0] * len(left)
    for group in groups:
        owed = [left[place] for place in group]
        part = min(amount, sum(owed))
        if part:
            for place, share in zip(group, proportion(part, owed), strict=True):
                got[place] = share
                left[place] -= share
            amount -= part
    return tuple((account.id, share) for account, share in zip(accounts, got, strict=True) if share)
