"""The accrual of each account in whole numbers: events in order of value day, and between them stretches of equal days.

Compiled. One account after the other; nothing here knows a calendar, a currency or a law: `forbear.ledger.accrual`
prepares the columns and names the result. A lot is one purchase, cash advance or opening balance. Interest of a
stretch is what is left of the lot x the day's rate x days, in units of minor / SCALE, and is rounded when posted.
All of it stands in one file, long as it is: a compiled function kept on disk notices a change of its own file only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forbear.ledger.compiled import compiled
from forbear.ledger.terms import SCALE as _SCALE

SCALE = np.int64(_SCALE)
# Components of what is owed, in the order of every column of the result.
PRINCIPAL, INTEREST, COMPOUND, LATE_FEE, FEE, COST, CREDIT = 0, 1, 2, 3, 4, 5, 6
COMPONENTS_KEPT = 7
MET, ORDER = 7, 8  # of a row's log: how much of the minimums due it met, and which order it followed
LOG_COLUMNS = 9
# Kinds of rows, in the order in which those of one day count.
OPENING, PURCHASE, CASH, K_INTEREST, K_COMPOUND, K_LATE_FEE, K_FEE, K_COST = 0, 1, 2, 3, 4, 5, 6, 7
REFUND, WAIVER, WRITE_OFF, PAYMENT, RECOVERY, REVERSAL = 8, 9, 10, 11, 12, 13
UNBILLED, BILLED, REVOLVING = 0, 1, 2
# Columns of a table of terms (forbear.ledger.terms.COLUMNS).
(
    T_START, T_PURCHASE, T_CASH, T_FEE, T_METHOD, T_TAIL, T_CAPITALISE, T_GRANULARITY, T_ROUNDING, T_LATE_RATIO,
    T_LATE_FLOOR, T_GRACE_DAYS, T_GRACE_AMOUNT, T_MIN_PURCHASES, T_MIN_CASH, T_MIN_FLOOR,
) = range(16)  # fmt: skip
PER_STATEMENT, PER_PURCHASE, PER_DAY = 0, 1, 2
# Columns of a lot.
SIZE, LEFT, OPENED, IS_CASH, STATE, COHORT, ACCRUED, LOT_ENTRY = 0, 1, 2, 3, 4, 5, 6, 7
LOT_COLUMNS = 8
# Columns of a statement's minimum: its own part, what is left of it, its due day.
OWN, UNMET, DUE_ON = 0, 1, 2
# The state of one account.
(
    LOTS, FIRST_OPEN, TERM, COMPOUND_ACCRUED, FEE_ACCRUED, PENDING_FEE, WRITTEN_OFF, PAID_SINCE, STATEMENT_OWED,
    STATEMENT_MINIMUM, TEST_ON, BILLED_COUNT, LAST_STATEMENT_ON, CHARGED, TRACED,
) = range(15)  # fmt: skip
STATE_COLUMNS = 15
# Kinds of traced rows.
TR_ACCRUE, TR_COMPOUND, TR_FEE, TR_KEPT, TR_LOST, TR_POST, TR_LATE, TR_APPLY, TR_BILL, TR_BACK = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
)
TRACE_COLUMNS = 9
FAR = np.int64(2**40)


@compiled
def rounded(number: Any, mode: Any) -> Any:
    """Round a number of minor / SCALE, never negative, to minor units."""
    whole, rest = number // SCALE, number % SCALE
    if mode == 0:
        return whole + (1 if rest * 2 >= SCALE else 0)
    if mode == 1:
        up = rest * 2 > SCALE or (rest * 2 == SCALE and whole % 2 == 1)
        return whole + (1 if up else 0)
    if mode == 2:
        return whole
    return whole + (1 if rest > 0 else 0)


@compiled
def stretch(base: Any, rate: Any, days: Any, granularity: Any, mode: Any) -> Any:
    """Return the interest of equal days in minor / SCALE; by day it is rounded before it is added."""
    if granularity == PER_DAY:
        return rounded(base * rate, mode) * SCALE * days
    return base * rate * days


@compiled
def traced(
    trace: Any, s: Any, kind: Any, day: Any, days: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any
) -> Any:
    """Write one row of the derivation where there is room, and count it in any case."""
    at = s[TRACED]
    if at < trace.shape[0]:
        trace[at, 0], trace[at, 1], trace[at, 2] = kind, day, days
        trace[at, 3], trace[at, 4], trace[at, 5], trace[at, 6], trace[at, 7], trace[at, 8] = a, b, c, d, e, f
    s[TRACED] += 1


@compiled
def open_lot(lots: Any, s: Any, amount: Any, day: Any, is_cash: Any, state: Any, entry: Any) -> Any:
    """Add a lot."""
    at = s[LOTS]
    lots[at, SIZE] = lots[at, LEFT] = amount
    lots[at, OPENED], lots[at, IS_CASH], lots[at, STATE] = day, is_cash, state
    lots[at, COHORT], lots[at, ACCRUED], lots[at, LOT_ENTRY] = -1, 0, entry
    s[LOTS] += 1


@compiled
def take_principal(lots: Any, s: Any, amount: Any) -> Any:
    """Pay lots, oldest first; return what is over."""
    i = s[FIRST_OPEN]
    while amount > 0 and i < s[LOTS]:
        taken = min(amount, lots[i, LEFT])
        lots[i, LEFT] -= taken
        amount -= taken
        if lots[i, LEFT] > 0:
            break
        i += 1
    s[FIRST_OPEN] = i
    return amount


@compiled
def give_principal(lots: Any, s: Any, amount: Any, day: Any, entry: Any) -> Any:
    """Undo payments of lots, the last paid first, as if that much had never been paid."""
    i = min(s[FIRST_OPEN], s[LOTS] - 1)
    while amount > 0 and i >= 0:
        given = min(amount, lots[i, SIZE] - lots[i, LEFT])
        lots[i, LEFT] += given
        amount -= given
        if lots[i, LEFT] > 0:
            s[FIRST_OPEN] = i
        i -= 1
    if amount > 0:
        open_lot(lots, s, amount, day, 0, REVOLVING, entry)


@compiled
def refund_principal(lots: Any, s: Any, amount: Any) -> Any:
    """Take a refund off the newest purchases, as if they had been smaller; return what is over."""
    i = s[LOTS] - 1
    while amount > 0 and i >= s[FIRST_OPEN]:
        if lots[i, IS_CASH] == 0:
            taken = min(amount, lots[i, LEFT])
            lots[i, LEFT] -= taken
            lots[i, SIZE] -= taken
            amount -= taken
        i -= 1
    return amount


@compiled
def settle(owed: Any, lots: Any, s: Any, amount: Any, order: Any, log: Any) -> Any:
    """Apply an amount to components in order; what is over becomes a credit balance. `log` says where it went."""
    for place in range(order.size):
        component = order[place]
        if component == PRINCIPAL:
            rest = take_principal(lots, s, amount)
            taken = amount - rest
        else:
            taken = min(amount, owed[component])
            owed[component] -= taken
        log[component] += taken
        amount -= taken
    owed[CREDIT] += amount
    log[CREDIT] += amount


@compiled
def use_credit(owed: Any, lots: Any, s: Any, order: Any, scrap: Any) -> Any:
    """Let a credit balance pay what has just come to be owed."""
    if owed[CREDIT] > 0:
        amount = owed[CREDIT]
        owed[CREDIT] = 0
        scrap[:] = 0
        settle(owed, lots, s, amount, order, scrap)


@compiled
def meet(dues: Any, s: Any, amount: Any) -> Any:
    """Let a repayment meet the oldest minimum first; return how much of it was needed."""
    needed = np.int64(0)
    for k in range(s[BILLED_COUNT]):
        met = min(amount - needed, dues[k, UNMET])
        dues[k, UNMET] -= met
        needed += met
    return needed


@compiled
def unmeet(dues: Any, s: Any, amount: Any) -> Any:
    """Undo repayments of minimums, the last met first."""
    k = s[BILLED_COUNT] - 1
    while amount > 0 and k >= 0:
        given = min(amount, dues[k, OWN] - dues[k, UNMET])
        dues[k, UNMET] += given
        amount -= given
        k -= 1


@compiled
def oldest_due(dues: Any, s: Any, tolerance: Any) -> Any:
    """Return the due day of the oldest minimum that is not met, or FAR."""
    total = np.int64(0)
    for k in range(s[BILLED_COUNT]):
        total += dues[k, UNMET]
        if total > tolerance:
            return dues[k, DUE_ON]
    return FAR


@compiled
def lower(owed: Any, lots: Any, s: Any, component: Any, amount: Any, order: Any, log: Any) -> Any:
    """Lower one component, and let what is over of it pay the others in order."""
    if component == PRINCIPAL:
        rest = take_principal(lots, s, amount)
        taken = amount - rest
    else:
        taken = min(amount, owed[component])
        owed[component] -= taken
    log[component] += taken
    if amount > taken:
        settle(owed, lots, s, amount - taken, order, log)


@compiled
def raise_again(owed: Any, lots: Any, s: Any, log: Any, amount: Any, order: Any, day: Any, entry: Any) -> Any:
    """Undo up to an amount of what a row applied, the last applied first; return how much was undone."""
    undone = np.int64(0)
    given = min(amount, log[CREDIT])
    log[CREDIT] -= given
    undone += given
    kept = min(given, owed[CREDIT])
    owed[CREDIT] -= kept
    if given > kept:  # the credit has been used since: what it paid is owed again
        give_principal(lots, s, given - kept, day, entry)
    for place in range(order.size - 1, -1, -1):
        component = order[place]
        given = min(amount - undone, log[component])
        log[component] -= given
        undone += given
        if component == PRINCIPAL and given > 0:
            give_principal(lots, s, given, day, entry)
        elif component != PRINCIPAL:
            owed[component] += given
    return undone


@compiled
def shrink_lot(lots: Any, s: Any, target: Any, amount: Any) -> Any:
    """Make the lot of a reversed purchase smaller; return how much of that had been paid or refunded already."""
    for i in range(s[LOTS]):
        if lots[i, LOT_ENTRY] == target:
            taken = min(amount, lots[i, LEFT])
            lots[i, LEFT] -= taken
            lots[i, SIZE] = max(lots[i, SIZE] - amount, lots[i, LEFT])
            return amount - taken
    return amount


@compiled
def reverse(
    owed: Any, lots: Any, dues: Any, s: Any, row: Any, target_kind: Any, target_day: Any, logs: Any,
    orders: Any, order: Any, base: Any,
) -> Any:  # fmt: skip
    """Undo a row from the reversal's own day on."""
    amount, target, day, entry = row[0], row[1], row[2], row[3]
    log = logs[target - base]
    if target_kind >= REFUND:
        undone = raise_again(owed, lots, s, log, amount, orders[log[ORDER]], day, entry)
        if undone < amount:
            open_lot(lots, s, amount - undone, day, 0, REVOLVING, entry)
        if target_kind in (PAYMENT, RECOVERY):
            met = min(amount, log[MET])
            log[MET] -= met
            unmeet(dues, s, met)
            if target_day > s[LAST_STATEMENT_ON]:
                s[PAID_SINCE] -= amount
        return
    mine = logs[entry - base]
    if target_kind <= CASH:
        paid = shrink_lot(lots, s, target, amount)
        if paid > 0:
            settle(owed, lots, s, paid, order, mine)
    else:
        lower(owed, lots, s, target_kind - K_INTEREST + INTEREST, amount, order, mine)


