"""One account lived day by day in plain Python and Decimal: slow, obvious, and independent of the columnar ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

CENT = Decimal("0.01")
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
FEES_FREE_FROM = date(2017, 1, 1)
RANK = [
    "opening", "purchase", "cash", "interest", "compound", "late_fee", "fee", "cost", "refund", "waiver",
    "write_off", "payment", "recovery", "reversal",
]  # fmt: skip
EARLY = ["cost", "fee", "late_fee", "interest", "compound", "principal"]
LATE = ["principal", "fee", "late_fee", "interest", "compound", "cost"]
WAIVED = ["late_fee", "fee", "compound", "interest", "cost", "principal"]
PARTS = ["interest", "compound", "late_fee", "fee", "cost"]


@dataclass
class Entry:
    on: date
    kind: str
    amount: Decimal
    booked_on: date
    reverses: Entry | None = None
    component: str | None = None
    applied: list[tuple[str, Decimal]] = field(default_factory=list)
    met: Decimal = Decimal(0)


@dataclass
class Lot:
    size: Decimal
    left: Decimal
    opened_on: date
    cash: bool
    state: str  # unbilled, billed, revolving
    entry: Entry | None = None
    diary: list[tuple[date, Decimal, Decimal]] = field(default_factory=list)  # day, balance, rate


@dataclass
class Minimum:
    due_on: date
    own: Decimal
    unmet: Decimal


class Account:
    """The state of one account; `live` runs its days."""

    def __init__(self, terms, entries, statements):
        self.terms = sorted(terms, key=lambda t: t.starts_on)
        self.entries = sorted(
            cancel(entries), key=lambda e: (e.on, RANK.index(e.kind), e.amount, e.booked_on)
        )
        self.statements = {s[0]: s for s in statements}
        self.parts = dict.fromkeys(PARTS, Decimal(0))
        self.credit = Decimal(0)
        self.lots, self.minimums, self.lines = [], [], []
        self.compound_diary, self.fee_diary = [], []
        self.pending_fee = self.written_off = self.paid_since = Decimal(0)
        self.test = None  # (day, owed, minimum) of the latest statement
        self.last_statement_on = date.min

    def live(self, to):
        days = [e.on for e in self.entries] + list(self.statements)
        day = min(days, default=to)
        while day <= to:
            self.one_day(day)
            day += timedelta(days=1)
        return self

    def term(self, day):
        return [t for t in self.terms if t.starts_on <= day][-1]

    def one_day(self, day):
        term = self.term(day)
        oldest = self.oldest_due(term)
        for entry in [e for e in self.entries if e.on == day]:
            self.post(entry, oldest)
        statement = self.statements.get(day)
        if self.test and (self.test[0] <= day or statement):
            self.judge(day, term)
        if statement and not term.count_statement_day:
            self.bill(statement, term)
        self.accrue(day, term)
        if statement and term.count_statement_day:
            self.bill(statement, term)

    # What a row does

    def post(self, entry, oldest):
        kind, amount = entry.kind, entry.amount
        if kind in ("opening", "purchase", "cash"):
            state = "unbilled" if kind == "purchase" else "revolving"
            self.lots.append(Lot(amount, amount, entry.on, kind == "cash", state, entry))
            self.spend_credit()
        elif kind in PARTS:
            self.parts[kind] += amount
            self.spend_credit()
        elif kind == "refund":
            left = amount
            for lot in reversed(self.lots):
                if not lot.cash:
                    cut = min(left, lot.left)
                    lot.left, lot.size, left = lot.left - cut, lot.size - cut, left - cut
            entry.applied = [("principal", amount - left), *self.pay(left, EARLY)]
        elif kind == "waiver":
            if entry.component:
                done = self.pay_part(entry.component, amount)
                entry.applied = [(entry.component, done), *self.pay(amount - done, WAIVED)]
            else:
                entry.applied = self.pay(amount, WAIVED)
        elif kind == "write_off":
            self.written_off += amount
        elif kind in ("payment", "recovery"):
            late = oldest is not None and (entry.booked_on - oldest).days > 90
            entry.order = LATE if late else EARLY
            entry.applied = self.pay(amount, entry.order)
            entry.met = self.meet(amount)
            self.paid_since += amount
        else:
            self.undo(entry)
            self.spend_credit()

    def pay_part(self, part, amount):
        if part != "principal":
            done = min(amount, self.parts[part])
            self.parts[part] -= done
            return done
        left = amount
        for lot in self.lots:
            cut = min(left, lot.left)
            lot.left, left = lot.left - cut, left - cut
        return amount - left

    def pay(self, amount, order):
        applied = []
        for part in order:
            done = self.pay_part(part, amount)
            applied.append((part, done))
            amount -= done
        self.credit += amount
        return [*applied, ("credit", amount)]

    def spend_credit(self):
        amount, self.credit = self.credit, Decimal(0)
        if amount:
            self.pay(amount, EARLY)

    def undo(self, entry):
        origin, amount = entry.reverses, entry.amount
        if origin.kind == "write_off":
            self.written_off -= amount
        elif origin.kind in ("opening", "purchase", "cash"):
            lot = next(each for each in self.lots if each.entry is origin)
            cut = min(amount, lot.left)
            lot.left, lot.size = lot.left - cut, max(lot.size - amount, lot.left - cut)
            self.pay(amount - cut, EARLY)
        elif origin.kind in PARTS:
            done = self.pay_part(origin.kind, amount)
            self.pay(amount - done, EARLY)
        else:
            self.take_back(origin, amount, entry)

    def take_back(self, origin, amount, entry):
        order = getattr(origin, "order", EARLY)
        sums = {
            part: sum((x for p, x in origin.applied if p == part), Decimal(0))
            for part in [*PARTS, "principal", "credit"]
        }
        left = amount
        for part in ["credit", *reversed(order)]:
            back = min(left, sums[part])
            left -= back
            sums[part] -= back
            if part == "credit":
                kept = min(back, self.credit)
                self.credit -= kept
                self.owe_again(back - kept, entry)
            elif part == "principal":
                self.owe_again(back, entry)
            else:
                self.parts[part] += back
        origin.applied = list(sums.items())
        if left:
            self.lots.append(Lot(left, left, entry.on, False, "revolving"))
        if origin.kind in ("payment", "recovery"):
            met = min(amount, origin.met)
            origin.met -= met
            for minimum in reversed(self.minimums):
                back = min(met, minimum.own - minimum.unmet)
                minimum.unmet, met = minimum.unmet + back, met - back
            if origin.on > self.last_statement_on:
                self.paid_since -= amount

    def owe_again(self, amount, entry):
        for lot in reversed(self.lots):
            back = min(amount, lot.size - lot.left)
            lot.left, amount = lot.left + back, amount - back
        if amount:
            self.lots.append(Lot(amount, amount, entry.on, False, "revolving"))

    # Minimums

    def meet(self, amount):
        left = amount
        for minimum in self.minimums:
            cut = min(left, minimum.unmet)
            minimum.unmet, left = minimum.unmet - cut, left - cut
        return amount - left

    def oldest_due(self, term):
        unmet = Decimal(0)
        for minimum in self.minimums:
            unmet += minimum.unmet
            if unmet > Decimal(term.grace_minor) / 100:
                return minimum.due_on
        return None

    # The end of a day

    def judge(self, day, term):
        _, owed, minimum = self.test
        self.test = None
        tolerance = Decimal(term.grace_minor) / 100
        kept = owed - self.paid_since <= tolerance
        for lot in self.lots:
            if lot.state == "billed" and kept:
                lot.state, lot.diary, lot.opened_on = "unbilled", [], day
            elif lot.state == "billed":
                lot.state = "revolving"
                if term.method == "unpaid_part":
                    lot.diary = [(d, lot.left, rate) for d, _, rate in lot.diary]
        unmet = minimum - self.paid_since
        if unmet > tolerance:
            fee = max(
                rounded(unmet * term.late_fee_ratio, term.rounding), Decimal(term.late_fee_floor_minor) / 100
            )
            self.pending_fee += fee

    def accrue(self, day, term):
        for lot in self.lots:
            lot.diary.append((day, lot.left, term.cash_rate if lot.cash else term.purchase_rate))
        if term.capitalise:
            self.compound_diary.append(
                (day, self.parts["interest"] + self.parts["compound"], term.purchase_rate)
            )
        if term.interest_on_fees and day < FEES_FREE_FROM:
            self.fee_diary.append((day, self.parts["late_fee"] + self.parts["fee"], term.purchase_rate))

    def interest(self, diary, term):
        if term.granularity == "day":
            return sum((rounded(balance * rate, term.rounding) for _, balance, rate in diary), Decimal(0))
        return sum((balance * rate for _, balance, rate in diary), Decimal(0))

    def of_lots(self, term, cash):
        exact = [
            self.interest(lot.diary, term)
            for lot in self.lots
            if lot.state == "revolving" and lot.cash == cash
        ]
        if term.granularity == "statement":
            return rounded(sum(exact, Decimal(0)), term.rounding)
        return sum((rounded(each, term.rounding) for each in exact), Decimal(0))

    def bill(self, statement, term):
        day, due_on, minimum = statement
        amounts = (
            self.of_lots(term, False), self.of_lots(term, True),
            rounded(self.interest(self.compound_diary, term), term.rounding),
            rounded(self.interest(self.fee_diary, term), term.rounding), self.pending_fee,
        )  # fmt: skip
        self.lines.append((day, *amounts))
        self.parts["interest"] += amounts[0] + amounts[1] + amounts[3]
        self.parts["compound"] += amounts[2]
        self.parts["late_fee"] += amounts[4]
        self.pending_fee, self.compound_diary, self.fee_diary = Decimal(0), [], []
        for lot in self.lots:
            if lot.state == "revolving":
                lot.diary = []
        self.spend_credit()
        past_due = sum((m.unmet for m in self.minimums), Decimal(0))
        forgiven = max(past_due - minimum, Decimal(0))
        for each in self.minimums:
            cut = min(forgiven, each.unmet)
            each.unmet, each.own, forgiven = each.unmet - cut, each.own - cut, forgiven - cut
        own = max(minimum - past_due, Decimal(0))
        self.minimums.append(Minimum(due_on, own, own))
        for lot in self.lots:
            if lot.state == "unbilled":
                lot.state = "billed"
        self.test = (due_on + timedelta(days=term.grace_days), self.owed(), minimum)
        self.paid_since, self.last_statement_on = Decimal(0), day

    def owed(self):
        return sum((lot.left for lot in self.lots), Decimal(0)) + sum(self.parts.values(), Decimal(0))

    def balance(self):
        """Return the account's components, in whole cents."""
        found = {
            "purchases": sum((lot.left for lot in self.lots if not lot.cash), Decimal(0)),
            "cash": sum((lot.left for lot in self.lots if lot.cash), Decimal(0)),
            **self.parts,
            "credit": self.credit,
            "pending_late_fee": self.pending_fee,
            "written_off": self.written_off,
            "accrued": self.of_lots(self.terms[-1], False) + self.of_lots(self.terms[-1], True)
            + rounded(self.interest(self.fee_diary, self.terms[-1]), self.terms[-1].rounding),
            "accrued_compound": rounded(self.interest(self.compound_diary, self.terms[-1]), self.terms[-1].rounding),
        }  # fmt: skip
        return {name: int(amount * 100) for name, amount in found.items()}


def rounded(amount, mode):
    return amount.quantize(CENT, MODES[mode])


def cancel(entries):
    """Take back at once what a reversal of the same day (or earlier) undoes."""
    gone = []
    for entry in entries:
        if entry.kind == "reversal" and entry.on <= entry.reverses.on:
            entry.reverses.amount -= entry.amount
            gone.append(entry)
    return [entry for entry in entries if entry.amount and not any(entry is other for other in gone)]
