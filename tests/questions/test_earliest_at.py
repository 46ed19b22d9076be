"""Over 100,000 random fact sets: the next lawful moment is lawful, and a second before it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.may_contact import REFUSED

PACKS = load_packs(Path(__file__).parents[2])
CASES = 100_000
SECOND = np.timedelta64(1, "s")
BEIJING = np.timedelta64(8, "h")
COUNTERS = ("attempts_unanswered_today_number", "effective_calls_today_debtor")
FLAGS = ("plan_in_force", "plan_breached", "dispute_open", "complaint_open", "hardship_hold", "deceased", "time_barred",
         "party_refused", "discloses_debt", "asks_payment", "volunteered_to_pay")  # fmt: skip
HOURS = ((), (("22:00", "23:00"),), (("23:30", "00:30"),), (("06:15", "07:45"), ("21:00", "22:10")))


def random_facts() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20261125)
    hours = np.empty(CASES, dtype=object)
    hours[:] = [HOURS[i] for i in rng.integers(0, len(HOURS), CASES)]
    start = np.datetime64("2025-03-01T00:00:00", "us")
    return {
        "at": start + rng.integers(0, 600 * 86_400, CASES) * SECOND.astype("timedelta64[us]"),
        "channel": rng.integers(0, 8, CASES).astype(np.int8), "party": rng.integers(0, 7, CASES).astype(np.int8),
        "purpose": rng.integers(0, 4, CASES).astype(np.int8), "consented_hours": hours,
        "attempts_unanswered_today_number": rng.integers(0, 9, CASES),
        "effective_calls_today_debtor": rng.integers(0, 5, CASES),
        "consecutive_failed_attempts": rng.integers(0, 5, CASES), "visitors": rng.integers(1, 4, CASES),
        **{flag: (rng.random(CASES) < 0.06).astype(np.int8) for flag in FLAGS},
    }  # fmt: skip


def asked_at(facts: dict[str, np.ndarray], rows: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Ask some rows again at another moment; on a later local day the day's counters are zero."""
    day = (facts["at"][rows] + BEIJING).astype("datetime64[D]")
    later = (moment + BEIJING).astype("datetime64[D]") > day
    moved = {name: column[rows] for name, column in facts.items()} | {"at": moment}
    for name in COUNTERS:
        moved[name] = np.where(later, 0, moved[name])
    return questions.ask_columns("may_contact", moved, packs=PACKS).code


def test_the_next_lawful_moment_is_the_first_over_many_random_facts() -> None:
    facts = random_facts()
    answer = questions.ask_columns("may_contact", facts, packs=PACKS)
    lawful = answer.code != REFUSED
    assert (answer.earliest_at[lawful] == facts["at"][lawful]).all()

    rows = np.flatnonzero(~lawful & ~np.isnat(answer.earliest_at))
    assert rows.size > CASES // 10
    moment = answer.earliest_at[rows]
    assert (moment > facts["at"][rows]).all()
    assert (asked_at(facts, rows, moment) != REFUSED).all()
    before = moment - SECOND
    waited = before >= facts["at"][rows]
    assert (asked_at(facts, rows[waited], before[waited]) == REFUSED).all()
