"""From facts to columns of the ledger and back to balances, lines with their formula, and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import OWED
from forbear.ledger.accrual import (
    NO_MINIMUM,
    RESULT,
    Accrued,
    Billing,
    Contracts,
    PaymentOrders,
    accrue,
    accrue_traced,
    payment_orders,
)  # fmt: skip
from forbear.ledger.derivation import Day, Derivation, Line, day_by_day, derive
from forbear.ledger.formula import exact_amount, formula, line_name
from forbear.ledger.rows import NOTHING, Rows, make_rows
from forbear.ledger.terms import NO_INTEREST_ON_FEES, ImpossibleTerms, Terms, product_terms, terms_table
from forbear.money import format_minor
from forbear.packs import NoLawInForce, Packs, gettext_noop
from forbear.questions.accrue.facts import AccrueFacts, Entry, check
from forbear.questions.columns import UNKNOWN, Columns, minor_units
from forbear.questions.envelope import envelope
from forbear.questions.facts import BadFact

TERM_OF = {  # the terms that a fact replaces; a flag or a count not given is UNKNOWN in its column
    "count_statement_day": "count_statement_day", "capitalise": "capitalise", "interest_on_fees": "interest_on_fees",
    "grace_days": "grace_days", "grace_amount": "grace_minor", "late_fee_floor": "late_fee_floor_minor",
}  # fmt: skip
CHOICES = {
    "method": ("full_amount", "unpaid_part"),
    "granularity": ("statement", "purchase", "day"),
    "rounding": ("half_up", "half_even", "down", "up"),
}
BANDS = {  # the rule that bounds a rate, the parameter with its limit, and which side is unlawful
    "PB16-RATEBAND-CAP": ("cn/pbc-2016-111/prices/rate_cap", True),
    "PB16-RATEBAND-FLOOR": ("cn/pbc-2016-111/prices/rate_floor", False),
}
FREE_RATE = "PB20-RATEFREE"
LATE_FEE_RULES = ("PB99-LATEFEE", "PB16-DEFAULT")


@dataclass(frozen=True)
class AccrueAnswer:
    """`accrued` has a row for each case; a derivation is made when a row is rendered."""

    n: int
    accrued: Accrued
    rows: Rows
    billing: Billing
    contracts: Contracts
    orders: PaymentOrders
    terms: tuple[tuple[Terms, ...], ...]  # by table of `contracts`
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one case."""
        on = self.facts["to"][i].astype(object)
        made = self.derivation(i)
        held = self.accrued.held[i]
        balance = {name: format_minor(int(minor)) for name, minor in _balance(held).items()}
        named = {
            **balance,
            "lines": [self._line(line, i, lang) for line in (*made.lines, *made.open_lines)],
            "days": [_day(day, lang) for day in day_by_day((*made.lines, *made.open_lines))] if self.facts["by_day"][i] else [],
            "statements": [
                {"on": b.on.isoformat(), "due_on": b.due_on.isoformat(), "owed": format_minor(b.owed_minor), "minimum": format_minor(b.minimum_minor)}
                for b in made.bills
            ],
        }  # fmt: skip
        return envelope(
            balance, named, list(self._reasons(i, made, lang)), on=on, packs=self.packs, needs=self._needs(i)
        )

    def derivation(self, i: int) -> Derivation:
        """Return the derivation of one case."""
        lone = _one(self.rows, self.orders, self.billing, self.contracts, i)
        result, trace = accrue_traced(*lone, to=self.facts["to"][i], charge_from=self._charge_from[i])
        return derive(trace, result.held[0])

    @cached_property
    def _charge_from(self) -> NDArray[np.datetime64]:
        return charge_from(self.facts)

    def _line(self, line: Line, i: int, lang: str) -> dict[str, Any]:
        rounding = self.terms[self.contracts.of[i]][-1].rounding
        return {
            "kind": line.kind,
            "name": line_name(line.kind, lang),
            "posted_on": line.posted_on.isoformat() if line.posted_on else None,
            "amount": format_minor(line.amount_minor),
            "formula": formula(line, lang, rounding=rounding),
        }

    def _reasons(self, i: int, made: Derivation, lang: str) -> Iterator[dict[str, Any]]:
        """Name the law that the lines rest on: the band of the rate, default charges, no interest on fees."""
        lines = (*made.lines, *made.open_lines)
        seen: set[tuple[str, str]] = set()
        for line in lines:
            for stretch in line.stretches:
                for rule, effect in self._rate_rules(stretch.rate, stretch.first, stretch.last):
                    if (rule, effect) not in seen:
                        seen.add((rule, effect))
                        yield self._reason(rule, effect, stretch, lang)
            for fee in line.late_fees:
                for rule in LATE_FEE_RULES:
                    if self.packs.rules[rule].in_force(fee.tested_on) and (rule, "note") not in seen:
                        seen.add((rule, "note"))
                        yield self.packs.reason(rule, on=fee.tested_on, lang=lang)
        free = self.packs.rules[NO_INTEREST_ON_FEES]
        on = self.facts["to"][i].astype(object)
        has_fees = bool(self.accrued.held[i, [RESULT.index("late_fee"), RESULT.index("fee")]].any())
        if has_fees and free.in_force(on):
            yield self.packs.reason(free.id, on=on, effect="note", lang=lang)

    def _rate_rules(self, rate: Decimal, first: date, last: date) -> Iterator[tuple[str, str]]:
        for rule_id, (parameter, over) in BANDS.items():
            rule = self.packs.rules[rule_id]
            if first <= (rule.until or date.max) and last >= rule.starts_on:
                limit = self.packs.value(parameter, max(first, rule.starts_on))
                yield rule_id, "refuse" if (rate > limit if over else rate < limit) else "permit"
        if self.packs.rules[FREE_RATE].in_force(last):
            yield FREE_RATE, "note"

    def _reason(self, rule: str, effect: str, stretch: Any, lang: str) -> dict[str, Any]:
        if rule == FREE_RATE:
            return self.packs.reason(rule, on=stretch.last, effect=effect, lang=lang)
        on = max(stretch.first, self.packs.rules[rule].starts_on)
        return self.packs.reason(
            rule, on=on, effect=effect, lang=lang, limit=str(self.packs.value(BANDS[rule][0], on))
        )

    def _needs(self, i: int) -> list[str]:
        statements = self.facts["statements"][i]
        if not statements:
            return ["statements"] if self.facts["entries"][i] else []
        return ["statements[].minimum"] if any(each.minimum is None for each in statements) else []


