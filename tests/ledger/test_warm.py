"""What is compiled before the first question is what the first question needs: nobody waits for a compiler."""

from __future__ import annotations

import copy
import random
from datetime import date
from typing import Any

import numpy as np
from tests.ledger.accounts import columns_of, random_account

from forbear.ledger import accrual_loop
from forbear.ledger.accrual import accrue, accrue_traced
from forbear.ledger.warm import warm_up
from forbear.packs import load_packs


def compiled() -> dict[str, list[Any]]:
    """Return the kinds of arguments each loop is compiled for."""
    loops = {name: each for name, each in vars(accrual_loop).items() if hasattr(each, "nopython_signatures")}
    return {name: list(each.nopython_signatures) for name, each in loops.items()}


def test_after_warming_up_neither_a_screen_nor_a_night_compiles_anything() -> None:
    warm_up()
    before = compiled()
    assert any(before.values())
    rng = random.Random(7)
    accounts = [random_account(rng) for _ in range(8)]
    to = np.array([date(2026, 6, 30)] * 8, dtype="M8[D]")
    accrue(*columns_of(copy.deepcopy(accounts), load_packs()), to=to)
    accrue(*columns_of(copy.deepcopy(accounts), load_packs()), to=date(2026, 6, 30))
    accrue_traced(*columns_of(copy.deepcopy(accounts[:1]), load_packs()), to=to[:1])
    assert compiled() == before