@compiled
def accrue_days(
    owed: Any, lots: Any, s: Any, day: Any, days: Any, terms: Any, trace: Any, tracing: Any
) -> Any:
    """Add the interest of equal days to every lot and to what bears compound interest."""
    grain, mode = terms[T_GRANULARITY], terms[T_ROUNDING]
    for i in range(s[FIRST_OPEN], s[LOTS]):
        left = lots[i, LEFT]
        if left == 0:
            continue
        rate = terms[T_CASH] if lots[i, IS_CASH] == 1 else terms[T_PURCHASE]
        lots[i, ACCRUED] += stretch(left, rate, days, grain, mode)
        if tracing:
            traced(
                trace,
                s,
                TR_ACCRUE,
                day,
                days,
                i,
                left,
                rate,
                lots[i, STATE],
                lots[i, COHORT],
                lots[i, IS_CASH],
            )
    base = owed[INTEREST] + owed[COMPOUND]
    if terms[T_CAPITALISE] == 1 and base > 0:
        s[COMPOUND_ACCRUED] += stretch(base, terms[T_PURCHASE], days, grain, mode)
        if tracing:
            traced(trace, s, TR_COMPOUND, day, days, -1, base, terms[T_PURCHASE], 0, 0, 0)
    fees = owed[LATE_FEE] + owed[FEE]
    if terms[T_FEE] > 0 and fees > 0:
        s[FEE_ACCRUED] += stretch(fees, terms[T_FEE], days, grain, mode)
        if tracing:
            traced(trace, s, TR_FEE, day, days, -1, fees, terms[T_FEE], 0, 0, 0)


