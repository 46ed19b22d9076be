"""What is owed on a day, by component and to the cent: rows, statements and dated terms in, columns out.

One account is a batch of one. The result of a day depends on nothing but what counted by then, so a row that is
booked late with an earlier value day gives what would have been had it been known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import accrual_loop as loop
from forbear.ledger.orders import BOUNDARY, payment_order
from forbear.ledger.owed import OWED
from forbear.ledger.parts import Days, Index, Minor
from forbear.ledger.rows import NOTHING, Rows
from forbear.packs import Packs

PROJECT = -1  # a statement's minimum is not known yet: project it from the terms
NO_MINIMUM = -2
RESULT_COLUMNS = 16
_REACH_MAX = 2**60  # interest compounds a little beyond what is bounded here; four times this fits 64 bits
_CARD_ORDERS = ("card_interest_first", "card_principal_first")


@dataclass(frozen=True)
class Billing:
    """Statements sorted by account and day; columns have shape (statements,), `starts` (accounts + 1,).

    `minimum_minor` is the bank's own, PROJECT or NO_MINIMUM.
    """

    starts: Index
    statement_on: Days
    due_on: Days
    minimum_minor: Minor

    def take(self, account: int) -> Billing:
        """Return the statements of one account as a batch of one."""
        some = slice(int(self.starts[account]), int(self.starts[account + 1]))
        count = some.stop - some.start
        return Billing(
            np.array([0, count]), self.statement_on[some], self.due_on[some], self.minimum_minor[some]
        )

    def __post_init__(self) -> None:
        """Refuse two statements of an account on one day, and a due day before its statement."""
        same = np.zeros(self.statement_on.size, dtype=bool)
        same[1:] = self.statement_on[1:] <= self.statement_on[:-1]
        first = self.starts[:-1]
        same[first[first < same.size]] = False
        if same.any():
            raise ValueError(f"statement of {self.statement_on[same][0]}: not after the one before it")
        if (self.due_on < self.statement_on).any():
            raise ValueError(
                f"due day {self.due_on[self.due_on < self.statement_on][0]}: before its statement"
            )


@dataclass(frozen=True)
class Contracts:
    """Which terms each account has: tables one under the other, `starts` (tables + 1,), `of` (accounts,)."""

    table: NDArray[np.int64]
    starts: Index
    of: Index

    @classmethod
    def stacked(cls, tables: Sequence[NDArray[np.int64]], of: Any) -> Contracts:
        """Put tables under each other; `of` names for each account its table."""
        starts = np.concatenate([[0], np.cumsum([len(each) for each in tables])]).astype(np.int64)
        return cls(np.concatenate(tables), starts, np.asarray(of, dtype=np.int64))


@dataclass(frozen=True)
class PaymentOrders:
    """How each row would be allocated; `orders` (k, 6) name components, the columns have shape (rows,)."""

    orders: NDArray[np.int64]
    early: NDArray[np.int8]  # the order up to `boundary` days past due
    late: NDArray[np.int8]
    boundary: NDArray[np.int32]
    dpd_on: Days  # the day whose days past due choose the order
    waivers: NDArray[np.int64]

    def take(self, rows: Rows, account: int) -> PaymentOrders:
        """Return the orders of one account's rows."""
        some = slice(int(rows.starts[account]), int(rows.starts[account + 1]))
        return PaymentOrders(
            self.orders,
            self.early[some],
            self.late[some],
            self.boundary[some],
            self.dpd_on[some],
            self.waivers,
        )


@dataclass(frozen=True)
class Accrued:
    """What each account owes at the end of its day; minor units, every column of shape (accounts,)."""

    held: NDArray[np.int64] = field(repr=False)

    def column(self, name: str) -> Minor:
        """Return one column by name; see RESULT."""
        return self.held[:, RESULT.index(name)]

    @property
    def principal(self) -> Minor:
        """Return what is left of purchases, cash advances and opening balances."""
        return self.column("purchases") + self.column("cash")

    @property
    def posted(self) -> Minor:
        """Return all that is posted and owed, less a credit balance."""
        owing: Minor = self.held[:, :7].sum(axis=1) - self.column("credit")
        return owing

    @property
    def total(self) -> Minor:
        """Return what would settle the account: what is posted, what has accrued since, and late fees not posted yet."""
        return (
            self.posted
            + self.column("accrued")
            + self.column("accrued_compound")
            + self.column("pending_late_fee")
        )


