"""What a plan would be before it is one: its terms, its rows, and what is owed by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from forbear import days
from forbear.ledger.schedules import instalments
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.cases.models import Case
from forbear.web.cases.owed import AccountOwed, composition, sum_owed

PERSONALISED = "personalised_instalment"
KINDS = {PERSONALISED: "personalised", "ordinary_instalment": "ordinary", "deferral": "ordinary"}


@dataclass(frozen=True, slots=True)
class Row:
    """One payment of a schedule."""

    number: int
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan would be: over the whole debt of the case, in equal months."""

    kind: str
    instalments: int
    first_due_on: date
    down_payment_minor: int = 0
    already_instalment: bool | None = None  # asked of an ordinary plan
    charges_minor: int = 0
    rows: tuple[Row, ...] = ()  # of an option the solver found; else equal months
    lang: str = "zh"  # of the document, as the debtor reads


def owed_now(case: Case, on: date) -> AccountOwed:
    """Return what the case owes by part; raises AgreementRefused where one plan can't hold it."""
    rows = [row for row in composition(case, on) if row.total_minor > 0]
    if not rows:
        raise AgreementRefused(_("Nothing is owed; there is nothing to agree."))
    if len({row.currency for row in rows}) > 1:
        raise AgreementRefused(_("Accounts in several currencies need a plan each; agree on one at a time."))
    return sum_owed(rows)


def schedule(total_minor: int, terms: Terms) -> list[Row]:
    """Return the rows of a plan: the original day, business days, the last row takes what does not divide."""
    if not 0 <= terms.down_payment_minor < total_minor:
        raise AgreementRefused(_("The first payment is less than the debt."), field="down_payment")
    if terms.instalments < 1:
        raise AgreementRefused(_("A plan has at least one instalment."), field="instalments")
    if terms.rows:
        return list(terms.rows)
    due, amounts = instalments(
        total_minor - terms.down_payment_minor, terms.instalments, terms.first_due_on,
        original_day=terms.first_due_on.day, calendar=days.on_or_after,  # nobody is late for a bank holiday
    )  # fmt: skip
    return [
        Row(number, day.astype(object), int(amount))
        for number, (day, amount) in enumerate(zip(due, amounts, strict=True), 1)
    ]


def months_of(terms: Terms, at: datetime) -> int:
    """Return the term in months from today to the last row, never less than the number of rows."""
    first = terms.first_due_on
    ahead = (first.year - at.year) * 12 + first.month - at.month
    return max(terms.instalments, ahead + terms.instalments - 1, 1)


# By part of an agreement the bank's own figures that are in it; what the bank calls other is court and other costs.
PARTS = {
    "fees_minor": ("late_fee_minor", "fee_minor"), "costs_minor": ("other_minor",),
    "interest_minor": ("interest_minor", "compound_minor"), "principal_minor": ("principal_minor",),
}  # fmt: skip


def parts(owed: AccountOwed) -> dict[str, int]:
    """Return the parts of an agreement; they sum to the total. What came since is taken off in their order.

    What raised the debt since is of no known part and is shown as principal, which nobody waives.
    """
    left, found = owed.posted_since_minor, {}
    for name, held in PARTS.items():
        minor = sum(getattr(owed, each) for each in held)
        taken = left if name == "principal_minor" else max(min(left, minor), 0)
        found[name], left = minor - taken, left - taken
    return found
