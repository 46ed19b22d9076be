"""People who do not exist: identity numbers, phones and cards from ranges that nobody can own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from forbear.demo.amounts import Amounts
    from forbear.demo.book import Rows, Shape
    from forbear.demo.schedule import Schedule

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
ID_CHECKS = "10X98765432"
TEST_REGION = "9999"  # no administrative division begins with 99
TEST_PHONE_PREFIX = "100"  # unallocated: a mis-wired dialler rings nobody
TEST_CARD_PREFIX = "999999"  # no issuer


@dataclass(frozen=True)
class People:
    """Column by column, shape (n,) each."""

    customer_no: list[str]
    name: list[str]
    id_no: list[str]
    birth_on: list[date]
    city: list[str]
    province: list[str]
    mobile: list[str]

    @property
    def count(self) -> int:
        """Return how many people there are."""
        return len(self.customer_no)


@dataclass(frozen=True)
class Cards:
    """Accounts and who owns them; `missed` counts unpaid cycles, `cured` are paid since a month ago."""

    owner: NDArray[np.int64]
    missed: NDArray[np.int64]
    rolled_back: NDArray[np.bool_]
    cured: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Return how many accounts there are."""
        return len(self.owner)


def make_people(shape: Shape, rng: np.random.Generator, *, count: int) -> People:
    """Make `count` people with names, cities, identity numbers and mobile numbers."""
    cities = shape.places["cities"]
    weights = np.array([share for _, _, share in cities], dtype=float)
    homes = rng.choice(len(cities), size=count, p=weights / weights.sum())
    births = [date(1958, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 46 * 365, count)]
    serials = rng.integers(0, 1000, count)
    return People(
        customer_no=[f"C{number:08d}" for number in range(1, count + 1)],
        name=make_names(shape, rng, count),
        id_no=[
            identity_number(birth, n, int(serial))
            for n, (birth, serial) in enumerate(zip(births, serials, strict=True))
        ],
        birth_on=births,
        city=[cities[home][0] for home in homes],
        province=[cities[home][1] for home in homes],
        mobile=[
            f"{TEST_PHONE_PREFIX}{(number * 4_879 + 12_345) % 99_999_989:08d}" for number in range(count)
        ],
    )


def make_names(shape: Shape, rng: np.random.Generator, count: int) -> list[str]:
    """Draw surnames by frequency and one or two given characters; a few names keep an unusual form."""
    surnames = list(shape.names["surnames"])
    weights = np.array(list(shape.names["surnames"].values()), dtype=float)
    given = shape.names["given"]
    family = rng.choice(len(surnames), size=count, p=weights / weights.sum())
    first, second = rng.integers(0, len(given), (2, count))
    double = rng.random(count) < 0.72
    names = [
        surnames[f] + given[a] + (given[b] if two else "")
        for f, a, b, two in zip(family, first, second, double, strict=True)
    ]
    for place, name in zip(
        rng.choice(count, size=len(shape.names["whole"]), replace=False), shape.names["whole"], strict=True
    ):
        names[place] = name
    return names


def identity_number(birth: date, number: int, serial: int) -> str:
    """Return an 18-character identity number of the test region with a correct check character."""
    body = f"{TEST_REGION}{number % 100:02d}{birth:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True))
    return body + ID_CHECKS[total % 11]


def card_number(number: int) -> str:
    """Return a 16-digit card number of the test prefix with a correct Luhn digit."""
    body = f"{TEST_CARD_PREFIX}{number:09d}"
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(body)]
    total = sum(d - 9 if d > 9 else d for d in doubled)
    return body + str(-total % 10)


def deal_cards(shape: Shape, rng: np.random.Generator, *, persons: int, cured: int) -> Cards:
    """Give each person one to three overdue accounts, and some an account that was cured within the month."""
    wanted = {int(cards): people for cards, people in shape.book["cards_per_person"].items()}
    per_person = np.repeat(list(wanted), [round(n * persons / sum(wanted.values())) for n in wanted.values()])
    per_person = np.resize(per_person, persons)
    rng.shuffle(per_person)
    owner = np.concatenate(
        [np.repeat(np.arange(persons), per_person), rng.choice(persons, cured, replace=False)]
    )
    overdue = len(owner) - cured
    shares = {int(k): v for k, v in shape.book["missed_cycles"].items()}
    weights = np.array(list(shares.values()))
    missed = np.concatenate(
        [rng.choice(list(shares), size=overdue, p=weights / weights.sum()), np.full(cured, 2)]
    ).astype(np.int64)
    is_cured = np.arange(len(owner)) >= overdue
    rolled = (rng.random(len(owner)) < shape.book["rolled_back_share"]) & (missed >= 2) & ~is_cured
    return Cards(owner=owner, missed=missed, rolled_back=rolled, cured=is_cured)


