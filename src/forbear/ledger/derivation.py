"""Where each cent comes from: the posted lines of one account, each with the stretches of days that make it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import accrual_loop as loop
from forbear.ledger.terms import METHODS, SCALE

EPOCH = date(1970, 1, 1)
LINE_KINDS = ("purchases", "cash", "compound", "interest_on_fees", "late_fee")


@dataclass(frozen=True)
class Stretch:
    """Equal days: a balance that bore one rate for some days; `base_minor` in minor units, `rate` a day."""

    first: date
    days: int
    base_minor: int
    rate: Decimal

    @property
    def last(self) -> date:
        """Return the last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def exact_minor(self) -> Decimal:
        """Return the interest in minor units, not rounded."""
        return self.base_minor * self.rate * self.days


@dataclass(frozen=True)
class LateFee:
    """How a late fee came about: a share of what of the minimum was not paid, and at least a floor."""

    tested_on: date
    unmet_minor: int
    ratio: Decimal
    floor_minor: int
    amount_minor: int


@dataclass(frozen=True)
class Line:
    """One line of interest or late fee; `posted_on` is None where it has accrued and is not posted yet."""

    kind: str  # one of LINE_KINDS
    posted_on: date | None
    amount_minor: int
    stretches: tuple[Stretch, ...] = ()
    late_fees: tuple[LateFee, ...] = ()

    @property
    def exact_minor(self) -> Decimal:
        """Return the interest of the line in minor units before rounding."""
        return sum((each.exact_minor for each in self.stretches), Decimal(0))


@dataclass(frozen=True)
class Step:
    """What the account owed after one row; `row` is its place among the account's rows that the ledger counted."""

    on: date
    row: int
    purchases_minor: int
    cash_minor: int
    interest_minor: int
    compound_minor: int
    fees_minor: int  # late fee, fees and costs together
    credit_minor: int


@dataclass(frozen=True)
class Bill:
    """A statement as the ledger made it."""

    on: date
    due_on: date
    owed_minor: int
    minimum_minor: int
    projected: bool


@dataclass(frozen=True)
class Derivation:
    """The lines of one account, what is still open at the end, the steps and the statements, in order of day."""

    lines: tuple[Line, ...]
    open_lines: tuple[Line, ...]  # accrued and not posted
    conditional: tuple[Stretch, ...]  # falls away if the statement is paid in full by its due day
    steps: tuple[Step, ...]
    bills: tuple[Bill, ...]


@dataclass
class _Reading:
    """The open stretches while the trace is read."""

    by_lot: dict[int, list[Stretch]] = field(default_factory=dict)
    is_cash: dict[int, bool] = field(default_factory=dict)
    revolving: set[int] = field(default_factory=set)
    compound: list[Stretch] = field(default_factory=list)
    fees: list[Stretch] = field(default_factory=list)
    late: list[LateFee] = field(default_factory=list)

    def gathered(self, *, cash: bool) -> tuple[Stretch, ...]:
        """Return the stretches of revolving lots of a kind, lots of the same days added up."""
        lots = [lot for lot in sorted(self.revolving) if self.is_cash.get(lot, False) == cash]
        return merged([stretch for lot in lots for stretch in self.by_lot.get(lot, [])])

    def clear(self) -> None:
        """Begin anew after a posting."""
        for lot in self.revolving:
            self.by_lot.pop(lot, None)
        self.compound, self.fees, self.late = [], [], []


def derive(trace: NDArray[np.int64], held: NDArray[np.int64]) -> Derivation:
    """Read the trace of `accrue_traced` and its one row of results into lines, steps and statements."""
    reading = _Reading()
    lines: list[Line] = []
    steps, bills = [], []
    for kind, day, days, a, b, c, d, e, f in trace.tolist():
        on = EPOCH + timedelta(days=day)
        if kind == loop.TR_ACCRUE:
            _accrued(reading, on, days, lot=a, left=b, rate=c, state=d, cash=bool(f))
        elif kind in (loop.TR_COMPOUND, loop.TR_FEE):
            into = reading.compound if kind == loop.TR_COMPOUND else reading.fees
            into.append(Stretch(on, days, b, _rate(c)))
        elif kind in (loop.TR_KEPT, loop.TR_LOST):
            _tested(reading, kind == loop.TR_KEPT, lot=a, method=c)
        elif kind == loop.TR_BACK:
            reading.by_lot.setdefault(a, []).append(Stretch(on, days, b, _rate(c)))
        elif kind == loop.TR_LATE:
            reading.late.append(LateFee(on, a, _rate(b), c, d))
        elif kind == loop.TR_POST:
            lines += _posted(reading, on, (a, b, c, d, e)) if a >= 0 else []
            reading.clear()
        elif kind == loop.TR_APPLY:
            steps.append(Step(on, days, a, b, c, d, e, f))
        else:
            bills.append(Bill(on, EPOCH + timedelta(days=c), a, b, d == -1))
    waiting = [
        stretch
        for lot, stretches in reading.by_lot.items()
        if lot not in reading.revolving
        for stretch in stretches
    ]
    return Derivation(tuple(lines), tuple(_open(reading, held)), merged(waiting), tuple(steps), tuple(bills))


