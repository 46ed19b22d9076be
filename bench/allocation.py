"""Daily allocation beside OR-Tools PDLP: python -m bench.allocation [--sizes 20000 100000 1000000] [--no-pdlp].

Instances have the distribution and seed of the published workload (n accounts, 8 actions, 12 resources, seed 7), so
objectives can be compared with its table. Every case runs in a process of its own; seconds leave out making the
instance and numba's first compilation. PDLP runs on one thread at 1e-4, written with the reference script that lies
beside the shared data, and is left out where that is missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from bench.machine import describe

from forbear.planner import Floors, Problem, allocate

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = (
    Path(os.environ.get("FORBEAR_SHARED", ROOT.parent / "shared")) / "bench" / "allocation_reference.py"
)
SMS, PUSH, CALL, LETTER, VISIT, PLAN, LEGAL, AGENCY = range(8)
HUMAN = np.isin(np.arange(8), (CALL, VISIT, PLAN))
SELF_CURE = (0.62, 0.38, 0.24, 0.15, 0.09, 0.05)
BUCKET_SHARES = (0.42, 0.20, 0.13, 0.10, 0.08, 0.07)
CITY_SHARES = (0.10, 0.08, 0.07, 0.05, 0.70)
EFFECT = (
    (0.030, 0.030, 0.015, 0.008, 0.005, 0.003),
    (0.015, 0.012, 0.006, 0.003, 0.002, 0.001),
    (0.060, 0.110, 0.120, 0.090, 0.060, 0.040),
    (0.008, 0.020, 0.030, 0.030, 0.025, 0.020),
    (0.020, 0.060, 0.110, 0.140, 0.150, 0.120),
    (0.020, 0.090, 0.150, 0.170, 0.150, 0.110),
    (0.000, 0.000, 0.050, 0.110, 0.170, 0.190),
    (0.000, 0.000, 0.030, 0.080, 0.110, 0.120),
)
COST = (0.05, 0.01, 4.0, 6.0, 120.0, 10.0, 260.0, 15.0)
CAPACITY_A_HUNDRED_THOUSAND = (16000, 14000, 9000, 30000, 5000, 110, 90, 70, 50, 700, 60, 26000)


def instance(n: int, seed: int, floors: bool) -> Problem:
    """Draw one instance; the draws come in the order of the published workload, so the numbers are the same."""
    rng = np.random.default_rng(seed)
    single = np.float32
    balance = np.clip(np.exp(rng.normal(9.3, 1.0, n)), 300, 300_000).astype(single)
    bucket = rng.choice(6, n, p=BUCKET_SHARES).astype(np.int8)
    cure = np.array(SELF_CURE, single)[bucket]
    cure = np.clip(cure * rng.uniform(0.5, 1.5, n), 0.005, 0.97).astype(single)
    skill = np.select([bucket <= 0, bucket <= 2], [0, 1], 2)
    city = rng.choice(5, n, p=CITY_SHARES)
    protected = rng.random(n) < 0.25
    room, value = 1 - cure, np.empty((n, 8), single)
    for a in range(8):
        gain = (
            balance
            * single(0.55)
            * (np.array(EFFECT[a], single)[bucket] * room * rng.gamma(2.0, 0.5, n).astype(single))
        )
        kept = {PLAN: single(0.85), AGENCY: single(0.72)}.get(a)
        value[:, a] = (gain if kept is None else gain * kept) - single(COST[a])
    index, amount = np.full((n, 8, 2), -1, np.int8), np.zeros((n, 8, 2), single)

    def uses(action: int, slot: int, which: object, much: object) -> None:
        index[:, action, slot], amount[:, action, slot] = which, much

    uses(SMS, 0, 3, 1)
    uses(CALL, 0, skill, rng.gamma(4, 1.2, n))
    uses(LETTER, 0, 4, 1)
    uses(VISIT, 0, np.where(city < 4, 5 + city, -1), 1)
    uses(PLAN, 0, skill, rng.gamma(6, 1.5, n))
    uses(PLAN, 1, 9, 0.03 * balance / 1e3)
    uses(LEGAL, 0, 10, 1)
    uses(LEGAL, 1, 2, 20)
    uses(AGENCY, 0, 11, balance / 1e3)
    allowed = value > 0
    allowed[:, SMS] &= rng.random(n) > 0.15
    allowed[:, CALL] &= rng.random(n) > 0.30
    allowed[:, VISIT] &= (city < 4) & (bucket >= 2)
    allowed[:, PLAN] &= bucket >= 1
    allowed[:, LEGAL] &= (bucket >= 3) & (balance > 5000) & ~protected
    allowed[:, AGENCY] &= bucket >= 3
    allowed[rng.random(n) < 0.04] = False
    capacity = np.array(CAPACITY_A_HUNDRED_THOUSAND, np.float64) * (n / 1e5)
    asked = None
    if floors:
        able = (allowed & HUMAN).any(axis=1)
        least = [0.11 * (able & ~protected).sum(), 0.15 * (able & protected).sum()]
        asked = Floors(protected.astype(np.int16), HUMAN, np.ceil(least).astype(np.int64))
    return Problem(value, allowed, index, amount, capacity, asked)


def peak_mb() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_ours(n: int, seed: int, floors: bool) -> None:
    """Plan one instance and check the plan against the problem, apart from the planner's own counting."""
    for floored in {False, floors}:
        allocate(instance(3_000, 0, floored))  # compiles, or reads what is compiled
    problem = instance(n, seed, floors)
    before = peak_mb()
    plan = allocate(problem)
    rows = np.flatnonzero(plan.action >= 0)
    chosen = plan.action[rows]
    illegal = int((~problem.allowed[rows, chosen]).sum())
    use = np.zeros(problem.m + 1)
    np.add.at(use, problem.resource[rows, chosen].ravel(), problem.amount[rows, chosen].ravel().astype(float))
    over = int((use[:-1] > problem.capacity * (1 + 1e-12)).sum())
    print(
        f"| forbear, {plan.method}{', floors' if floors else ''} | {n:,} | {seed} | {plan.objective:,.2f} | {plan.bound:,.2f} "
        f"| {plan.gap:.1e} | {plan.seconds:.2f} | {peak_mb():,.0f} ({before:,.0f}) "
        f"| {illegal} illegal, {over} over, floors {'met' if plan.feasible else 'missed'} |",
        flush=True,
    )