@compiled
def back_interest(
    lot: Any, i: Any, s: Any, day: Any, table: Any, first: Any, last: Any, trace: Any, tracing: Any
) -> Any:
    """Return the interest on what is left of a lot from the day it was opened, under the rates of each day."""
    total = np.int64(0)
    for t in range(first, last):
        begins = max(lot[OPENED], table[t, T_START])
        ends = min(day, table[t + 1, T_START]) if t + 1 < last else day
        if ends > begins:
            total += stretch(
                lot[LEFT], table[t, T_PURCHASE], ends - begins, table[t, T_GRANULARITY], table[t, T_ROUNDING]
            )
            if tracing and lot[LEFT] > 0:
                traced(trace, s, TR_BACK, begins, ends - begins, i, lot[LEFT], table[t, T_PURCHASE], 0, 0, 0)
    return total


@compiled
def test_payment(
    lots: Any, s: Any, day: Any, terms: Any, table: Any, first: Any, last: Any, trace: Any, tracing: Any
) -> Any:
    """On the last day on which a statement can be paid: is its interest-free period kept, is a late fee due?"""
    s[TEST_ON] = FAR
    kept = s[STATEMENT_OWED] - s[PAID_SINCE] <= terms[T_GRACE_AMOUNT]
    cohort = s[BILLED_COUNT] - 1
    for i in range(s[LOTS]):
        if lots[i, STATE] != BILLED:
            continue
        if tracing:
            traced(
                trace,
                s,
                TR_KEPT if kept else TR_LOST,
                day,
                0,
                i,
                lots[i, LEFT],
                terms[T_METHOD],
                cohort,
                0,
                0,
            )
        if kept:
            lots[i, ACCRUED] = 0
            lots[i, STATE] = UNBILLED
            lots[i, OPENED] = day
        else:
            lots[i, STATE] = REVOLVING
            if terms[T_METHOD] == 0:
                lots[i, ACCRUED] = back_interest(lots[i], i, s, day, table, first, last, trace, tracing)
    unmet = s[STATEMENT_MINIMUM] - s[PAID_SINCE]
    if unmet > terms[T_GRACE_AMOUNT]:
        fee = max(rounded(unmet * terms[T_LATE_RATIO], terms[T_ROUNDING]), terms[T_LATE_FLOOR])
        s[PENDING_FEE] += fee
        if tracing:
            traced(trace, s, TR_LATE, day, 0, unmet, terms[T_LATE_RATIO], terms[T_LATE_FLOOR], fee, 0, 0)