def _accrued(
    reading: _Reading, on: date, days: int, *, lot: int, left: int, rate: int, state: int, cash: bool
) -> None:
    reading.by_lot.setdefault(lot, []).append(Stretch(on, days, left, _rate(rate)))
    reading.is_cash[lot] = cash
    if state == loop.REVOLVING:
        reading.revolving.add(lot)


def _tested(reading: _Reading, kept: bool, *, lot: int, method: int) -> None:
    """Drop what a lot has accrued where its interest-free period is kept, or where it is told anew by what is unpaid."""
    if kept or METHODS[method] == "unpaid_part":
        reading.by_lot.pop(lot, None)
    if not kept:
        reading.revolving.add(lot)


def _posted(reading: _Reading, on: date | None, amounts: Sequence[int]) -> list[Line]:
    of_purchases, of_cash, of_interest, of_fees, late = amounts
    made = [
        Line("purchases", on, of_purchases, reading.gathered(cash=False)),
        Line("cash", on, of_cash, reading.gathered(cash=True)),
        Line("compound", on, of_interest, merged(reading.compound)),
        Line("interest_on_fees", on, of_fees, merged(reading.fees)),
        Line("late_fee", on, late, (), tuple(reading.late)),
    ]
    return [line for line in made if line.amount_minor or line.stretches or line.late_fees]


def _open(reading: _Reading, held: NDArray[np.int64]) -> list[Line]:
    """Return what has accrued since the last posting; the parts of `accrued` are told apart by their own rounding."""
    accrued, compound, late = (int(x) for x in held[[8, 9, 11]])
    cash = reading.gathered(cash=True)
    fees = merged(reading.fees)
    of_cash, of_fees = (_half_up(stretches) for stretches in (cash, fees))
    return _posted(reading, None, (accrued - of_cash - of_fees, of_cash, compound, of_fees, late))


def _half_up(stretches: Sequence[Stretch]) -> int:
    exact = sum((each.exact_minor for each in stretches), Decimal(0))
    return int((exact * 2 + 1) // 2)


def merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Add up stretches of the same days and rate, and join neighbours of the same balance and rate."""
    bases: dict[tuple[date, int, Decimal], int] = {}
    for each in stretches:
        key = (each.first, each.days, each.rate)
        bases[key] = bases.get(key, 0) + each.base_minor
    joined: list[Stretch] = []
    for (first, days, rate), base in sorted(bases.items()):
        before = joined[-1] if joined else None
        if (
            before
            and before.last + timedelta(days=1) == first
            and (before.base_minor, before.rate) == (base, rate)
        ):
            joined[-1] = Stretch(before.first, before.days + days, base, rate)
        else:
            joined.append(Stretch(first, days, base, rate))
    return tuple(joined)


@dataclass(frozen=True)
class Day:
    """The interest of one day on one kind of balance, exact."""

    on: date
    kind: str
    base_minor: int
    rate: Decimal
    posted_on: date | None

    @property
    def exact_minor(self) -> Decimal:
        """Return the day's interest in minor units, not rounded."""
        return self.base_minor * self.rate


def day_by_day(lines: Sequence[Line]) -> Iterator[Day]:
    """Yield every day of every line, in order of line and day."""
    for line in lines:
        for each in line.stretches:
            for number in range(each.days):
                yield Day(
                    each.first + timedelta(days=number), line.kind, each.base_minor, each.rate, line.posted_on
                )


def _rate(units: int) -> Decimal:
    return Decimal(units) / SCALE