def run_pdlp(n: int, seed: int) -> None:
    """Solve the relaxation with OR-Tools PDLP at 1e-4 on one thread; it gives fractions, not a plan."""
    spec = importlib.util.spec_from_file_location("allocation_reference", REFERENCE)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(REFERENCE)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    given = reference.make_instance(n, seed)
    before, began = peak_mb(), perf_counter()
    found = reference.solve_pdlp(given, 300, 1e-4)[0]
    print(
        f"| OR-Tools PDLP 1e-4 (relaxation) | {n:,} | {seed} | {found['lp']:,.2f} | none valid | | {found['solve_s']:.2f} "
        f"(with model {perf_counter() - began:.2f}) | {peak_mb():,.0f} ({before:,.0f}) | fractions |",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Run every case in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000, 100_000, 1_000_000])
    parser.add_argument("--no-pdlp", action="store_true")
    parser.add_argument("--case", nargs=4, metavar=("SOLVER", "N", "SEED", "FLOORS"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.case:
        solver, n, seed, floors = asked.case
        run_pdlp(int(n), int(seed)) if solver == "pdlp" else run_ours(int(n), int(seed), floors == "1")
        return 0
    print(describe("", "numpy", "numba", "scipy", "highspy", "ortools"))
    print(
        "\n| solver | n | seed | objective | bound | gap | seconds | peak MB (before) | checked |\n|---|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    cases = [("ours", n, 7, floors) for n in asked.sizes for floors in (0, 1)]
    if not asked.no_pdlp and REFERENCE.exists():
        cases.append(("pdlp", 100_000, 7, 0))
    elif not asked.no_pdlp:
        print(f"PDLP left out: {REFERENCE} is missing")
    failed = 0
    for case in cases:
        command = [sys.executable, "-m", "bench.allocation", "--case", *map(str, case)]
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
