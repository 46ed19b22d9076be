"""How much: balances that grow by the demo product's terms, month by month, in whole fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forbear.demo.people import account_numbers, card_number, plain
from forbear.demo.schedule import GRACE_DAYS, NEVER

if TYPE_CHECKING:
    from forbear.demo.book import Rows, Shape
    from forbear.demo.people import Cards, People
    from forbear.demo.schedule import Schedule

Minor = NDArray[np.int64]
PARTS = ("late_fee", "interest", "compound", "principal")  # the order in which a payment is applied here
CLASS_DAYS = (0, 90, 120, 180)
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")


@dataclass(frozen=True)
class Amounts:
    """Per account and statement position, fen. `parts[name]` is the composition right after each statement."""

    limit: Minor  # (n,)
    minimum: Minor  # (n, positions)
    own: Minor  # (n, positions): the minimum's new part
    parts: dict[str, Minor]  # (n, positions) each
    paid: Minor  # (n,): the curing or rolling-back payment
    regular: Minor  # (n, positions): payments on time before the first missed statement
    regular_on: NDArray[np.datetime64]

    def balance(self) -> Minor:
        """Return the statement balances, the sum of the parts."""
        return sum((self.parts[name] for name in PARTS), np.zeros_like(self.minimum))


def ratio(value: Minor, rate: str, days: NDArray[np.int64] | int = 1) -> Minor:
    """Return value x rate x days in fen, half up, exactly (rates are decimal strings)."""
    numerator, denominator = Decimal(rate).as_integer_ratio()
    doubled = 2 * value * days * numerator + denominator
    return doubled // (2 * denominator)


def make_amounts(shape: Shape, rng: np.random.Generator, cards: Cards, calendar: Schedule) -> Amounts:
    """Draw limits and utilisation by the real portfolio's quantiles, then let each account run its months."""
    limit = draw(shape, rng, cards, "limit_by_status") * shape.book["nt_dollar_to_yuan"]
    limit_minor = (np.round(limit / 1000).clip(2) * 100_000).astype(np.int64)
    opening = (limit_minor * draw(shape, rng, cards, "utilisation_by_status")).astype(np.int64).clip(20_000)
    return run_months(shape, rng, cards, calendar, limit_minor, opening)


def draw(shape: Shape, rng: np.random.Generator, cards: Cards, table: str) -> NDArray[np.float64]:
    """Draw from the measured quantiles of each account's months past due, linear between them."""
    levels = np.array(shape.calibration["levels"])
    uniform = rng.uniform(levels[0], levels[-1], cards.count)
    drawn = np.zeros(cards.count)
    for status, values in shape.calibration[table].items():
        mine = cards.missed.clip(max=max(shape.calibration[table])) == status
        drawn[mine] = np.interp(uniform[mine], levels, values)
    return drawn


def run_months(
    shape: Shape, rng: np.random.Generator, cards: Cards, calendar: Schedule, limit: Minor, opening: Minor
) -> Amounts:
    """Bill every statement position in turn; a vector over accounts at each."""
    n, positions = calendar.statement_on.shape
    terms = shape.book
    made = {name: np.zeros((n, positions), np.int64) for name in ("minimum", "own", "regular", *PARTS)}
    regular_on = calendar.due_on - rng.integers(0, 6, (n, positions)).astype("timedelta64[D]")
    now = {name: np.zeros(n, np.int64) for name in PARTS}
    past_due, paid = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for j in range(positions):
        history, first = calendar.first_missed > j, calendar.first_missed == j
        late = ~history & ~first & (past_due > 0)
        days = (calendar.statement_on[:, j] - calendar.statement_on[:, max(j - 1, 0)]).astype(np.int64)
        fee = np.where(
            late, np.maximum(ratio(past_due, terms["late_fee_rate"]), terms["late_fee_floor_minor"]), 0
        )
        interest = np.where(late, ratio(now["principal"], terms["daily_rate"], days), 0)
        compound = np.where(late, ratio(now["interest"] + now["compound"], terms["daily_rate"], days), 0)
        growth = (opening * rng.uniform(0.55, 0.95, n)).astype(np.int64)
        now["principal"] = np.where(history, growth, np.where(first, opening, now["principal"]))
        now["interest"], now["compound"], now["late_fee"] = (
            now["interest"] + interest,
            now["compound"] + compound,
            now["late_fee"] + fee,
        )
        settled = ~history & ~first & (past_due == 0)
        wanted = ratio(now["principal"], terms["minimum_rate"]) + interest + compound + fee
        whole = (
            sum(now.values(), np.zeros(n, np.int64)) - past_due
        )  # a minimum never asks for more than is owed
        own = np.where(settled, 0, np.minimum(wanted, whole))
        made["own"][:, j], made["minimum"][:, j] = own, past_due + own
        past_due = np.where(history, 0, past_due + own)
        made["regular"][:, j] = np.where(history, (own * rng.uniform(1, 3, n)).astype(np.int64), 0)
        for name in PARTS:
            made[name][:, j] = now[name]
        paid, past_due = take_payment(cards, calendar, made["own"], now, past_due, paid, j)
    return Amounts(
        limit,
        made["minimum"],
        made["own"],
        {name: made[name] for name in PARTS},
        paid,
        made["regular"],
        regular_on,
    )


