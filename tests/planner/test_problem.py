"""A problem that can't be planned is refused with the field and the place."""

from __future__ import annotations

import numpy as np
import pytest

from forbear.planner import BadProblem, Floors, Problem

GOOD = {
    "value": np.ones((3, 2)),
    "allowed": np.ones((3, 2), bool),
    "resource": np.zeros((3, 2), np.int8),
    "amount": np.ones((3, 2), np.float32),
    "capacity": np.ones(1),
}


def at(array, index, value):
    changed = np.array(array, dtype=float)
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"value": at(GOOD["value"], (1, 0), np.nan)}, r"value\[1, 0\]: nan"),
        ({"value": at(GOOD["value"], (2, 1), np.inf)}, r"value\[2, 1\]: inf"),
        ({"value": np.ones(3)}, r"value: expected shape \(n, k\)"),
        ({"value": np.array([["a", "b"]] * 3)}, "value: expected numbers"),
        ({"value": np.ones((3, 200)), "allowed": np.ones((3, 200), bool)}, "at most 127 actions"),
        ({"allowed": np.ones((3, 2), int)}, "allowed: expected bool"),
        ({"allowed": np.ones((2, 2), bool)}, "allowed: expected shape"),
        ({"resource": np.ones((3, 2), np.int8)}, "resource: expected -1..0"),
        ({"resource": np.zeros((3, 1), np.int8), "amount": np.ones((3, 1))}, "resource: expected shape"),
        ({"amount": np.ones((3, 1))}, "amount: expected shape"),
        ({"amount": at(GOOD["amount"], (0, 0), -1)}, "amount: expected finite numbers of at least 0"),
        ({"amount": at(GOOD["amount"], (0, 0), np.nan)}, "amount: expected finite"),
        ({"capacity": np.array([-1.0])}, r"capacity\[0\]: .* got -1.0"),
        ({"capacity": np.array([np.nan])}, r"capacity\[0\]: .* got nan"),
        ({"capacity": np.ones((1, 1))}, "capacity: expected shape"),
    ],
)
def test_a_bad_array_is_named_with_what_is_wrong(change, says):
    with pytest.raises(BadProblem, match=says):
        Problem(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("floors", "says"),
    [
        (Floors(np.zeros(2, int), np.ones(2, bool), np.ones(1, int)), "floors.group"),
        (Floors(np.zeros(3), np.ones(2, bool), np.ones(1, int)), "floors.group"),
        (Floors(np.full(3, 1), np.ones(2, bool), np.ones(1, int)), "floors.group: expected -1..0"),
        (Floors(np.zeros(3, int), np.ones(2, int), np.ones(1, int)), "floors.human"),
        (Floors(np.zeros(3, int), np.ones(2, bool), np.array([-1])), "floors.least"),
    ],
)
def test_a_bad_floor_is_named(floors, says):
    with pytest.raises(BadProblem, match=says):
        Problem(**GOOD, floors=floors)


def test_a_value_that_is_not_a_number_is_no_harm_where_the_pair_is_illegal():
    allowed = GOOD["allowed"].copy()
    allowed[1, 0] = False
    problem = Problem(**{**GOOD, "allowed": allowed, "value": at(GOOD["value"], (1, 0), np.nan)})
    assert problem.n == 3