@compiled
def lot_interest(lots: Any, s: Any, is_cash: Any, grain: Any, mode: Any, take: Any) -> Any:
    """Return the interest of revolving lots of one kind in minor units, each line rounded once; `take` empties them."""
    exact, lines = np.int64(0), np.int64(0)
    for i in range(s[LOTS]):
        if lots[i, STATE] == REVOLVING and lots[i, IS_CASH] == is_cash:
            exact += lots[i, ACCRUED]
            lines += rounded(lots[i, ACCRUED], mode)
            if take:
                lots[i, ACCRUED] = 0
    return rounded(exact, mode) if grain == PER_STATEMENT else lines


@compiled
def principal(lots: Any, s: Any, is_cash: Any) -> Any:
    """Return what is left of the lots of one kind."""
    total = np.int64(0)
    for i in range(s[FIRST_OPEN], s[LOTS]):
        if lots[i, IS_CASH] == is_cash:
            total += lots[i, LEFT]
    return total


@compiled
def minimum_of(owed: Any, lots: Any, dues: Any, s: Any, terms: Any, given: Any) -> Any:
    """Return a statement's minimum: the bank's own, or projected from shares, fees, interest and what is past due."""
    if given != -1:
        return max(given, 0)
    purchases, cash = principal(lots, s, 0), principal(lots, s, 1)
    whole = purchases + cash
    for component in range(INTEREST, CREDIT):
        whole += owed[component]
    past_due = np.int64(0)
    for k in range(s[BILLED_COUNT]):
        past_due += dues[k, UNMET]
    asked = rounded(purchases * terms[T_MIN_PURCHASES], 0) + rounded(cash * terms[T_MIN_CASH], 0) + past_due
    for component in range(INTEREST, CREDIT):
        asked += owed[component]
    return min(max(asked, terms[T_MIN_FLOOR]), whole)