def take_payment(
    cards: Cards, calendar: Schedule, own: Minor, now: dict[str, Minor], past_due: Minor, paid: Minor, j: int
) -> tuple[Minor, Minor]:
    """Apply the curing (whole balance) or rolling-back (oldest part) payment if it falls before the next statement."""
    following = (
        calendar.statement_on[:, j + 1]
        if j + 1 < calendar.statement_on.shape[1]
        else np.full(cards.count, NEVER)
    )
    here = (
        (calendar.paid_on > calendar.statement_on[:, j])
        & (calendar.paid_on <= following)
        & (calendar.paid_on != NEVER)
    )
    oldest = own[np.arange(cards.count), calendar.first_missed]
    amount = np.where(here, np.where(cards.cured, sum(now.values()), oldest), 0)
    for name, share in split(amount, now).items():
        now[name] = now[name] - share
    return paid + amount, np.where(here & cards.cured, 0, past_due - amount)


def split(amount: Minor, parts: dict[str, Minor]) -> dict[str, Minor]:
    """Take an amount from the parts in order; no part goes below zero."""
    left, taken = amount.copy(), {}
    for name in PARTS:
        taken[name] = np.minimum(left, parts[name])
        left = left - taken[name]
    return taken


def statement_rows(cards: Cards, calendar: Schedule, money: Amounts, *, up_to: date) -> Rows:
    """Return the statements file, one row per account and statement up to a day."""
    row, column = np.nonzero(calendar.statement_on <= np.datetime64(up_to))
    numbers = account_numbers(cards)
    return {
        "account_no": [numbers[i] for i in row],
        "statement_on": plain(calendar.statement_on[row, column]),
        "due_on": plain(calendar.due_on[row, column]),
        "balance_minor": money.balance()[row, column].tolist(),
        "minimum_due_minor": money.minimum[row, column].tolist(),
    }


def payment_rows(cards: Cards, calendar: Schedule, money: Amounts) -> Rows:
    """Return the repayments: regular ones, then the ones that cured or rolled back."""
    row, column = np.nonzero(money.regular > 0)
    special = np.nonzero(money.paid > 0)[0]
    account = np.concatenate([row, special])
    amount = np.concatenate([money.regular[row, column], money.paid[special]])
    day = np.concatenate([money.regular_on[row, column], calendar.paid_on[special]])
    order = np.lexsort((account, day))
    numbers, days = account_numbers(cards), plain(day[order])
    return {
        "entry_no": [f"P{serial:010d}" for serial in range(1, len(order) + 1)],
        "traded_on": days,
        "value_on": days,
        "booked_on": days,
        "account_no": [numbers[i] for i in account[order]],
        "kind": ["payment"] * len(order),
        "amount_minor": amount[order].tolist(),
        "currency": ["CNY"] * len(order),
        "channel": ["手机银行"] * len(order),
    }


