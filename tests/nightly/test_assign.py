"""Dealing cases: owners keep theirs, the rest is even by count and then by value, and the cap holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.nightly.assign import NOBODY, deal


def dealt(value: list[float], owner: list[int], collectors: list[int], cap: int = 100) -> list[int]:
    return deal(
        value=np.array(value, float), owner=np.array(owner, np.int64), collectors=np.array(collectors, np.int64),
        caseload_max=cap,
    ).tolist()  # fmt: skip


def test_a_case_stays_with_the_collector_who_has_it() -> None:
    assert dealt([5, 4, 3, 2], [2, NOBODY, 2, NOBODY], [1, 2]) == [2, 1, 2, 1]


def test_new_cases_go_to_whoever_has_fewest_then_least_value() -> None:
    # 9 to 1, 8 to 2, then 2 has less value: 7 to 2, 6 to 1. Sums 15 and 15.
    assert dealt([9, 8, 7, 6], [NOBODY] * 4, [1, 2]) == [1, 2, 2, 1]


def test_an_owner_of_another_skill_group_does_not_keep_the_case() -> None:
    assert dealt([1], [9], [1]) == [1]


def test_beyond_the_cap_nobody_gets_the_case() -> None:
    assert dealt([3, 2, 1], [NOBODY] * 3, [1], cap=2) == [1, 1, NOBODY]


def test_an_owner_over_the_cap_keeps_the_most_valuable() -> None:
    assert dealt([1, 3, 2], [1, 1, 1], [1, 2], cap=2) == [2, 1, 1]


@given(
    st.lists(st.integers(0, 10_000), max_size=60),
    st.integers(1, 6),
    st.integers(1, 20),
)
def test_counts_differ_by_one_at_most_and_nobody_exceeds_the_cap(
    value: list[int], people: int, cap: int
) -> None:
    found = dealt([float(v) for v in value], [NOBODY] * len(value), list(range(people)), cap)
    counts = [found.count(person) for person in range(people)]
    assert max(counts) - min(counts) <= 1
    assert max(counts) <= cap
    assert found.count(NOBODY) == max(0, len(value) - people * cap)


def test_without_collectors_the_queue_has_no_names() -> None:
    assert dealt([1.0], [NOBODY], []) == [NOBODY]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_the_order_of_rows_does_not_matter_for_distinct_values(order: list[int]) -> None:
    value = np.array([9.0, 8.0, 7.0, 6.0])
    straight = dealt(value.tolist(), [NOBODY] * 4, [1, 2])
    mixed = dealt(value[order].tolist(), [NOBODY] * 4, [1, 2])
    assert [straight[i] for i in order] == mixed