@compiled
def bill(
    owed: Any, lots: Any, dues: Any, s: Any, statement: Any, terms: Any, order: Any, scrap: Any,
    from_day: Any, trace: Any, tracing: Any,
) -> Any:  # fmt: skip
    """Post interest and late fee on a statement day, and put what is not billed yet on the statement."""
    day, due, given = statement[0], statement[1], statement[2]
    grain, mode = terms[T_GRANULARITY], terms[T_ROUNDING]
    of_purchases = lot_interest(lots, s, 0, grain, mode, True)
    of_cash = lot_interest(lots, s, 1, grain, mode, True)
    of_interest, of_fees = rounded(s[COMPOUND_ACCRUED], mode), rounded(s[FEE_ACCRUED], mode)
    if day >= from_day:
        owed[INTEREST] += of_purchases + of_cash + of_fees
        owed[COMPOUND] += of_interest
        owed[LATE_FEE] += s[PENDING_FEE]
        s[CHARGED] += of_purchases + of_cash + of_fees + of_interest + s[PENDING_FEE]
        if tracing:
            traced(
                trace, s, TR_POST, day, 0, of_purchases, of_cash, of_interest, of_fees, s[PENDING_FEE], mode
            )
    elif tracing:
        traced(trace, s, TR_POST, day, 0, -1, -1, -1, -1, -1, mode)
    s[COMPOUND_ACCRUED] = s[FEE_ACCRUED] = s[PENDING_FEE] = 0
    use_credit(owed, lots, s, order, scrap)
    asked = minimum_of(owed, lots, dues, s, terms, given)
    left = np.int64(0)
    for k in range(s[BILLED_COUNT]):
        left += dues[k, UNMET]
    forgiven = max(left - asked, 0)
    for k in range(s[BILLED_COUNT]):
        less = min(forgiven, dues[k, UNMET])
        dues[k, UNMET] -= less
        dues[k, OWN] -= less
        forgiven -= less
    at = s[BILLED_COUNT]
    dues[at, OWN] = dues[at, UNMET] = max(asked - left, 0)
    dues[at, DUE_ON] = due
    s[BILLED_COUNT] += 1
    for i in range(s[LOTS]):
        if lots[i, STATE] == UNBILLED:
            lots[i, STATE], lots[i, COHORT] = BILLED, at
    whole = principal(lots, s, 0) + principal(lots, s, 1)
    for component in range(INTEREST, CREDIT):
        whole += owed[component]
    s[STATEMENT_OWED], s[STATEMENT_MINIMUM], s[PAID_SINCE] = whole, asked, 0
    s[LAST_STATEMENT_ON] = day
    s[TEST_ON] = due + terms[T_GRACE_DAYS]
    if tracing:
        traced(trace, s, TR_BILL, day, 0, whole, asked, due, given, 0, 0)


@compiled
def raise_debt(owed: Any, lots: Any, s: Any, kind: Any, amount: Any, day: Any, entry: Any) -> Any:
    """Post a row that raises the debt."""
    if kind == OPENING:
        open_lot(lots, s, amount, day, 0, REVOLVING, entry)
    elif kind == PURCHASE:
        open_lot(lots, s, amount, day, 0, UNBILLED, entry)
    elif kind == CASH:
        open_lot(lots, s, amount, day, 1, REVOLVING, entry)
    else:
        owed[kind - K_INTEREST + INTEREST] += amount


