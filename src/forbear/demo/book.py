"""Make the demo bank's book for a business date: people, accounts, statements, payments, the daily overdue list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from forbear.demo import amounts, people, schedule

HERE = Path(__file__).parent
Rows = dict[str, list[Any]]


@dataclass(frozen=True)
class Shape:
    """The parameters of the book: `shape.yaml`, `calibration.yaml`, `names.yaml`, `places.yaml`."""

    book: Mapping[str, Any]
    calibration: Mapping[str, Any]
    names: Mapping[str, Any]
    places: Mapping[str, Any]


@dataclass(frozen=True)
class Book:
    """One bank's book as of a date, as plain rows by layout; `month_ago` is the overdue list of that earlier day."""

    as_of: date
    month_ago_on: date
    rows: Mapping[str, Rows]
    month_ago: Rows
    payments_before: Rows
    payments_since: Rows


def load_shape() -> Shape:
    """Read the parameter files beside this module."""
    return Shape(
        **{
            part: yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
            for part, name in (
                ("book", "shape"),
                ("calibration", "calibration"),
                ("names", "names"),
                ("places", "places"),
            )
        }
    )


def make_book(as_of: date, *, seed: int = 0, scale: float = 1.0) -> Book:
    """Make the book; same date, seed and scale give the same rows. scale 1.0 is 20,000 overdue accounts."""
    shape = load_shape()
    rng = np.random.default_rng(seed)
    persons = people.make_people(shape, rng, count=round(shape.book["people"] * scale))
    cards = people.deal_cards(
        shape, rng, persons=persons.count, cured=round(shape.book["cured_accounts"] * scale)
    )
    calendar = schedule.make_schedule(shape, rng, cards, as_of=as_of)
    money = amounts.make_amounts(shape, rng, cards, calendar)
    month_ago_on = schedule.month_before(as_of)
    payments = amounts.payment_rows(cards, calendar, money)
    return Book(
        as_of=as_of,
        month_ago_on=month_ago_on,
        rows={
            "customers": people.customer_rows(persons),
            "contact_points": people.contact_rows(shape, rng, persons, as_of=as_of),
            "accounts": people.account_rows(shape, rng, persons, cards, calendar, money),
            "statements": amounts.statement_rows(cards, calendar, money, up_to=as_of),
            "overdue_list": amounts.position_rows(shape, persons, cards, calendar, money, on=as_of),
            "handover": amounts.handover_rows(shape, rng, persons, cards, calendar, money, on=as_of),
        },
        month_ago=amounts.position_rows(shape, persons, cards, calendar, money, on=month_ago_on),
        payments_before=select(payments, [day <= month_ago_on for day in payments["booked_on"]]),
        payments_since=select(payments, [day > month_ago_on for day in payments["booked_on"]]),
    )


def select(rows: Rows, wanted: list[bool]) -> Rows:
    """Keep the rows where wanted is true."""
    return {
        name: [value for value, keep in zip(column, wanted, strict=True) if keep]
        for name, column in rows.items()
    }
