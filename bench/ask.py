"""How fast `may_contact` answers: alone, as columns, and 100,000 facts through the whole `forbear ask --batch`.

Run: python bench/ask.py [ROWS]. The process runs on one core. The peer is the least any answer could cost here: the
same lines decoded by `json` and encoded again, nothing decided.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forbear import questions
from forbear.packs import load_packs

ROOT = Path(__file__).resolve().parents[1]
BEIJING = timezone(timedelta(hours=8))
CHANNELS = ("voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom")
PARTIES = ("debtor",) * 8 + ("guarantor", "related_third_party", "unrelated_third_party")
FLAGS = (
    "plan_in_force",
    "plan_breached",
    "dispute_open",
    "complaint_open",
    "hardship_hold",
    "deceased",
    "time_barred",
)


def facts(rng: random.Random) -> dict[str, object]:
    """Return one case as a gate would ask it: every counter and hold known, moments over a year."""
    at = datetime(2026, 3, 1, tzinfo=BEIJING) + timedelta(seconds=rng.randrange(365 * 86_400))
    row: dict[str, object] = {
        "at": at.isoformat(), "jurisdiction": "cn", "product": "credit_card", "channel": rng.choice(CHANNELS),
        "purpose": "locate" if rng.random() < 0.1 else "collect", "party": rng.choice(PARTIES),
        "attempts_unanswered_today_number": rng.randrange(8), "effective_calls_today_debtor": rng.randrange(5),
        "consecutive_failed_attempts": rng.randrange(6), "discloses_debt": False, "recording": True,
        "agency_listed": True, "device_authorised": True, **{flag: rng.random() < 0.03 for flag in FLAGS},
    }  # fmt: skip
    if rng.random() < 0.05:
        row["consented_hours"] = [["22:00", f"{rng.randrange(10, 24)}:30" if rng.random() < 0.5 else "00:30"]]
    return row


def best(times: int, run: object) -> float:
    """Return the shortest of several runs in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()  # type: ignore[operator]
        taken.append(time.perf_counter() - start)
    return min(taken)


def columns(rows: int) -> dict[str, np.ndarray]:
    """Return columns of a nightly portfolio."""
    rng = np.random.default_rng(7)
    start = np.datetime64("2026-03-05T00:00:00", "us")
    return {
        "at": start + rng.integers(0, 86_400_000_000, rows).astype("timedelta64[us]"),
        "channel": rng.integers(0, 8, rows).astype(np.int8),
        "attempts_unanswered_today_number": rng.integers(0, 8, rows),
        "effective_calls_today_debtor": rng.integers(0, 5, rows),
        **{flag: rng.random(rows) < 0.03 for flag in FLAGS},
    }


def main() -> None:
    """Print the measurements."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"machine: {platform.machine()}, {platform.system()}, 1 core of {os.cpu_count()}; Python {platform.python_version()}, "
          f"numpy {np.__version__}, msgspec {version('msgspec')}")  # fmt: skip
    rng = random.Random(20260305)
    cases = [facts(rng) for _ in range(rows)]
    lines = [json.dumps(case).encode() for case in cases]
    packs = load_packs()

    single = best(5, lambda: [questions.ask("may_contact", case, packs=packs) for case in cases[:300]]) / 300
    print(f"one case, questions.ask:            {single * 1e3:8.3f} ms")
    peer = best(3, lambda: [json.dumps(json.loads(line)) for line in lines])
    inside = best(3, lambda: questions.ask_lines("may_contact", lines, packs=packs))
    print(
        f"{rows} lines in process:        {inside:8.3f} s   ({inside / peer:.1f} x json.loads + json.dumps alone, {peer:.3f} s)"
    )

    command = [sys.executable, "-c", "from forbear.cli import main; main()", "ask", "may_contact", "--batch"]
    text = b"\n".join(lines) + b"\n"
    start = time.perf_counter()
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    taken = time.perf_counter() - start
    answered = done.stdout.count(b"\n")
    print(
        f"{rows} lines, whole process:    {taken:8.3f} s   limit 5 s for 100,000; {answered} answers, {len(done.stdout) / 1e6:.0f} MB"
    )
    start = time.perf_counter()
    subprocess.run([*command[:-1]], input=lines[0], stdout=subprocess.PIPE, check=True, cwd=ROOT)
    print(f"one case, whole process:            {time.perf_counter() - start:8.3f} s")

    million = columns(1_000_000)
    pure = best(3, lambda: questions.ask_columns("may_contact", million, packs=packs))
    print(f"1000000 rows as columns:            {pure:8.3f} s   ({1e6 / pure / 1e6:.1f} million rows/s)")
    print(
        f"peak memory of this process:        {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB"
    )


if __name__ == "__main__":
    main()
