"""Keeping records as a whole: the longest rule wins, a later deletion is never worse, a batch is its single cases."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.retention import ANSWERS, records_of

ROOT = Path(__file__).parents[2]
PACKS = load_packs()
RECORDS = records_of(PACKS)
LATER = st.none() | st.dates(date(2024, 1, 1), date(2035, 12, 31)).map(str)
ROWS = st.fixed_dictionaries(
    {
        "record": st.sampled_from(RECORDS),
        "made_on": st.dates(date(2011, 1, 13), date(2023, 12, 31)).map(str),
        "oral_plan": st.sampled_from([None, True, False]),
        "settled_on": LATER,
        "limitation_last_day": LATER,
        "litigation_hold": st.booleans(),
        "litigation_ended_on": LATER,
        "deleted_on": LATER,
    }
)


def ask(**facts):
    return questions.ask("retention", facts, packs=PACKS, lang="en")


@given(st.lists(ROWS, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    together = questions.ask_many("retention", rows, packs=PACKS)

    assert together == [questions.ask("retention", row, packs=PACKS) for row in rows]


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_the_longest_rule_decides(row):
    found = ask(**row)

    days = [rule["keep_until"] for rule in found["by_rule"]]
    assert found["open_ended"] == (None in days)
    assert found["keep_until"] == (None if None in days else max(days, default=None))


@given(ROWS, st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 3000))
@settings(max_examples=100, deadline=None)
def test_deleting_later_is_never_worse(row, day, more):
    earlier, later = (
        ANSWERS.index(ask(**row | {"deleted_on": str(d)})["deletion"])
        for d in (day, date.fromordinal(day.toordinal() + more))
    )

    assert later <= earlier


def test_the_conflict_of_two_and_five_years_is_shown_longest_first():
    found = ask(record="call_recording", made_on="2024-03-04", oral_plan=False)

    assert [r["rule"] for r in found["reasons"]][-2:] == ["CC11-68-KEEP", "PIPL-19"]
    assert {r["rule"]: r["keep_until"] for r in found["by_rule"]}["CC11-68-KEEP"] == "2026-03-04"
    assert found["keep_until"] == "2029-03-04"


def test_columns_are_answered_like_rows():
    made = np.datetime64("2012-01-01") + np.arange(0, 4000, 91)

    column = questions.ask_columns("retention", {"record": "letter", "made_on": made}, packs=PACKS)

    alone = [ask(record="letter", made_on=str(day))["keep_until"] for day in made]
    assert [None if np.isnat(day) else str(day) for day in column.keep_until] == alone


def test_a_new_kind_of_record_is_data_alone(tmp_path):
    for name in ("law", "policy"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "policy/house/retention.yaml"
    row = "- {records: [robot_log], from: made_on, years: house/retention/records_kept_years_min, rule: HOUSE-ROBOT-LOG}"
    rule = """rules:
  HOUSE-ROBOT-LOG:
    question: retention
    source: {en: invented for a test, zh: 为测试虚构}
    effect: refuse
    text: {en: "Logs of voice robots are kept {years} years.", zh: "语音机器人日志保存{years}年。"}
"""
    text = path.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.strip().startswith("- {records"))
    indent = first[: len(first) - len(first.lstrip())]
    path.write_text(
        text.replace(first, f"{indent}{row}\n{first}", 1).replace("rules:\n", rule, 1), encoding="utf-8"
    )
    packs = load_packs(tmp_path)

    found = questions.ask(
        "retention", {"record": "robot_log", "made_on": "2026-03-04"}, packs=packs, lang="en"
    )

    years = packs.value("house/retention/records_kept_years_min", date(2026, 3, 4))
    assert found["keep_until"] == f"{2026 + years}-03-04"
    assert found["by_rule"] == [{"rule": "HOUSE-ROBOT-LOG", "keep_until": found["keep_until"]}]


def test_a_record_nobody_knows_lists_those_known():
    with pytest.raises(questions.NoLawInForce, match="'shopping_list'; known: call_recording, "):
        ask(record="shopping_list", made_on="2026-03-04")