def standing(cards: Cards, calendar: Schedule, money: Amounts, on: date) -> dict[str, Any]:
    """Return each account's composition, DPD and missed cycles on a day."""
    today, everyone = np.datetime64(on), np.arange(cards.count)
    last = (calendar.statement_on <= today).sum(axis=1) - 1
    parts = {name: money.parts[name][everyone, last] for name in PARTS}
    since = (calendar.paid_on <= today) & (calendar.paid_on > calendar.statement_on[everyone, last])
    taken = split(np.where(since, money.paid, 0), parts)
    paid = calendar.paid_on <= today
    oldest = calendar.first_missed + (paid & cards.rolled_back)
    late = (calendar.due_on < today - np.timedelta64(GRACE_DAYS, "D")) & (
        np.arange(calendar.due_on.shape[1]) >= oldest[:, None]
    )
    cycles = np.where(paid & cards.cured, 0, late.sum(axis=1))
    dpd = np.where(cycles > 0, (today - calendar.due_on[everyone, oldest]).astype(np.int64), 0)
    owed = np.where(late, money.own, 0).sum(axis=1)
    return {
        **{name: parts[name] - taken[name] for name in PARTS},
        "cycles": cycles,
        "dpd": dpd,
        "due_on": calendar.due_on[everyone, oldest],
        "minimum": np.where(cycles > 0, owed, 0),
    }


def position_rows(
    shape: Shape, persons: People, cards: Cards, calendar: Schedule, money: Amounts, *, on: date
) -> Rows:
    """Return the bank's overdue list of a day."""
    now = standing(cards, calendar, money, on)
    keep = np.nonzero(now["cycles"] > 0)[0]
    numbers = account_numbers(cards)
    marks = np.random.default_rng(cards.count).random(cards.count)
    bands = np.cumsum(list(shape.book["flags"].values()))
    flags = [*shape.book["flags"], ""]
    total = sum(now[name] for name in PARTS)
    return {
        "data_on": [on] * len(keep),
        "customer_no": [persons.customer_no[cards.owner[i]] for i in keep],
        "name": [persons.name[cards.owner[i]] for i in keep],
        "id_type": ["id_card"] * len(keep),
        "id_no": [persons.id_no[cards.owner[i]] for i in keep],
        "account_no": [numbers[i] for i in keep],
        "card_no": [card_number(int(i)) for i in keep],
        "currency": ["CNY"] * len(keep),
        "due_on": plain(now["due_on"][keep]),
        "dpd": now["dpd"][keep].tolist(),
        "cycles": now["cycles"][keep].tolist(),
        "minimum_due_minor": now["minimum"][keep].tolist(),
        "total_minor": total[keep].tolist(),
        "principal_minor": now["principal"][keep].tolist(),
        "interest_minor": now["interest"][keep].tolist(),
        "compound_minor": now["compound"][keep].tolist(),
        "late_fee_minor": now["late_fee"][keep].tolist(),
        "fee_minor": [0] * len(keep),
        "other_minor": [0] * len(keep),
        "class5": [CLASSES[np.searchsorted(CLASS_DAYS, dpd)] for dpd in now["dpd"][keep]],
        "flags": [flags[int(np.searchsorted(bands, mark))] for mark in marks[keep]],
    }


def handover_rows(
    shape: Shape,
    rng: np.random.Generator,
    persons: People,
    cards: Cards,
    calendar: Schedule,
    money: Amounts,
    *,
    on: date,
) -> Rows:
    """Return the sheet of accounts handed to an agency: some of the late-stage ones, for ninety days."""
    now = standing(cards, calendar, money, on)
    keep = np.nonzero((now["cycles"] >= 4) & (rng.random(cards.count) < shape.book["placed_share"]))[0]
    numbers = account_numbers(cards)
    total = sum(now[name] for name in PARTS)
    placed = np.datetime64(on) - np.timedelta64(20, "D")
    return {
        "placement_no": [f"W{on:%Y%m}{serial:05d}" for serial in range(1, len(keep) + 1)],
        "batch_no": [f"WB{on:%Y%m}"] * len(keep),
        "agency": ["示例资产管理有限公司"] * len(keep),
        "placed_on": [placed.astype(object)] * len(keep),
        "recall_on": [(placed + np.timedelta64(90, "D")).astype(object)] * len(keep),
        "hand": [1] * len(keep),
        "placed_minor": total[keep].tolist(),
        "customer_no": [persons.customer_no[cards.owner[i]] for i in keep],
        "name": [persons.name[cards.owner[i]] for i in keep],
        "account_no": [numbers[i] for i in keep],
    }
