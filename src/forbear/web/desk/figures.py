"""The figures of a case: composition to the cent, what cures it today, what waiting would cost, what may be promised.

Only called once the identity was passed; before that the server does not compute them, let alone send them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forbear.web.cases.ageing import AccountAge, age_accounts
from forbear.web.cases.models import Case
from forbear.web.cases.owed import AccountOwed, composition, sum_owed
from forbear.web.cases.policy import PromisePolicy, pay_channels, promise_policy
from forbear.web.cases.promises.record import PromiseRecord, promise_record
from forbear.web.desk.policy import Forecast, forecast, in_language, next_payday
from forbear.web.law.current import packs_now


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account: what it owes and how late it is."""

    owed: AccountOwed
    age: AccountAge | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about money on the case screen."""

    lines: list[AccountLine]
    total: AccountOwed
    to_cure_minor: int
    known: bool  # whether statements are there to age by
    forecast: Forecast
    record: PromiseRecord
    policy: PromisePolicy
    promise_on: date
    last_promise_on: date
    down_payment_minor: int
    channels: list[tuple[str, str]]

    @property
    def suggested_minor(self) -> int:
        """Return the amount the promise form begins with: what cures today, else the whole debt."""
        return self.to_cure_minor or self.total.total_minor


def figures(case: Case, at: datetime) -> Figures:
    """Return the figures of a case as of a moment; six queries."""
    on = at.date()
    owed = composition(case, on)
    ages, known = age_accounts([case.pk], on)
    by_account = {age.account_id: age for age in ages}
    total = sum_owed(owed)
    policy = promise_policy(on)
    record = promise_record(case, on)
    to_cure = min(sum(age.past_due_minor for age in ages), max(total.total_minor, 0))
    base = total.principal_minor + total.interest_minor + total.compound_minor - total.posted_since_minor
    return Figures(
        lines=[AccountLine(row, by_account.get(row.account_id)) for row in owed],
        total=total,
        to_cure_minor=to_cure,
        known=known[case.pk] > 0,
        forecast=forecast(max(base, 0), total.total_minor, on),
        record=record,
        policy=policy,
        promise_on=next_payday(on, policy.days_ahead_max),
        last_promise_on=on + timedelta(days=policy.days_ahead_max),
        down_payment_minor=record.down_payment_minor(to_cure, policy),
        channels=[(code, in_language(row)) for code, row in pay_channels(on).items()],
    )


def next_bucket(case: Case, on: date) -> tuple[str, date] | None:
    """Return the bucket a case falls into next and the day, if nothing is paid."""
    ladder = packs_now().value("house/arrears/bucket_ladder", on)
    for start, name in zip(ladder.starts, ladder.names, strict=True):
        if start > case.dpd > 0:
            return name, on + timedelta(days=start - case.dpd)
    return None