@compiled
def trace_step(owed: Any, lots: Any, s: Any, day: Any, at: Any, trace: Any) -> Any:
    """Write what is owed after a row."""
    fees = owed[LATE_FEE] + owed[FEE] + owed[COST]
    purchases, cash = principal(lots, s, 0), principal(lots, s, 1)
    traced(trace, s, TR_APPLY, day, at, purchases, cash, owed[INTEREST], owed[COMPOUND], fees, owed[CREDIT])


@compiled
def post_rows(
    e: Any, at: Any, end: Any, day: Any, owed: Any, lots: Any, dues: Any, s: Any, logs: Any, base: Any,
    orders: Any, waiver_order: Any, tolerance: Any, scrap: Any, trace: Any, tracing: Any,
) -> Any:  # fmt: skip
    """Post the rows of one day, in order of kind; return the place of the first row of a later day."""
    days, kinds, amounts, components, targets, dpd_days, early, late, boundaries = e
    oldest = oldest_due(dues, s, tolerance)
    while at < end and days[at] == day:
        kind, amount, log = kinds[at], amounts[at], logs[at - base]
        order = orders[early[at]]
        if kind <= K_COST:
            raise_debt(owed, lots, s, kind, amount, day, at)
            use_credit(owed, lots, s, order, scrap)
        elif kind == REFUND:
            rest = refund_principal(lots, s, amount)
            log[PRINCIPAL] += amount - rest
            if rest > 0:
                settle(owed, lots, s, rest, order, log)
        elif kind == WAIVER and components[at] >= 0:
            lower(owed, lots, s, components[at], amount, waiver_order, log)
        elif kind == WAIVER:
            settle(owed, lots, s, amount, waiver_order, log)
        elif kind == WRITE_OFF:
            s[WRITTEN_OFF] += amount
        elif kind != REVERSAL:
            is_late = oldest != FAR and dpd_days[at] - oldest > boundaries[at]
            log[ORDER] = late[at] if is_late else early[at]
            settle(owed, lots, s, amount, orders[log[ORDER]], log)
            log[MET] = meet(dues, s, amount)
            s[PAID_SINCE] += amount
        elif kinds[targets[at]] == WRITE_OFF:
            s[WRITTEN_OFF] -= amount
        else:
            target = targets[at]
            row = (amount, target, day, np.int64(at))
            reverse(owed, lots, dues, s, row, kinds[target], days[target], logs, orders, order, base)
            use_credit(owed, lots, s, order, scrap)
        if tracing:
            trace_step(owed, lots, s, day, at, trace)
        at += 1
    return at


@compiled
def next_day(
    day: Any, to: Any, billed_today: Any, days: Any, at: Any, end: Any, statements: Any, k: Any, k_end: Any, s: Any,
    table: Any, t_end: Any,
) -> Any:  # fmt: skip
    """Return the first day after this one on which anything changes."""
    following = day + 1 if billed_today else to + 1
    if at < end:
        following = min(following, days[at])
    if k < k_end and statements[k, 0] > day:
        following = min(following, statements[k, 0])
    if s[TEST_ON] > day:
        following = min(following, s[TEST_ON])
    if s[TERM] + 1 < t_end:
        following = min(following, table[s[TERM] + 1, T_START])
    return following


