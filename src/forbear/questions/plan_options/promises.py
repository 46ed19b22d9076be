"""What one or two payments settle: paying now, a promised date, a part now and the rest on a date, a deferral."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from forbear.money import Money
from forbear.questions.plan_options.case import Account, Case
from forbear.questions.plan_options.dates import due_days, paydays
from forbear.questions.plan_options.draft import Draft, Found, Obstacle
from forbear.questions.plan_options.policy import Policy


def pay_now(case: Case, policy: Policy) -> Found:
    """Pay what is past due, or all of it, at once."""
    found = Found("pay_now")
    cure = tuple(account.past_due for account in case.accounts)
    whole = tuple(account.owed for account in case.accounts)
    goals = [goal for goal in dict.fromkeys((whole, cure)) if sum(goal)]
    if case.cash is None:
        found.need("down_payment")
    affordable = [goal for goal in goals if case.cash is None or sum(goal) <= case.cash]
    if not affordable:
        return found.refuse("cash", "HOUSE-PLAN-CASH", least=sum(goals[-1]), cash=case.cash)
    found.drafts += [
        Draft(found.kind, case.accounts, goal, down=sum(goal), owed=sum(goal)) for goal in affordable
    ]
    return found


def promise(case: Case, policy: Policy) -> Found:
    """Promise what is past due for one date; after failed promises only with approval or a payment first as surety."""
    found = Found("promise")
    goals = _past_due(case, found)
    first = _money_first(case, policy, sum(goals), found)
    if found.obstacles or not _may_pay_first(case, policy, first, found):
        return found
    drafts = [
        replace(draft, surety=first) for draft in _by_date(found.kind, case, policy, goals, first, found)
    ]
    return found.keep(case, drafts, case.capacity)


def part_payment(case: Case, policy: Policy) -> Found:
    """Pay a part of what is past due at once and the rest on one date."""
    found = Found("part_payment")
    goals = _past_due(case, found)
    if found.obstacles:
        return found
    if case.cash is None:
        return found.need("down_payment")
    if case.cash >= sum(goals):
        return found.refuse("cash_enough", "HOUSE-PLAN-CASH-ENOUGH", cash=case.cash)
    least = max(_share_up(sum(goals), policy.part_share_min), 1)
    if case.cash < least:
        return found.refuse("part_min", "HOUSE-PLAN-PART-MIN", least=least, cash=case.cash)
    first = _money_first(case, policy, sum(goals), found)
    if case.cash < first:
        return _too_little_first(case, policy, first, found)
    return found.keep(case, _by_date(found.kind, case, policy, goals, case.cash, found), case.capacity)


def _past_due(case: Case, found: Found) -> tuple[int, ...]:
    goals = tuple(account.past_due for account in case.accounts)
    if not sum(goals):
        found.refuse("past_due", "HOUSE-PLAN-PAID")
    return goals


def _money_first(case: Case, policy: Policy, amount: int, found: Found) -> int:
    """Return what must be paid before one promise more; 0 where approval or earlier money stands for it."""
    if case.failed is None:
        found.need("failed_promises")
    if case.failed is None or case.failed < policy.promise_failed_max or case.flags["promise_approved"]:
        return 0
    needed = _share_up(amount, policy.promise_ratio)
    found.notes.append(Obstacle("promises", "HOUSE-PLAN-PROMISES", _failed(case, policy, needed)))
    return 0 if case.paid_since >= needed else needed


def _failed(case: Case, policy: Policy, least: int) -> dict[str, Any]:
    return {"failed": case.failed, "window": policy.promise_window, "least": least}


def _may_pay_first(case: Case, policy: Policy, first: int, found: Found) -> bool:
    if first and (case.cash is None or case.cash < first):
        _too_little_first(case, policy, first, found)
        return False
    return True


def _too_little_first(case: Case, policy: Policy, first: int, found: Found) -> Found:
    return found.refuse("promise_approved", "HOUSE-PLAN-PROMISES", **_failed(case, policy, first))


def _by_date(
    kind: str, case: Case, policy: Policy, goals: tuple[int, ...], down: int, found: Found
) -> Iterator[Draft]:
    """Yield one plan for each payday within the term of a promise."""
    last = case.on + timedelta(days=policy.promise_days_max)
    dates = [(due, day) for due, day in paydays(case, policy, 1) if due <= last]
    if not dates:
        found.refuse("date", "HOUSE-PLAN-DATE", days=policy.promise_days_max)
    rest = sum(goals) - down
    for due, day in dates:
        if rest > 0:
            yield Draft(
                kind, case.accounts, goals, down=down, months=1, first_on=due, last_on=due, day=day, charges=(0,),
                highest=rest, owed=sum(goals),
            )  # fmt: skip


def deferral(case: Case, policy: Policy) -> Found:
    """Move what is past due to a later payday, with the interest that this costs."""
    found = Found("deferral")
    goals = _past_due(case, found)
    found.require(case, "hardship", "HOUSE-PLAN-HARDSHIP")
    if found.obstacles:
        return found
    if any(account.daily_rate is None for account in case.accounts):
        found.need("debts[].daily_rate")
    drafts = list(_deferred(case, policy, goals))
    today = [draft for draft in drafts if not _income_back(case, draft)]
    later = [draft for draft in drafts if _income_back(case, draft)]
    then = case.capacity if case.capacity_later is None else case.capacity_later
    if case.capacity is not None or not later:
        found.keep(case, today, case.capacity)
    found.keep(case, later, then)
    if found.drafts:
        found.obstacles.clear()
    return found


def _income_back(case: Case, draft: Draft) -> bool:
    return case.returns_on is not None and draft.first_on is not None and draft.first_on >= case.returns_on


def _deferred(case: Case, policy: Policy, goals: tuple[int, ...]) -> Iterator[Draft]:
    earliest = case.on + timedelta(days=policy.deferral_days_min)
    latest = due_days(case.on, policy.deferral_months_max + 1, case.on.day)[-1]
    for first, day in paydays(case, policy, policy.deferral_days_min):
        for number, due in enumerate(due_days(first, policy.deferral_months_max + 1, day), start=1):
            if earliest <= due <= latest:
                charge = sum(_cost(account, policy, (due - case.on).days) for account in case.accounts)
                yield Draft(
                    "deferral", case.accounts, goals, months=1, first_on=due, last_on=due, day=day,
                    charges=(charge,), highest=sum(goals) + charge, owed=sum(goals), term=number,
                )  # fmt: skip


def _cost(account: Account, policy: Policy, days: int) -> int:
    """Return the interest of some days on principal, interest and compound interest; fees bear none (PBoC 2016-111)."""
    rate = policy.default_daily_rate if account.daily_rate is None else account.daily_rate
    principal, interest, compound, *_ = account.parts
    return Money(principal + interest + compound).times(rate * days).minor


def _share_up(amount: int, share: Decimal) -> int:
    """Return a share of an amount, rounded up to whole minor units."""
    return Money(amount).times(share, "up").minor