def answer(columns: Columns, *, packs: Packs, n: int) -> AccrueAnswer:
    """Accrue n accounts; raises NoLawInForce with the rows whose product or payment order was not in force."""
    rows = _rows(columns, n)
    billing = _billing(columns, n)
    contracts, terms = _contracts(columns, packs, n)
    orders = payment_orders(rows, packs)
    first = charge_from(columns)
    try:
        accrued = accrue(rows, billing, contracts, orders, to=columns["to"], charge_from=first)
    except OverflowError as error:
        raise BadFact("entries", None, f"amounts and days that the ledger can hold: {error}") from error
    return AccrueAnswer(n, accrued, rows, billing, contracts, orders, terms, columns, packs)


def charge_from(columns: Columns) -> NDArray[np.datetime64]:
    """Return the first day whose interest is computed; shape (n,)."""
    given = columns["from_"]
    return np.where(np.isnat(given), np.datetime64(date.min, "D"), given)


def _rows(columns: Columns, n: int) -> Rows:
    """Lay out the entries of n accounts; raises BadFact where rows cannot be."""
    entries: list[Entry] = [entry for held in columns["entries"] for entry in held]
    counts = np.array([len(held) for held in columns["entries"]], dtype=np.int64)
    account = np.repeat(np.arange(n), counts)
    places: dict[tuple[int, str | None], int] = {
        (int(of), e.id): at
        for at, (of, e) in enumerate(zip(account, entries, strict=True))
        if e.id is not None
    }
    made = make_rows(
        n,
        account=account,
        kind=[entry.kind for entry in entries],
        amount_minor=np.array([minor_units(entry.amount) for entry in entries], dtype=np.int64),
        value_on=np.array([entry.on for entry in entries], dtype="datetime64[D]"),
        booked_on=np.array([entry.booked_on or entry.on for entry in entries], dtype="datetime64[D]"),
        reverses=np.array(
            [places.get((int(of), e.reverses), NOTHING) for of, e in zip(account, entries, strict=True)],
            dtype=np.int64,
        ),
        component=np.array(
            [OWED.index(e.component) if e.component else NOTHING for e in entries], dtype=np.int64
        ),
    )
    for reason, accounts in made.faults.items():
        if accounts.any():
            raise BadFact("entries", reason, "entries that can be: a reversal of no more than its own entry")
    return made


def _billing(columns: Columns, n: int) -> Billing:
    statements = [each for held in columns["statements"] for each in held]
    counts = [len(held) for held in columns["statements"]]
    return Billing(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([each.on for each in statements], dtype="datetime64[D]"),
        np.array([each.due_on for each in statements], dtype="datetime64[D]"),
        np.array(
            [NO_MINIMUM if s.minimum is None else minor_units(s.minimum) for s in statements], dtype=np.int64
        ),
    )