@compiled
def one_account(
    e: Any, e_range: Any, statements: Any, s_range: Any, table: Any, t_range: Any, to: Any, from_day: Any,
    orders: Any, waiver_order: Any, scratch: Any, trace: Any, tracing: Any, result: Any,
) -> Any:  # fmt: skip
    """Run one account to the end of day `to` and write its row of the result."""
    lots, dues, logs, owed, s, scrap = scratch
    base, end = e_range
    at, k = base, s_range[0]
    owed[:] = 0
    s[:] = 0
    s[TEST_ON], s[TERM], s[LAST_STATEMENT_ON] = FAR, t_range[0], -FAR
    logs[: end - base] = 0
    default = orders[0]
    day = to + 1
    if at < end:
        day = min(day, e[0][at])
    if k < s_range[1]:
        day = min(day, statements[k, 0])
    while day <= to:
        while s[TERM] + 1 < t_range[1] and table[s[TERM] + 1, T_START] <= day:
            s[TERM] += 1
        terms = table[s[TERM]]
        if at < end and e[0][at] == day:
            at = post_rows(
                e,
                at,
                end,
                day,
                owed,
                lots,
                dues,
                s,
                logs,
                base,
                orders,
                waiver_order,
                terms[T_GRACE_AMOUNT],
                scrap,
                trace,
                tracing,
            )
        billed_today = k < s_range[1] and statements[k, 0] == day
        if s[TEST_ON] <= day or (billed_today and s[TEST_ON] != FAR):
            test_payment(lots, s, day, terms, table, t_range[0], t_range[1], trace, tracing)
        if billed_today and terms[T_TAIL] == 0:
            bill(owed, lots, dues, s, statements[k], terms, default, scrap, from_day, trace, tracing)
            k += 1
            billed_today = False
        following = next_day(
            day, to, billed_today, e[0], at, end, statements, k, s_range[1], s, table, t_range[1]
        )
        accrue_days(owed, lots, s, day, following - day, terms, trace, tracing)
        if billed_today:
            bill(owed, lots, dues, s, statements[k], terms, default, scrap, from_day, trace, tracing)
            k += 1
        day = following
    write_result(owed, lots, dues, s, table[s[TERM]], result)


@compiled
def write_result(owed: Any, lots: Any, dues: Any, s: Any, terms: Any, result: Any) -> Any:
    """Write components, what has accrued since the last posting, and what depends on a payment in time."""
    grain, mode = terms[T_GRANULARITY], terms[T_ROUNDING]
    result[0], result[1] = principal(lots, s, 0), principal(lots, s, 1)
    result[2:8] = owed[INTEREST : CREDIT + 1]
    result[8] = (
        lot_interest(lots, s, 0, grain, mode, False)
        + lot_interest(lots, s, 1, grain, mode, False)
        + rounded(s[FEE_ACCRUED], mode)
    )
    result[9] = rounded(s[COMPOUND_ACCRUED], mode)
    pending = np.int64(0)
    for i in range(s[LOTS]):
        if lots[i, STATE] != REVOLVING:
            pending += lots[i, ACCRUED]
    result[10] = rounded(pending, mode)
    result[11] = s[PENDING_FEE]
    result[12] = s[WRITTEN_OFF]
    result[13] = s[CHARGED]
    result[14] = oldest_due(dues, s, terms[T_GRACE_AMOUNT])
    result[15] = s[STATEMENT_MINIMUM]


@compiled
def run_accounts(
    e: Any, e_starts: Any, statements: Any, s_starts: Any, table: Any, t_starts: Any, t_of: Any, to: Any,
    from_day: Any, orders: Any, waiver_order: Any, trace: Any, result: Any,
) -> Any:  # fmt: skip
    """Run every account; return how many rows of derivation there were (those that found no room included)."""
    most_rows, most_statements = 1, 1
    for i in range(to.size):
        most_rows = max(most_rows, e_starts[i + 1] - e_starts[i] + 1)
        most_statements = max(most_statements, s_starts[i + 1] - s_starts[i] + 1)
    scratch = (
        np.zeros((3 * most_rows, LOT_COLUMNS), np.int64),  # a reversal may open up to three lots
        np.zeros((most_statements, 3), np.int64),
        np.zeros((most_rows, LOG_COLUMNS), np.int64),
        np.zeros(COMPONENTS_KEPT, np.int64),
        np.zeros(STATE_COLUMNS, np.int64),
        np.zeros(LOG_COLUMNS, np.int64),
    )
    tracing = trace.shape[0] > 0
    rows = 0
    for i in range(to.size):
        t = t_of[i]
        one_account(
            e, (e_starts[i], e_starts[i + 1]), statements, (s_starts[i], s_starts[i + 1]), table,
            (t_starts[t], t_starts[t + 1]), to[i], from_day[i], orders, waiver_order, scratch, trace, tracing, result[i],
        )  # fmt: skip
        rows += scratch[4][TRACED]
    return rows
