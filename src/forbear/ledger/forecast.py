"""What one account will owe if nothing is paid: its statements are projected, and it is run to each day asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forbear.ledger.accrual import PROJECT, Accrued, Billing, Contracts, PaymentOrders, accrue
from forbear.ledger.parts import Days, Minor
from forbear.ledger.rows import Rows
from forbear.ledger.schedules import month_days


@dataclass(frozen=True)
class Forecast:
    """What would settle the account on each day if nothing is paid; shapes (days,), minor units."""

    on: Days
    total_minor: Minor
    interest_minor: Minor  # posted and accrued, interest on interest included
    late_fee_minor: Minor  # posted and pending


def forecast(
    rows: Rows, billing: Billing, contracts: Contracts, orders: PaymentOrders, *, on: Sequence[date],
    bill_day: int, due_days: int, charge_from: date | None,
) -> Forecast:  # fmt: skip
    """Run one account to each day; statements after the last known one follow monthly on the bill day."""
    until = max(on)
    ahead = projected(billing, bill_day=bill_day, due_days=due_days, first=min(on), until=until)
    held = np.concatenate(
        [accrue(rows, ahead, contracts, orders, to=day, charge_from=charge_from).held for day in on]
    )
    made = Accrued(held)
    interest = sum(
        (made.column(n) for n in ("interest", "compound", "accrued", "accrued_compound")),
        np.zeros(len(on), np.int64),
    )
    late_fee = made.column("late_fee") + made.column("pending_late_fee")
    return Forecast(np.array(on, dtype="datetime64[D]"), made.total, interest, late_fee)


def projected(billing: Billing, *, bill_day: int, due_days: int, first: date, until: date) -> Billing:
    """Return the statements of one account with those to come, whose minimum the terms project."""
    known = billing.statement_on[-1] if billing.statement_on.size else np.datetime64(first, "D")
    last = np.datetime64(until, "D")
    months = np.arange(
        int((last.astype("datetime64[M]") - known.astype("datetime64[M]")).astype(np.int64)) + 1
    )
    days = month_days(np.full(months.size, known), months, np.full(months.size, bill_day))
    days = days[(days > known) & (days > np.datetime64(first, "D")) & (days <= last)]
    return Billing(
        np.array([0, billing.statement_on.size + days.size]),
        np.concatenate([billing.statement_on, days]),
        np.concatenate([billing.due_on, days + np.timedelta64(due_days, "D")]),
        np.concatenate([billing.minimum_minor, np.full(days.size, PROJECT, dtype=np.int64)]),
    )
