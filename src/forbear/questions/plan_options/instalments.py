"""Monthly plans: ordinary instalments at the issuer's price, and the personalised agreement of art. 70."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

import numpy as np

from forbear.money import divide_rounded, split
from forbear.questions.plan_options.case import Account, Case
from forbear.questions.plan_options.dates import due_days, paydays
from forbear.questions.plan_options.draft import Draft, Found
from forbear.questions.plan_options.policy import Policy

MONTHS_A_YEAR = 12  # of the calendar
CHOICES_OF_MAX = 4  # a size: of so many accounts every choice is tried
Terms = Sequence[tuple[int, Decimal]]


def personalised(case: Case, policy: Policy) -> Found:
    """Put all debts into one agreement under art. 70, any number of months the law and the house allow."""
    found = Found("personalised_instalment")
    found.require(case, "exceeds_ability", "CC11-70-COND")
    found.require(case, "willing", "CC11-70-COND")
    if found.obstacles:
        return found
    terms = [(months, policy.personalised_rate) for months in range(1, policy.personalised_months_max + 1)]
    return _search(case, policy, found, [case.accounts], terms)


def ordinary(case: Case, policy: Policy) -> Found:
    """Put some or all debts into ordinary instalments; the others go on as agreed within the same budget."""
    found = Found("ordinary_instalment")
    able = [account for account in case.accounts if _may_be_ordinary(account, policy, found)]
    groups = _groups(able)
    if groups:
        found.obstacles.clear()
        _search(case, policy, found, groups, policy.terms)
    return found


def _groups(able: list[Account]) -> list[tuple[Account, ...]]:
    """Return which accounts to try together: every choice of a few, of many all or each alone."""
    sizes = range(len(able), 0, -1) if len(able) <= CHOICES_OF_MAX else dict.fromkeys((len(able), 1))
    return [group for size in sizes for group in combinations(able, size)]


def _may_be_ordinary(account: Account, policy: Policy, found: Found) -> bool:
    """Say whether nothing known bars ordinary instalments on an account, and note what bars them."""
    if account.dpd is None:
        found.need("debts[].dpd")
    if account.already is None:
        found.need("debts[].already_instalment")
    if account.already:
        found.refuse("already_instalment", "CN22-INST-NODOUBLE")
    elif account.dpd is not None and account.dpd > policy.ordinary_dpd_max:
        found.refuse("dpd", "HOUSE-PLAN-ORDINARY-DPD", dpd_max=policy.ordinary_dpd_max)
    elif account.product == "cash_advance" and account.owed > policy.cash_max:
        found.refuse("amount", "CN22-INST-CASH-AMOUNT", amount_max=policy.cash_max)
    else:
        return True
    return False


def _search(
    case: Case, policy: Policy, found: Found, groups: list[tuple[Account, ...]], terms: Terms
) -> Found:
    """Try every group of accounts with every term within the budget."""
    drafts: list[Draft] = []
    open_facts: list[str] = []
    for group in groups:
        rest = [account for account in case.accounts if account not in group]
        if any(account.minimum_due is None for account in rest):
            open_facts.append("debts[].minimum_due")
            continue
        cash = (case.cash or 0) - sum(account.past_due for account in rest)
        if cash < 0:
            least = sum(account.past_due for account in rest)
            found.refuse("cash", "HOUSE-PLAN-CASH", least=least, cash=case.cash or 0)
        elif cash >= sum(account.owed for account in group):
            found.refuse("cash_enough", "HOUSE-PLAN-CASH-ENOUGH", cash=cash)
        else:
            made = list(_drafts(case, policy, found.kind, group, terms, cash))
            drafts += made
            if not made:
                found.refuse("row_min", "HOUSE-PLAN-ROW-MIN", least=policy.row_min)
    found.keep(case, drafts, case.capacity)
    if found.drafts:
        found.obstacles.clear()
    return found if found.drafts else found.need(*open_facts)


def _drafts(
    case: Case, policy: Policy, kind: str, group: tuple[Account, ...], terms: Terms, cash: int
) -> Iterator[Draft]:
    """Yield a plan for each term: equal payments from the next payday on, the last one takes what does not divide."""
    owed = sum(account.owed for account in group)
    financed = owed - cash
    committed = sum(account.minimum_due or 0 for account in case.accounts if account not in group)
    first, day = paydays(case, policy, policy.first_row_days_min)[0]
    dues = due_days(first, max((months for months, _ in terms), default=1), day)
    cash_advance = any(account.product == "cash_advance" for account in group)
    for months, rate in terms:
        if kind == "ordinary_instalment" and cash_advance and months > policy.cash_months_max:
            continue
        if months > 1 and financed // months < policy.row_min:
            continue
        principal, charges = split(financed, months), monthly_interest(financed, months, rate)
        yield Draft(
            kind, group, tuple(account.owed for account in group), down=cash, months=months, first_on=first,
            last_on=dues[months - 1], day=day, charges=charges, owed=owed, term=months, committed=committed,
            highest=max(map(sum, zip(principal, charges, strict=True))), annual_rate=rate,
        )  # fmt: skip


def monthly_interest(financed: int, months: int, annual_rate: Decimal) -> tuple[int, ...]:
    """Return the interest of each month on what is left, rounded half up; minor units, shape (months,)."""
    if not annual_rate:
        return (0,) * months
    numerator, denominator = annual_rate.as_integer_ratio()
    each = financed // months
    left = np.array([financed - each * number for number in range(months)], dtype=object)
    interest = divide_rounded(left * numerator, denominator * MONTHS_A_YEAR)
    return tuple(int(amount) for amount in interest)
