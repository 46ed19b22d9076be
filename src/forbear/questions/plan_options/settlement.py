"""Settlement: all debts at once or in a few months, waiving no more than it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from forbear.money import split
from forbear.questions.plan_options.case import Account, Case
from forbear.questions.plan_options.dates import due_days, paydays
from forbear.questions.plan_options.draft import Draft, Found
from forbear.questions.plan_options.policy import Policy


def settlement(case: Case, policy: Policy) -> Found:
    """Search the smallest waiver for each number of months and each monthly limit that a band asks for."""
    found = Found("settlement")
    found.require(case, "exceeds_ability", "HOUSE-PLAN-WAIVER-NEED")
    _late_enough(case, policy, found)
    if case.cash is None:
        found.need("down_payment")
    if case.capacity is None:
        found.need("capacity")
    if case.cash is not None and case.cash >= sum(account.owed for account in case.accounts):
        found.refuse("cash_enough", "HOUSE-PLAN-CASH-ENOUGH", cash=case.cash)
    if found.obstacles or (case.cash is None and case.capacity is None):
        return found
    most = [waivable(account, policy) for account in case.accounts]
    found.drafts += _drafts(case, policy, most)
    if not found.drafts:
        reach = (case.cash or 0) + policy.stages_max * (case.capacity or 0)
        least = sum(account.owed for account in case.accounts) - reach
        found.refuse("waiver", "HOUSE-PLAN-WAIVER-MAX", least=max(least, 0), most=sum(map(sum, most)))
    return found


def _late_enough(case: Case, policy: Policy, found: Found) -> None:
    if any(account.dpd is None for account in case.accounts):
        found.need("debts[].dpd")
    if any(account.dpd is not None and account.dpd < policy.settle_dpd_min for account in case.accounts):
        found.refuse("dpd", "HOUSE-PLAN-SETTLE-DPD", dpd_min=policy.settle_dpd_min)


def waivable(account: Account, policy: Policy) -> tuple[int, ...]:
    """Return by component the most that may be waived on an account, cut to whole minor units."""
    most = [0] * len(account.parts)
    for place, share in policy.waivable:
        most[place] = int((Decimal(account.parts[place]) * share).to_integral_value(ROUND_DOWN))
    return tuple(most)


def _drafts(case: Case, policy: Policy, most: list[tuple[int, ...]]) -> Iterator[Draft]:
    """Yield for each number of months and limit the plan that waives least.

    Two plans of one length within one limit differ only in the waiver, so the one that waives least ranks first:
    the limits that tell bands apart are all that need be tried.
    """
    owed = sum(account.owed for account in case.accounts)
    bound = sum(map(sum, most))
    limits = {case.capacity, case.share_limit, case.stress} - {None}
    first, day = paydays(case, policy, policy.first_row_days_min)[0]
    dues = due_days(first, policy.stages_max, day)
    down = min(case.cash or 0, owed)
    if owed - down <= bound:
        yield _draft(case, policy, most, down, 0)
    for months in range(1, policy.stages_max + 1):
        for limit in sorted(limit for limit in limits if limit is not None):
            rest = _largest(owed - down, months, limit)
            if rest > 0 and owed - down - rest <= bound and _rows_fit(rest, months, policy):
                plan = _draft(case, policy, most, down, rest)
                yield _monthly(plan, months, rest, dues, day)


def _largest(total: int, months: int, limit: int) -> int:
    """Return the largest part of a total whose equal payments, the last with what does not divide, keep a limit."""
    if limit * months <= total:
        return limit * months
    each, over = divmod(total, months)
    return each * months + min(over, limit - each)


def _rows_fit(rest: int, months: int, policy: Policy) -> bool:
    return months == 1 or rest // months >= policy.row_min


def _draft(case: Case, policy: Policy, most: list[tuple[int, ...]], down: int, rest: int) -> Draft:
    owed = sum(account.owed for account in case.accounts)
    waived = _share_out(owed - down - rest, most, policy)
    goals = tuple(account.owed - sum(given) for account, given in zip(case.accounts, waived, strict=True))
    return Draft("settlement", case.accounts, goals, down=down, waived=waived, owed=owed)


def _share_out(amount: int, most: list[tuple[int, ...]], policy: Policy) -> tuple[tuple[int, ...], ...]:
    """Take a waiver from the components in the order of the house, account by account in the order of payment."""
    given = [[0] * len(parts) for parts in most]
    for place, _ in policy.waivable:
        for index, parts in enumerate(most):
            given[index][place] = min(amount, parts[place])
            amount -= given[index][place]
    return tuple(tuple(parts) for parts in given)


def _monthly(plan: Draft, months: int, rest: int, dues: list[date], day: int) -> Draft:
    return replace(
        plan, months=months, first_on=dues[0], last_on=dues[months - 1], day=day, charges=(0,) * months,
        highest=split(rest, months)[-1], term=months,
    )  # fmt: skip