RESULT = (
    "purchases", "cash", "interest", "compound", "late_fee", "fee", "cost", "credit", "accrued",
    "accrued_compound", "conditional", "pending_late_fee", "written_off", "charged", "oldest_due", "minimum",
)  # fmt: skip


def payment_orders(rows: Rows, packs: Packs) -> PaymentOrders:
    """Return the orders in force on the day of each row; raises NoLawInForce, PolicyLoosensLaw."""
    names = ["house/allocation/" + name for name in _CARD_ORDERS]
    changing = [
        *names,
        BOUNDARY,
        "cn/cc-2011-2/allocation/interest_first",
        "cn/cc-2011-2/allocation/principal_first",
    ]
    starts = sorted({day for name in changing for day in packs.parameter(name).starts})
    eras = np.array(starts, dtype="datetime64[D]")
    pays = np.flatnonzero(np.isin(rows.kind, (loop.PAYMENT, loop.RECOVERY)))
    counting = rows.day.copy()
    if pays.size:
        by_booking = packs.values("house/allocation/dpd_taken_on", rows.day[pays]) == "booked_on"
        counting[pays] = np.where(by_booking, rows.booked_on[pays], rows.day[pays])
    era = np.searchsorted(eras, counting[pays], side="right") - 1
    orders: list[list[int]] = []
    place = np.zeros(rows.day.size, dtype=np.int8)
    boundary = np.zeros(rows.day.size, dtype=np.int32)
    for which in np.unique(era):
        on = (eras[which] if which >= 0 else counting[pays][era == which].min()).astype(object)
        place[pays[era == which]] = len(orders)
        boundary[pays[era == which]] = packs.value(BOUNDARY, on)
        orders += [_expanded(name, on, packs) for name in _CARD_ORDERS]
    latest = eras[-1].astype(object)
    orders = orders or [_expanded(name, latest, packs) for name in _CARD_ORDERS]
    waivers = packs.value("house/pricing/waiver_order", latest)
    return PaymentOrders(
        np.array(orders, dtype=np.int64), place, place + np.int8(1), boundary, counting,
        np.array([OWED.index(name) for name in waivers], dtype=np.int64),
    )  # fmt: skip


def _expanded(name: str, on: Any, packs: Packs) -> list[int]:
    """Return a payment order by the ledger's own components."""
    inner = {
        "fees": packs.value("house/pricing/within_fees", on),
        "interest": packs.value("house/pricing/within_interest", on),
        "costs": ("cost",),
        "doubled_interest": (),
    }
    ordered = payment_order(name, on=on, packs=packs).components
    return [OWED.index(part) for component in ordered for part in inner.get(component, (component,))]


def accrue(
    rows: Rows,
    billing: Billing,
    contracts: Contracts,
    orders: PaymentOrders,
    *,
    to: Any,
    charge_from: Any = None,
) -> Accrued:
    """Return what each account owes at the end of the day `to`, shape (accounts,) or one day for all.

    Interest and late fees are posted by the ledger on statement days from `charge_from` on (default: all); the bank's
    own rows of interest and late fee from that day on are what it is checked against, and are left out here.
    """
    given, _ = _run(rows, billing, contracts, orders, to, charge_from, 0)
    return given


def accrue_traced(
    rows: Rows,
    billing: Billing,
    contracts: Contracts,
    orders: PaymentOrders,
    *,
    to: Any,
    charge_from: Any = None,
) -> tuple[Accrued, NDArray[np.int64]]:
    """Return the same for a single account with its derivation, rows as in accrual_loop; see forbear.ledger.derivation."""
    if rows.starts.size != 2:  # starts of one account
        raise ValueError(f"{rows.starts.size - 1} accounts: a derivation is of one account")
    room = 4096
    while True:
        result, trace = _run(rows, billing, contracts, orders, to, charge_from, room)
        if trace.shape[0] <= room:
            return result, trace
        room = trace.shape[0]


