"""How many days past due is one minimum payment, and which bucket is that?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import COUNTED_FROM, Arrears, ArrearsRule, Book, arrears, in_force, make_book
from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.registry import Question

LADDER = "house/arrears/bucket_ladder"
COUNTING = "house/counting/grace_counts_from"
RULE = "HOUSE-DPD-COUNT"
LONG_AGO = np.datetime64("0001-01-01", "D")  # the statement's own day: any payment given counts against it
PAYMENTS_MAX = 10_000  # a bound on one request's size, no rule

Signed = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,13}(\.[0-9]{2})?$",
        description='Money with two decimals; "-100.00" is a reversal.',
    ),
]


class Payment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One payment, or a reversal as a negative amount."""

    on: Annotated[date, Meta(description="The value day, from which it counts.")]
    amount: Signed
    booked_on: Annotated[
        date | None, Meta(description="The day the bank knew of it; default the value day.")
    ] = None


class DaysPastDueFacts(Facts, frozen=True):
    """How late is this minimum payment on a day, given what was paid on it?"""

    due_on: Annotated[date, Meta(description="The day the minimum payment was due; the day after is day 1.")]
    as_of: Annotated[date, Meta(description="The day asked about.")]
    minimum_due: Annotated[
        Amount, Meta(description="The minimum payment that was due, money with two decimals.")
    ]
    payments: Annotated[
        list[Payment], Meta(max_length=PAYMENTS_MAX, description="What was paid on it. Default nothing.")
    ] = []
    grace_days: Annotated[
        int,
        Meta(ge=0, le=366, description="Days after the due day on which it is still on time. Default none."),
    ] = 0
    grace_amount: Annotated[
        Amount, Meta(description="A remainder of up to this much counts as paid. Default 0.00.")
    ] = "0.00"
    grace_counts_from: Annotated[
        Literal["due_on", "grace_end"] | None,
        Meta(description="Where counting starts once grace has run out. Default as the house does."),
    ] = None
    known_on: Annotated[
        date | None, Meta(description="Payments booked later are left out. Default the day asked about.")
    ] = None


@dataclass(frozen=True)
class DaysPastDueAnswer:
    """Columns of shape (n,): `dpd`, `bucket` (names) and the arrears behind them."""

    n: int
    dpd: NDArray[np.int32]
    bucket: NDArray[np.str_]
    past_due_minor: NDArray[np.int64]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.facts["as_of"][i].astype(object)
        results = {"dpd": int(self.dpd[i]), "bucket": str(self.bucket[i])}
        reason = self.packs.reason(
            RULE,
            on=on,
            lang=lang,
            due_on=self.facts["due_on"][i],
            grace_days=int(self.facts["grace_days"][i]),
            grace_amount=format_minor(int(self.facts["grace_amount"][i])),
            past_due=format_minor(int(self.past_due_minor[i])),
        )
        return envelope(results, results, [reason], on=on, packs=self.packs, needs=())


def answer(columns: Columns, *, packs: Packs, n: int) -> DaysPastDueAnswer:
    """Age n minimum payments, each on its own day; raises NoLawInForce before the house's buckets begin."""
    as_of = columns["as_of"]
    packs.values(LADDER, as_of)  # raises, marking the rows of days without buckets
    ladders = list(in_force(packs, LADDER, as_of))
    book = _book(columns, n)
    dpd = np.zeros(n, dtype=np.int32)
    past_due = np.zeros(n, dtype=np.int64)
    bucket = np.zeros(n, dtype="U8")
    for start, rows in _by_start(columns["grace_counts_from"], packs, as_of):
        for ladder, held in ladders:
            some = np.flatnonzero(rows & held)
            if some.size:
                found = _aged(book, columns, some, ArrearsRule(ladder, grace_counts_from=start))
                dpd[some], past_due[some] = found.dpd, found.past_due_minor
                bucket[some] = np.array(ladder.names)[found.bucket_by_dpd]
    return DaysPastDueAnswer(n, dpd, bucket, past_due, columns, packs)


def _aged(book: Book, columns: Columns, some: NDArray[np.int64], rule: ArrearsRule) -> Arrears:
    as_of = columns["as_of"][some]
    known_on = np.where(np.isnat(columns["known_on"][some]), as_of, columns["known_on"][some])
    grace = ArrearsRule(
        rule.ladder, columns["grace_days"][some], columns["grace_amount"][some], rule.grace_counts_from
    )
    taken = book if some.size == book.accounts else book.take(some)
    return arrears(taken, as_of=as_of, rule=grace, known_on=known_on)


def _by_start(given: NDArray[np.int8], packs: Packs, as_of: NDArray[np.datetime64]) -> Any:
    """Yield each way of counting with its rows; where none is given the house's on that day."""
    house = np.zeros(given.shape, dtype=np.int8)
    for start, rows in in_force(packs, COUNTING, as_of):
        house[rows] = COUNTED_FROM.index(start)
    code = np.where(given < 0, house, given)
    for index, start in enumerate(COUNTED_FROM):
        yield start, code == index


def _book(columns: Columns, n: int) -> Book:
    rows = columns["payments"]
    nothing = n == 0 or (rows.strides == (0,) and not rows[0])
    flat = [] if nothing else [(i, payment) for i, payments in enumerate(rows) for payment in payments]
    return make_book(
        n,
        statement_account=np.arange(n),
        statement_on=np.full(n, LONG_AGO),
        due_on=columns["due_on"],
        minimum_due_minor=columns["minimum_due"],
        payment_account=[i for i, _ in flat],
        amount_minor=[parse_minor(payment.amount) for _, payment in flat],
        paid_on=np.array([payment.on for _, payment in flat], dtype="datetime64[D]"),
        booked_on=np.array([payment.booked_on or payment.on for _, payment in flat], dtype="datetime64[D]"),
    )


QUESTION = Question("days_past_due", "How many days past due, and which bucket?", DaysPastDueFacts, answer)
