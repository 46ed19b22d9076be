"""No better plan is missed: on small cases the best plan of the solver is the best of all plans there are."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.questions.plan_brute import PARTS, best_by_kind, best_key, key_of_answer

from forbear import questions
from forbear.packs import Packs, load_packs

ROOT = Path(__file__).parents[2]
# The space of plans is the same for every kind but these two, which the brute force tells apart by the amount paid first.
SAME_SPACE = ("pay_now", "ordinary_instalment", "personalised_instalment", "deferral", "settlement")


def small(packs: Packs, rng: random.Random) -> Packs:
    """Return a policy for amounts of a few fen: short terms, high prices, no smallest row, tight authority."""
    months = rng.randint(1, 9)
    values: dict[str, Any] = {
        "house/plans/row_min": Decimal(rng.choice(["0.01", "0.01", "0.09"])),
        "house/plans/ordinary_terms": tuple(
            {"months": term, "annual_rate": rng.choice(["0", "0.9", "2.4"])} for term in (2, 3, 5)
        ),
        "house/plans/personalised_months_max": months,
        "house/plans/personalised_annual_rate": Decimal(rng.choice(["0", "0", "1.2"])),
        "house/settlement/stages_max": rng.randint(1, 5),
        "house/authority/limits": tuple(
            {"role": role, "others": others, "kinds": kinds, "amount_max": rng.choice(["0.50", "9.00"]),
             "months_max": rng.randint(1, 9), "waiver_max": rng.choice(["0.00", "0.20", "9.00"]),
             "waiver_share_max": rng.choice(["0.1", "0.5", "1"])}
            for role, others, kinds in (
                ("collector", 0, ["promise", "part_payment", "ordinary_instalment"]),
                ("manager", 1, ["personalised_instalment", "deferral", "settlement", "promise"]),
                ("manager", 2, ["personalised_instalment", "deferral", "settlement", "ordinary_instalment"]),
            )
        ),
    }  # fmt: skip
    changed = {name: held(packs, name, value) for name, value in values.items()}
    return replace(packs, parameters={**packs.parameters, **changed}, compiled={})


def held(packs: Packs, name: str, value: Any) -> Any:
    parameter = packs.parameter(name)
    return replace(parameter, held=(value,) * len(parameter.starts))


def amount(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def case(rng: random.Random) -> dict[str, Any]:
    """Return the facts of a small case, every condition known."""
    debts = [debt(rng, name) for name in ("A", "B")[: rng.choice([1, 1, 2])]]
    capacity = rng.randint(5, 90)
    facts: dict[str, Any] = {
        "as_of": f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "debts": debts,
        "capacity": amount(capacity),
        "stress_capacity": amount(rng.randint(0, capacity)),
        "down_payment": amount(rng.choice([0, 0, rng.randint(0, 80)])),
        "payday": rng.randint(1, 31),
        "failed_promises": rng.randint(0, 3),
        "promise_approved": rng.random() < 0.3,
        "paid_since_promise": amount(rng.choice([0, rng.randint(0, 40)])),
        "role": rng.choice(["collector", "manager"]),
        **{name: rng.random() < 0.75 for name in ("exceeds_ability", "willing", "hardship")},
    }
    if rng.random() < 0.3:
        facts |= {"income_returns_on": "2027-02-10", "capacity_later": amount(rng.randint(0, 200))}
    return facts


def debt(rng: random.Random, name: str) -> dict[str, Any]:
    parts = {part: rng.choice([0, rng.randint(0, 30)]) for part in PARTS}
    parts["principal"] += 1
    total = sum(parts.values())
    return {
        "id": name,
        "components": {part: amount(fen) for part, fen in parts.items()},
        "past_due": amount(rng.choice([0, total, rng.randint(0, total)])),
        "minimum_due": amount(rng.randint(0, min(total, 25))),
        "dpd": rng.choice([0, 60, 90, 91, 200, 200]),
        "already_instalment": rng.random() < 0.3,
        "daily_rate": "0.0005",
    }


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs(ROOT)


@pytest.mark.parametrize("seed", range(8))
def test_no_better_plan_is_missed(seed: int, packs: Packs) -> None:
    rng = random.Random(seed)
    offered = 0
    for _ in range(50):
        policy, facts = small(packs, rng), case(rng)
        answer = questions.ask("plan_options", facts, packs=policy)
        plans = {kind: option["plan"] for kind, option in answer["options"].items() if option["plan"]}
        found = min((key_of_answer(plan) for plan in plans.values()), default=None)
        assert found == best_key(facts, policy), facts
        kinds = {kind: key_of_answer(plan) for kind, plan in plans.items() if kind in SAME_SPACE}
        every = {kind: key for kind, key in best_by_kind(facts, policy).items() if kind in SAME_SPACE}
        assert kinds == every, facts
        offered += bool(plans)
    assert offered >= 20, "cases without any plan prove nothing"
