"""Doubled interest as columns."""

from __future__ import annotations

import numpy as np
import pytest

from forbear import questions
from forbear.packs import load_packs

PACKS = load_packs()


def test_columns_and_single_cases_agree():
    unpaid = np.arange(1, 10_000_000, 333_333, dtype=np.int64)
    days = np.arange(unpaid.size, dtype=np.int64) * 7
    found = questions.ask_columns("enforcement_interest", {"unpaid": unpaid, "days_late": days}, packs=PACKS)
    # 0.000175 = 7 / 40000; half_up in whole numbers
    assert found.amount_minor.tolist() == [
        (int(u) * int(d) * 7 * 2 + 40_000) // 80_000 for u, d in zip(unpaid, days, strict=True)
    ]


def test_a_column_with_more_ordinary_interest_than_is_unpaid_is_refused():
    with pytest.raises(questions.BadFact) as refused:
        questions.ask_columns(
            "enforcement_interest",
            {"unpaid": np.array([100]), "days_late": np.array([1]), "ordinary_interest": np.array([101])},
            packs=PACKS,
        )
    assert refused.value.field == "ordinary_interest"
