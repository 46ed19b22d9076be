"""What an account owes and why: figures for staff and debtor alike; nothing here knows a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Sum

from forbear.ledger.accrual import RESULT, accrue_traced
from forbear.ledger.derivation import Derivation, Line, derive
from forbear.ledger.forecast import Forecast, forecast
from forbear.ledger.formula import formula, line_name
from forbear.ledger.terms import Terms
from forbear.web.complaints.bars import cut_cases
from forbear.web.law.current import packs_now
from forbear.web.ledger.book import LedgerBook, load_book
from forbear.web.ledger.models import Comparison, Difference
from forbear.web.people.models import User
from forbear.web.people.permissions import MATRIX
from forbear.web.portfolio.models import Account, StandingPosition

DUE_DAYS = 20  # between statement and due day where the account has no statement to copy it from
CHART_STEP = 3  # days between two points of the forecast's line


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of the explanation: posted, or accrued and not posted (`posted_on` None)."""

    posted_on: date | None
    name: str
    amount_minor: int
    formula: str
    line: Line


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One row of the bank's, and what was owed after it."""

    on: date
    kind: str
    amount_minor: int  # positive lowers the debt
    entry_no: str  # empty where it was brought forward
    owed_minor: int


@dataclass(frozen=True)
class Why:
    """Everything about one account's amount as of a day; minor units."""

    account: Account
    as_of: date
    anchored_on: date | None  # the bank's own figures it starts from
    balance: dict[str, int]
    total_minor: int
    posted_minor: int
    lines: list[WhyLine]
    open_lines: list[WhyLine]
    conditional_minor: int
    steps: list[WhyStep]
    derivation: Derivation
    terms: Terms
    verified: bool
    forecast: Forecast | None
    faults: list[str]

    def forecast_on(self, days: int) -> int | None:
        """Return what would settle the account in some days if nothing is paid."""
        wanted = np.datetime64(self.as_of + timedelta(days=days), "D")
        if self.forecast is None or wanted not in self.forecast.on:
            return None
        return int(self.forecast.total_minor[np.flatnonzero(self.forecast.on == wanted)[0]])


def why(account: Account, *, as_of: date, lang: str) -> Why:
    """Return what an account owes at the end of a day, line by line with formulas, and what it will owe."""
    packs = packs_now()
    book = load_book([account.pk], to=as_of, packs=packs)
    result, trace = accrue_traced(
        book.rows, book.billing, book.contracts, book.orders, to=as_of, charge_from=book.charge_from
    )
    made = derive(trace, result.held[0])
    terms = [each for each in book.terms[0] if each.starts_on <= as_of][-1]
    anchor = book.anchored_on[0].astype(object)
    return Why(
        account=account,
        as_of=as_of,
        anchored_on=anchor,
        balance=dict(zip(RESULT, result.held[0].tolist(), strict=True))
        | {"principal": int(result.principal[0])},
        total_minor=int(result.total[0]),
        posted_minor=int(result.posted[0]),
        lines=[_line(each, lang, account.currency, terms) for each in made.lines],
        open_lines=[_line(each, lang, account.currency, terms) for each in made.open_lines],
        conditional_minor=int(result.column("conditional")[0]),
        steps=_steps(book, made),
        derivation=made,
        terms=terms,
        verified=packs.parameter(f"house/products/{account.product}").verified,
        forecast=_ahead(book, account, as_of),
        faults=[name for name, mask in book.rows.faults.items() if mask.any()],
    )


def _line(each: Line, lang: str, currency: str, terms: Terms) -> WhyLine:
    said = formula(each, lang, currency=currency, rounding=terms.rounding)
    return WhyLine(each.posted_on, line_name(each.kind, lang), each.amount_minor, said, each)


def _steps(book: LedgerBook, made: Derivation) -> list[WhyStep]:
    """Return the bank's rows in the order in which they counted."""
    kept = np.flatnonzero(_counted(book))
    found = []
    for step in made.steps:
        origin = int(book.rows.origin[kept[step.row]])
        row = book.entries.slice(origin, 1).to_pylist()[0]
        owed = (
            step.purchases_minor
            + step.cash_minor
            + step.interest_minor
            + step.compound_minor
            + step.fees_minor
        )
        found.append(
            WhyStep(step.on, row["kind"], row["amount_minor"], row["entry_no"], owed - step.credit_minor)
        )
    return found


def _counted(book: LedgerBook) -> Any:
    """Mark the rows the ledger counted: not what the bank itself charged on days that the ledger charges."""
    charged = np.isin(book.rows.kind, (3, 4, 5)) & (book.rows.day >= book.charge_from[book.rows.account])
    back = (book.rows.target >= 0) & charged[np.maximum(book.rows.target, 0)] if charged.size else charged
    return ~(charged | back)


def _ahead(book: LedgerBook, account: Account, as_of: date) -> Forecast | None:
    """Return what will be owed until the far day of the forecast; None where nothing is owed or no bill day known."""
    packs = packs_now()
    near = packs.value("house/pricing/forecast_near_days", as_of)
    far = packs.value("house/pricing/forecast_far_days", as_of)
    if not account.bill_day or not book.rows.account.size:
        return None
    days = sorted({0, near, far, *range(0, far, CHART_STEP)})
    gap = (book.billing.due_on - book.billing.statement_on).astype(np.int64)
    return forecast(
        book.rows, book.billing, book.contracts, book.orders,
        on=[as_of + timedelta(days=each) for each in days],
        bill_day=account.bill_day,
        due_days=int(gap[-1]) if gap.size and gap[-1] > 0 else DUE_DAYS,
        charge_from=book.charge_from[0].astype(object),
    )  # fmt: skip


def differences(
    user: User, *, data_on: date | None = None, closed: bool = False, mine: int | None = None
) -> QuerySet[Difference]:
    """Return differences a person may see, the largest first; none of an account that was passed on."""
    gone = cut_cases(user).filter(
        customer=OuterRef("account__customer"), product=OuterRef("account__product")
    )
    found = Difference.objects.select_related("account", "assigned_to", "closed_by").order_by(
        "-absolute_minor", "pk"
    )
    found = found.filter(~Exists(gone), closed_at__isnull=not closed)
    if data_on is not None:
        found = found.filter(data_on=data_on)
    return found.filter(assigned_to_id=mine) if mine is not None else found


def totals(found: QuerySet[Difference]) -> dict[str, int]:
    """Return how many differences there are and their sum."""
    summed = found.order_by().aggregate(count=Count("pk"), sum=Sum("absolute_minor"))
    return {"count": summed["count"], "sum": summed["sum"] or 0}


def by_reason(found: QuerySet[Difference]) -> Sequence[dict[str, Any]]:
    """Return count and sum of differences by suggested reason, the most frequent first."""
    counted = found.order_by().values("suggested").annotate(count=Count("pk"), sum=Sum("absolute_minor"))
    return [dict(row) for row in counted.order_by("-count")]


def who_settles(user: User) -> QuerySet[User]:
    """Return the others to whom a difference may be handed over."""
    roles = [role for role, actions in MATRIX.items() if "reconcile" in actions]
    return User.objects.filter(is_active=True, role__in=roles).exclude(pk=user.pk).order_by("display_name")


def latest_comparison() -> Comparison | None:
    """Return the newest comparison."""
    return Comparison.objects.order_by("-at").first()


def latest_data_day(on: date) -> date | None:
    """Return the newest day up to `on` of which the bank delivered its own figures."""
    return StandingPosition.objects.filter(data_on__lte=on).aggregate(day=Max("data_on"))["day"]  # type: ignore[no-any-return]
