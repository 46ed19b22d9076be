"""How long a search for plans takes a case: python -m bench.plan_options [CASES].

Cases are drawn as a desk would ask them, one to five accounts. The peer is an exhaustive search in plain Python over
every plan of a small case; both answer the same cases and must name an equally good best plan.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench.machine import describe

from forbear import questions
from forbear.packs import Packs, load_packs

ROOT = Path(__file__).resolve().parents[1]
LIMIT_MS = 50  # what the desk may wait for


def yuan(fen: int) -> str:
    """Write minor units."""
    return f"{fen // 100}.{fen % 100:02d}"


def case(rng: random.Random) -> dict[str, Any]:
    """Return one talk: what is owed, what can be paid, every condition known."""
    capacity = rng.randint(0, 500_000)
    return {
        "as_of": f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "debts": [account(rng, place) for place in range(rng.choice([1, 1, 1, 2, 3, 5]))],
        "capacity": yuan(capacity),
        "stress_capacity": yuan(capacity * 6 // 10),
        "down_payment": yuan(rng.choice([0, rng.randint(0, 300_000)])),
        "failed_promises": rng.randint(0, 3),
        "role": rng.choice(["self_service", "collector", "manager"]),
        **{name: rng.random() < 0.7 for name in ("exceeds_ability", "willing", "hardship")},
    }


def account(rng: random.Random, place: int) -> dict[str, Any]:
    """Return one card account."""
    principal = rng.randint(50_000, 8_000_000)
    return {
        "id": f"A{place}",
        "components": {
            "principal": yuan(principal),
            "interest": yuan(principal // 9),
            "late_fee": yuan(principal // 40),
        },
        "past_due": yuan(principal // 5),
        "minimum_due": yuan(principal // 10),
        "dpd": rng.choice([5, 20, 45, 75, 100, 200]),
        "already_instalment": rng.random() < 0.2,
        "daily_rate": "0.0005",
    }


def timed(facts: list[dict[str, Any]], packs: Packs) -> list[float]:
    """Return the milliseconds of each case, asked alone and rendered."""
    taken = []
    for one in facts:
        start = perf_counter()
        questions.ask("plan_options", one, packs=packs)
        taken.append((perf_counter() - start) * 1_000)
    return sorted(taken)


def beside_brute_force(packs: Packs, cases: int) -> None:
    """Print both times on the same small cases, and whether the best plans are equally good."""
    sys.path.insert(0, str(ROOT))
    from tests.questions import plan_brute
    from tests.questions import test_plan_options_exhaustive as small

    rng, ours, theirs, equal = random.Random(11), 0.0, 0.0, 0
    for _ in range(cases):
        policy, facts = small.small(packs, rng), small.case(rng)
        start = perf_counter()
        answer = questions.ask("plan_options", facts, packs=policy)
        middle = perf_counter()
        every = plan_brute.best_key(facts, policy)
        ours, theirs = ours + middle - start, theirs + perf_counter() - middle
        plans = [option["plan"] for option in answer["options"].values() if option["plan"]]
        equal += min(map(plan_brute.key_of_answer, plans), default=None) == every
    print(f"{cases} small cases: ours {ours / cases * 1e3:.1f} ms, every plan one by one {theirs / cases * 1e3:.1f} ms a case; "
          f"best plan equally good in {equal} of {cases}")  # fmt: skip


def main(cases: int) -> None:
    """Print the measurements."""
    print(describe("", "numpy", "msgspec"))
    packs, rng = load_packs(ROOT), random.Random(20261125)
    facts = [case(rng) for _ in range(cases)]
    timed(facts[:20], packs)
    taken = timed(facts, packs)
    over = sum(one > LIMIT_MS for one in taken)
    print(f"{cases} cases, 1 to 5 accounts: p50 {median(taken):.1f} ms, p99 {taken[int(cases * 0.99) - 1]:.1f} ms, most {taken[-1]:.1f} ms; "
          f"{over} over {LIMIT_MS} ms")  # fmt: skip
    beside_brute_force(packs, max(cases // 5, 20))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