def _contracts(columns: Columns, packs: Packs, n: int) -> tuple[Contracts, tuple[tuple[Terms, ...], ...]]:
    """Return the terms of each account; accounts with the same terms share a table."""
    tables: dict[tuple[Terms, ...], int] = {}
    of = np.zeros(n, dtype=np.int64)
    missing = np.zeros(n, dtype=bool)
    for i in range(n):
        try:
            terms = _terms(columns, packs, i)
        except NoLawInForce:
            missing[i] = True
            continue
        of[i] = tables.setdefault(terms, len(tables))
    if missing.any():
        first = columns["product"][int(np.flatnonzero(missing)[0])]
        said = gettext_noop("house/products has no product %(product)r in force on these days")
        raise NoLawInForce(said, rows=missing, product=first)
    made = [terms_table(terms, packs) for terms in tables]
    return Contracts.stacked(made, of) if made else Contracts(
        np.zeros((0, 0), np.int64), np.zeros(1, np.int64), of
    ), tuple(tables)


def _terms(columns: Columns, packs: Packs, i: int) -> tuple[Terms, ...]:
    given: dict[str, Any] = {}
    for fact, term in TERM_OF.items():
        value = int(columns[fact][i])
        if value != UNKNOWN:
            given[term] = value if fact in ("grace_days", "grace_amount", "late_fee_floor") else bool(value)
    for fact, choices in CHOICES.items():
        if columns[fact][i] != UNKNOWN:
            given[fact] = choices[columns[fact][i]]
    if columns["late_fee_ratio"][i] is not None:
        given["late_fee_ratio"] = Decimal(columns["late_fee_ratio"][i])
    of_house = [replace(each, **given) for each in product_terms(packs, str(columns["product"][i]))]
    first = min((entry.on for entry in columns["entries"][i]), default=columns["to"][i].astype(object))
    periods = columns["rate_periods"][i]
    if periods is None:
        if first < of_house[0].starts_on:
            raise NoLawInForce(gettext_noop("no terms in force on %(day)s"), day=first)
        return tuple(of_house)
    if first < min(period.from_ for period in periods):
        raise BadFact("rate_periods", first.isoformat(), "a rate for every day from the first entry on")
    return tuple(_with_rates(of_house, periods))


def _with_rates(of_house: list[Terms], periods: Any) -> Iterator[Terms]:
    """Give the house's terms the account's own rates, period by period."""
    for period in sorted(periods, key=lambda each: each.from_):
        base = [each for each in of_house if each.starts_on <= period.from_] or of_house[:1]
        rate = Decimal(period.daily_rate)
        yield replace(
            base[-1],
            starts_on=period.from_,
            purchase_rate=rate,
            cash_rate=Decimal(period.cash_daily_rate or rate),
        )


def _one(
    rows: Rows, orders: PaymentOrders, billing: Billing, contracts: Contracts, i: int
) -> tuple[Any, ...]:
    """Return one account of a batch as a batch of its own."""
    return (
        rows.take(i),
        billing.take(i),
        Contracts(contracts.table, contracts.starts, contracts.of[i : i + 1]),
        orders.take(rows, i),
    )


def _balance(held: NDArray[np.int64]) -> dict[str, int]:
    value = dict(zip(RESULT, held.tolist(), strict=True))
    one = Accrued(held.reshape(1, -1))
    return {
        "total": int(one.total[0]),
        "principal": int(one.principal[0]),
        "purchases": value["purchases"],
        "cash": value["cash"],
        "interest": value["interest"],
        "compound": value["compound"],
        "late_fee": value["late_fee"],
        "fees": value["fee"],
        "costs": value["cost"],
        "credit": value["credit"],
        "accrued_interest": value["accrued"],
        "accrued_compound": value["accrued_compound"],
        "pending_late_fee": value["pending_late_fee"],
        "conditional_interest": value["conditional"],
        "written_off": value["written_off"],
    }


def _day(day: Day, lang: str) -> dict[str, Any]:
    return {
        "on": day.on.isoformat(),
        "kind": day.kind,
        "balance": format_minor(day.base_minor),
        "rate": f"{day.rate.normalize():f}",
        "interest": exact_amount(day.exact_minor).replace(",", ""),
        "posted_on": day.posted_on.isoformat() if day.posted_on else None,
    }


__all__ = ["AccrueAnswer", "AccrueFacts", "ImpossibleTerms", "answer", "check"]
