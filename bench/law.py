"""The same seven rules of contact over many rows: our columns, a plain Python loop, and zen-engine.

Run: python -m bench.law [ROWS]. zen-engine comes with the extra `bench`, which `make bench` installs. It gets the
rules as one decision table and is asked row by row, as its Python interface allows; its sample is smaller and scaled.
All three must give the same answers on the sample before anything is timed.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from bench.machine import describe

from forbear import questions
from forbear.packs import Packs, load_packs

ROOT = Path(__file__).resolve().parents[1]
# Of the law in force on 2026-03-05: night, two daily counters, dispute, plan, number refused by nobody.
RULES = (
    "CBA26-HOURS",
    "GBT45251-HOURS",
    "CBA26-TRIES",
    "GBT45251-CALLS",
    "CC11-69-DISPUTE",
    "CC11-70-STOP",
    "HOUSE-SOFT-NORMS",
)
SAMPLE = 20_000
OFFSET = 8 * 3600
DAY = 86_400


def facts(rows: int) -> dict[str, np.ndarray]:
    """Return columns of calls to debtors over one day, every fact known."""
    rng = np.random.default_rng(7)
    start = np.datetime64("2026-03-04T16:00:00", "us")  # local midnight of 2026-03-05
    return {
        "at": start + rng.integers(0, DAY, rows) * np.timedelta64(1_000_000, "us"),
        "attempts_unanswered_today_number": rng.integers(0, 9, rows),
        "effective_calls_today_debtor": rng.integers(0, 5, rows),
        "dispute_open": rng.random(rows) < 0.05, "plan_in_force": rng.random(rows) < 0.05,
        "plan_breached": rng.random(rows) < 0.3,
    }  # fmt: skip


def ours(columns: dict[str, np.ndarray], packs: Packs) -> np.ndarray:
    """Return which rows are refused, by the question itself."""
    asked = {
        **columns,
        "channel": np.array(["voice"]),
        "purpose": np.array(["collect"]),
        "party": np.array(["debtor"]),
    }
    refused: np.ndarray = ~questions.ask_columns("may_contact", asked, packs=packs).allowed
    return refused


def rows_of(columns: dict[str, np.ndarray], count: int) -> list[dict[str, Any]]:
    """Return the first rows as plain dictionaries, with the local second of the day."""
    second = (columns["at"][:count].astype("datetime64[s]").astype(np.int64) + OFFSET) % DAY
    names = [name for name in columns if name != "at"]
    lists = [second.tolist(), *(columns[name][:count].tolist() for name in names)]
    return [dict(zip(["second", *names], row, strict=True)) for row in zip(*lists, strict=True)]


def loop(rows: list[dict[str, Any]], limits: dict[str, int]) -> list[bool]:
    """Judge row by row in plain Python, the numbers taken from the packs."""
    return [
        row["second"] >= limits["from"] or row["second"] < limits["to"]
        or row["attempts_unanswered_today_number"] >= limits["tries"]
        or row["effective_calls_today_debtor"] >= limits["calls"]
        or row["dispute_open"] or (row["plan_in_force"] and not row["plan_breached"])
        for row in rows
    ]  # fmt: skip


def loop_whole(rows: list[dict[str, Any]], limits: dict[str, int]) -> list[bool]:
    """Judge row by row with what an answer carries: rules broken, seconds to the next lawful moment, what is left."""
    answers = []
    for row in rows:
        second, tries, calls = (
            row["second"],
            row["attempts_unanswered_today_number"],
            row["effective_calls_today_debtor"],
        )
        night = second >= limits["from"] or second < limits["to"]
        spent = [
            name
            for name, over in (("tries", tries >= limits["tries"]), ("calls", calls >= limits["calls"]))
            if over
        ]
        held = [
            name
            for name, on in (
                ("dispute", row["dispute_open"]),
                ("plan", row["plan_in_force"] and not row["plan_breached"]),
            )
            if on
        ]
        broken = [*(["hours"] if night else []), *spent, *held]
        tomorrow = bool(spent) or second >= limits["from"]
        wait = None if held else limits["to"] + DAY * tomorrow - second if broken else 0
        left = (max(limits["tries"] - tries, 0), max(limits["calls"] - calls, 0))
        answers.append((bool(broken), broken, wait, left))
    return [refused for refused, *_ in answers]


def zen(rows: list[dict[str, Any]], limits: dict[str, int]) -> list[bool]:
    """Judge row by row by a decision table of zen-engine."""
    import zen as engine

    tests = [
        ("second", f">= {limits['from']}"), ("second", f"< {limits['to']}"),
        ("attempts_unanswered_today_number", f">= {limits['tries']}"),
        ("effective_calls_today_debtor", f">= {limits['calls']}"), ("dispute_open", "true"),
    ]  # fmt: skip
    fields = (
        "second",
        "attempts_unanswered_today_number",
        "effective_calls_today_debtor",
        "dispute_open",
        "plan_in_force",
        "plan_breached",
    )
    lines = [{"_id": f"r{i}", name: test, "refused": "true"} for i, (name, test) in enumerate(tests)]
    lines += [
        {"_id": "plan", "plan_in_force": "true", "plan_breached": "false", "refused": "true"},
        {"_id": "else", "refused": "false"},
    ]
    table = {
        "hitPolicy": "first", "rules": lines,
        "inputs": [{"id": name, "name": name, "field": name} for name in fields],
        "outputs": [{"id": "refused", "name": "refused", "field": "refused"}],
    }  # fmt: skip
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "position": {"x": 0, "y": 0}, "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 0, "y": 0}},
    ]  # fmt: skip
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    decision = engine.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return [decision.evaluate(row)["result"]["refused"] for row in rows]


def timed(run: Any) -> tuple[float, Any]:
    """Return seconds and the result of one run."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def main() -> None:
    """Print rows a second of each, and that all agree on the sample."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    has_zen = find_spec("zen") is not None
    print(describe("", "numpy", *(("zen-engine",) if has_zen else ())))
    packs = load_packs()
    only = {
        name: rule for name, rule in packs.rules.items() if rule.question != "may_contact" or name in RULES
    }
    packs = Packs(
        packs.instruments, packs.parameters, only, packs.readings, packs.zones, packs.digests, packs.counts
    )
    on = np.datetime64("2026-03-05").astype(object)
    guide, standard = "cn/cba-2026-guide", "cn/gbt-45251-2025"
    limits = {"from": packs.value(f"{guide}/quiet_from", on), "to": packs.value(f"{guide}/quiet_to", on),
              "tries": packs.value(f"{guide}/attempts_a_number_a_day_max", on),
              "calls": packs.value(f"{standard}/effective_calls_a_day_max", on)}  # fmt: skip
    columns = facts(rows)
    sample = rows_of(columns, min(SAMPLE, rows))
    ours({name: column[:10] for name, column in columns.items()}, packs)  # compile the law once
    took, refused = min((timed(lambda: ours(columns, packs)) for _ in range(3)), key=lambda pair: pair[0])
    print(
        f"ours, columns, rules, next moment, what is left: {rows / took:14,.0f} rows/s ({rows:,} rows in {took:.3f} s)"
    )
    for name, run in (
        ("plain Python loop, yes or no only", loop),
        ("plain Python loop, rules, next moment, what is left", loop_whole),
        *((("zen-engine, yes or no only", zen),) if has_zen else ()),
    ):
        took, found = timed(lambda run=run: run(sample, limits))
        if list(map(bool, found)) != refused[: len(sample)].tolist():
            raise SystemExit(f"{name} disagrees with ours: nothing to compare")
        print(f"{name}: {len(sample) / took:14,.0f} rows/s ({len(sample):,} rows in {took:.3f} s)")
    if not has_zen:
        print("zen-engine is not installed: it comes with the extra `bench`")


if __name__ == "__main__":
    main()