def customer_rows(persons: People) -> Rows:
    """Return the customers file."""
    return {
        "customer_no": persons.customer_no,
        "name": persons.name,
        "id_type": ["id_card"] * persons.count,
        "id_no": persons.id_no,
        "birth_on": persons.birth_on,
        "province": persons.province,
        "city": persons.city,
    }


CONTACT_COLUMNS = (
    "customer_no", "kind", "value", "person_name", "relation", "source", "lawful_basis", "reserved", "updated_on",
    "valid", "do_not_contact",
)  # fmt: skip


def contact_rows(shape: Shape, rng: np.random.Generator, persons: People, *, as_of: date) -> Rows:
    """Return the contact-points file: own numbers, addresses, and the relatives that debtors once named."""
    draws = {name: rng.random(persons.count) < share for name, share in shape.book["contact_shares"].items()}
    relations = share_choice(rng, shape.book["relations"], persons.count)
    relatives = make_names(shape, rng, persons.count)
    updated = [as_of - timedelta(days=int(age)) for age in rng.integers(30, 1500, persons.count)]
    points: list[tuple[Any, ...]] = []
    for person in range(persons.count):
        for kind, value, valid in own_points(shape, persons, draws, person):
            points.append((person, kind, value, "", "self", "contract", True, valid))
        if draws["relative"][person]:
            number = f"{TEST_PHONE_PREFIX}9{person:07d}"
            points.append(
                (person, "mobile", number, relatives[person], str(relations[person]), "consent", False, True)
            )
    rows = [
        (
            persons.customer_no[who],
            kind,
            value,
            name,
            relation,
            "application",
            basis,
            reserved,
            updated[who],
            valid,
            False,
        )
        for who, kind, value, name, relation, basis, reserved, valid in points
    ]
    return dict(zip(CONTACT_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))


def own_points(
    shape: Shape, persons: People, draws: dict[str, NDArray[np.bool_]], person: int
) -> Iterator[tuple[str, str, bool]]:
    """Yield kind, value and validity of a person's own numbers and addresses."""
    street = shape.places["streets"][person % len(shape.places["streets"])]
    yield "mobile", persons.mobile[person], not draws["invalid_mobile"][person]
    yield "address", f"{persons.city[person]}{street}{person % 900 + 1}号", True
    if draws["work_phone"][person]:
        yield "work_phone", f"{TEST_PHONE_PREFIX}7{person:07d}", True
    if draws["home_phone"][person]:
        shares = draws["shared_home"][person] and person > 0
        yield "home_phone", f"{TEST_PHONE_PREFIX}8{person - 1 if shares else person:07d}", True
    if draws["email"][person]:
        yield "email", f"c{person:06d}@example.com", True


def account_rows(
    shape: Shape, rng: np.random.Generator, persons: People, cards: Cards, calendar: Schedule, money: Amounts
) -> Rows:
    """Return the accounts file."""
    opened = rng.integers(500, 4000, cards.count)
    first_statement = calendar.statement_on[:, 0]
    return {
        "account_no": account_numbers(cards),
        "customer_no": [persons.customer_no[owner] for owner in cards.owner],
        "org_no": [f"{org:04d}" for org in rng.integers(1, 60, cards.count)],
        "product": ["credit_card"] * cards.count,
        "currency": ["CNY"] * cards.count,
        "card_no": [card_number(number) for number in range(cards.count)],
        "card_role": ["primary"] * cards.count,
        "credit_limit_minor": money.limit.tolist(),
        "bill_day": calendar.bill_day.tolist(),
        "opened_on": [
            day.astype(object) - timedelta(days=int(back))
            for day, back in zip(first_statement, opened, strict=True)
        ],
        "block_code": ["stopped" if missed >= 3 else "" for missed in cards.missed],
    }


def account_numbers(cards: Cards) -> list[str]:
    """Return one account number per account."""
    return [f"A{number:09d}" for number in range(1, cards.count + 1)]


def share_choice(rng: np.random.Generator, shares: Mapping[Any, float], count: int) -> NDArray[Any]:
    """Draw keys of a mapping by their shares."""
    weights = np.array(list(shares.values()), dtype=float)
    return rng.choice(np.array(list(shares)), size=count, p=weights / weights.sum())


def plain(values: NDArray[Any]) -> list[Any]:
    """Return numpy dates or numbers as plain Python values."""
    listed: list[Any] = values.astype(object).tolist()
    return listed
