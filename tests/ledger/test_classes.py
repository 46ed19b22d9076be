"""Classes over columns: each row under the law of its own day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forbear.ledger import CLASSES, MEASURES_2023, NOT_IN_FORCE, ORDER_2011, classify
from forbear.packs import NoLawInForce, load_packs

PACKS = load_packs()


def test_rows_of_different_days_get_the_law_of_their_day():
    dpd = np.array([200, 200, 45])
    days = np.array(["2022-12-31", "2026-01-01", "2011-01-13"], dtype="datetime64[D]")

    found = classify(dpd, as_of=days, packs=PACKS)

    assert found.names().tolist() == ["loss", "loss", "special_mention"]
    assert found.by_instrument[MEASURES_2023].tolist() == [
        NOT_IN_FORCE,
        CLASSES.index("substandard"),
        NOT_IN_FORCE,
    ]


def test_the_rows_without_law_are_marked():
    days = np.array(["2026-01-01", "2011-01-12"], dtype="datetime64[D]")

    with pytest.raises(NoLawInForce) as raised:
        classify(np.array([5, 5]), as_of=days, packs=PACKS)

    assert raised.value.rows.tolist() == [False, True]


def test_the_stricter_is_never_milder_than_either_and_grows_with_the_days():
    dpd = np.arange(500)

    found = classify(dpd, as_of=date(2026, 1, 1), packs=PACKS)

    assert (
        found.stricter == np.maximum(found.by_instrument[ORDER_2011], found.by_instrument[MEASURES_2023])
    ).all()
    assert (np.diff(found.stricter) >= 0).all()


def test_restructuring_raises_only_while_the_2023_measures_bind_and_is_marked():
    days = np.array(["2023-06-30", "2023-07-01"], dtype="datetime64[D]")

    found = classify(np.array([0, 0]), as_of=days, packs=PACKS, restructured=np.array([True, True]))

    assert found.names().tolist() == ["normal", "substandard"]
    assert found.raised_by_restructuring.tolist() == [False, True]
    # what is not verified says so
    assert not PACKS.parameter("cn/rc-2023/restructured/floor").verified


def test_an_empty_column_has_no_class():
    assert classify(np.zeros(0, int), as_of=date(2026, 1, 1), packs=PACKS).stricter.size == 0
