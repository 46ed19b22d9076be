"""Segments from policy: the first row that fits, and tables that cannot be applied are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forbear.nightly.segment import BadPolicy, first_match

COLUMNS = {
    "dpd": np.array([3, 30, 100]),
    "bucket": np.array(["M1", "M1", "M4"]),
    "total": np.array([4_999_999, 5_000_000, 100]),
    "written_off": np.array([False, False, True]),
}


def matched(*rows: dict[str, Any]) -> list[int]:
    return first_match(rows, COLUMNS).tolist()


def row(**when: Any) -> dict[str, Any]:
    return {"name": "trial", "when": when}


def test_the_first_row_that_fits_gives_the_segment() -> None:
    assert matched(row(bucket=["M4"]), row(dpd={"at_most": 4}), row()) == [1, 2, 0]


def test_a_threshold_is_met_at_its_own_value() -> None:
    # 50,000.00 is reached by 5,000,000 fen, not by 4,999,999.
    assert matched(row(total={"at_least": "50000.00"}), row()) == [1, 0, 1]


def test_a_written_off_debt_is_told_apart_by_a_mark_that_is_true() -> None:
    assert matched(row(written_off=[True]), row()) == [1, 1, 0]


def test_every_unit_must_fit_some_row() -> None:
    with pytest.raises(BadPolicy, match="match no row"):
        matched(row(bucket=["M4"]))


@pytest.mark.parametrize("when", [{"colour": ["red"]}, {"dpd": {"over": 3}}, {"dpd": 3}])
def test_a_condition_that_cannot_be_applied_is_named(when: dict[str, Any]) -> None:
    with pytest.raises(BadPolicy):
        matched({"name": "trial", "when": when}, row())