def _run(
    rows: Rows,
    billing: Billing,
    contracts: Contracts,
    orders: PaymentOrders,
    to: Any,
    charge_from: Any,
    room: int,
) -> tuple[Accrued, NDArray[np.int64]]:
    accounts = rows.starts.size - 1
    last = np.broadcast_to(np.asarray(to, dtype="datetime64[D]").astype(np.int64), accounts)
    begin = np.datetime64("0001-01-01", "D") if charge_from is None else charge_from
    first = np.broadcast_to(np.asarray(begin, dtype="datetime64[D]").astype(np.int64), accounts)
    _check_reach(rows, contracts, last)
    kept, columns = _charged_by_bank_left_out(rows, orders, first)
    statements = np.stack(
        [billing.statement_on.astype(np.int64), billing.due_on.astype(np.int64), billing.minimum_minor],
        axis=1,
    )
    trace = np.zeros((room, loop.TRACE_COLUMNS), dtype=np.int64)
    held = np.zeros((accounts, RESULT_COLUMNS), dtype=np.int64)
    # The loop is compiled for each kind of array it meets, read-only ones apart: all are made one kind here.
    wanted = loop.run_accounts(
        tuple(map(_own, columns)), _own(kept), _own(statements), _own(billing.starts), _own(contracts.table),
        _own(contracts.starts), _own(contracts.of), _own(last), _own(first), _own(orders.orders), _own(orders.waivers),
        trace, held,
    )  # fmt: skip
    if wanted > room > 0:
        trace = np.zeros((wanted, 1), dtype=np.int64)
    return Accrued(held), trace[:wanted]


def _own(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column in one piece that can be written, copied only where it is not."""
    return np.require(column, requirements=("C", "W"))


def _charged_by_bank_left_out(
    rows: Rows, orders: PaymentOrders, first: Index
) -> tuple[Index, tuple[Any, ...]]:
    """Return starts and columns without what the bank itself charged on days that the ledger charges."""
    charged = np.isin(rows.kind, (loop.K_INTEREST, loop.K_COMPOUND, loop.K_LATE_FEE)) & (
        rows.day.astype(np.int64) >= first[rows.account]
    )
    charged |= (rows.target != NOTHING) & charged[np.maximum(rows.target, 0)] if rows.target.size else charged
    starts, target = rows.starts, rows.target
    columns: tuple[Any, ...] = (
        rows.day.astype(np.int64), rows.kind, rows.amount_minor, rows.component, target,
        orders.dpd_on.astype(np.int64), orders.early, orders.late, orders.boundary,
    )  # fmt: skip
    if charged.any():
        keep = np.flatnonzero(~charged)
        place = np.cumsum(~charged) - 1
        starts = np.concatenate([[0], np.cumsum(~charged)])[rows.starts].astype(np.int64)
        target = np.where(target == NOTHING, NOTHING, place[np.maximum(target, 0)])
        columns = tuple(
            (target if i == 4 else column)[keep] for i, column in enumerate(columns)
        )  # place of target
    return starts, columns


def _check_reach(rows: Rows, contracts: Contracts, last: Index) -> None:
    """Raise OverflowError where 64 bits might not hold balance x rate x days of an account."""
    if not rows.amount_minor.size:
        return
    summed = np.zeros(rows.starts.size - 1, dtype=np.int64)
    np.add.at(summed, rows.account, rows.amount_minor)
    days = int(last.max()) - int(rows.day.min().astype(np.int64)) + 1
    rate = int(contracts.table[:, loop.T_PURCHASE : loop.T_FEE + 1].max(initial=0))
    if int(summed.max()) * rate * max(days, 1) > _REACH_MAX:
        raise OverflowError(
            f"account {int(summed.argmax())}: {int(summed.max())} minor units over {days} days are beyond the ledger"
        )
