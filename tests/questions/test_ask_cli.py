"""`forbear ask` speaks JSON on both ends and tells by its exit status whether every fact was good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from forbear.cli import main

ROOT = Path(__file__).parents[2]
CALL = {"at": "2026-03-05T22:30:00+08:00", "channel": "voice"}


def run(*arguments: str, text: str = ""):
    return CliRunner().invoke(main, ["ask", *arguments], input=text)


def test_one_case_is_answered() -> None:
    done = run("may_contact", text=json.dumps(CALL))
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["answer"], answer["earliest_at"]) == (
        0,
        "refused",
        "2026-03-06T08:00:00+08:00",
    )


def test_reasons_come_in_english_on_request() -> None:
    done = run("may_contact", "--lang", "en", text=json.dumps(CALL))
    assert "between 22:00 and 08:00" in json.loads(done.stdout)["reasons"][0]["text"]


def test_a_bad_fact_exits_2_naming_field_value_and_expectation() -> None:
    done = run("may_contact", text=json.dumps({**CALL, "visitors": -1}))
    error = json.loads(done.stderr)
    assert (done.exit_code, done.stdout) == (2, "")
    assert error == {"error": "BadFact", "field": "visitors", "value": -1, "expected": "Expected `int` >= 0"}


def test_a_missing_law_is_named_never_defaulted() -> None:
    done = run("may_contact", text=json.dumps({**CALL, "at": "2005-10-01T10:00:00+08:00"}))
    assert done.exit_code == 2
    assert json.loads(done.stderr)["error"] == "NoLawInForce"


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "没有有效的 cn 法律"), ("en", "no law of cn in force"), (None, "没有有效的 cn 法律")],
)
@pytest.mark.parametrize("batch", [False, True])
def test_a_missing_law_is_told_in_the_language_asked_for(lang: str | None, said: str, batch: bool) -> None:
    options = (["--lang", lang] if lang else []) + (["--batch"] if batch else [])
    facts = json.dumps({**CALL, "at": "2005-10-01T10:00:00+08:00"})
    done = run("may_contact", *options, text=facts)
    assert done.exit_code == 2
    assert said in json.loads(done.stdout if batch else done.stderr)["message"]


def test_an_unknown_question_lists_the_known_ones() -> None:
    done = run("may_i", text="{}")
    assert done.exit_code == 2
    assert "may_contact" in done.stderr


def test_a_batch_answers_line_by_line_in_order() -> None:
    lines = [
        {**CALL, "attempts_unanswered_today_number": i, "at": "2026-03-05T10:00:00+08:00"} for i in range(8)
    ]
    done = run("may_contact", "--batch", text="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line)["answer"] for line in done.stdout.splitlines()]
    assert (done.exit_code, answers) == (0, ["allowed"] * 6 + ["refused"] * 2)


def test_a_bad_line_gets_an_error_object_in_its_place_and_exit_status_2() -> None:
    done = run("may_contact", "--batch", text=f"{json.dumps(CALL)}\nnonsense\n\n{json.dumps(CALL)}\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [line.get("error", line.get("answer")) for line in lines] == [
        "refused",
        "BadFact",
        "BadFact",
        "refused",
    ]


def test_a_batch_larger_than_a_chunk_keeps_its_order(monkeypatch) -> None:
    monkeypatch.setattr("forbear.cli.CHUNK_ROWS", 7)
    lines = [{**CALL, "at": f"2026-03-05T{hour:02d}:00:00+08:00"} for hour in range(24)] * 3
    done = run("may_contact", "--batch", text="\n".join(map(json.dumps, lines)) + "\n")
    found = [json.loads(line)["as_of"] for line in done.stdout.splitlines()]
    assert found == [line["at"] for line in lines]


def test_an_empty_batch_has_no_answers() -> None:
    done = run("may_contact", "--batch", text="")
    assert (done.exit_code, done.stdout) == (0, "")


def test_the_list_shows_every_question_with_its_schema() -> None:
    listed = {entry["question"]: entry["facts"] for entry in json.loads(run("--list").stdout)}
    assert "may_contact" in listed
    facts = listed["may_contact"]["$defs"]["MayContactFacts"]["properties"]
    named = [
        "at",
        "jurisdiction",
        "product",
        "channel",
        "purpose",
        "party",
        "consented_hours",
        "timezone",
        "attempts_unanswered_today_number",
        "effective_calls_today_debtor",
        "consecutive_failed_attempts",
        "party_refused",
        "discloses_debt",
        "asks_payment",
        "volunteered_to_pay",
        "plan_in_force",
        "plan_breached",
        "dispute_open",
        "complaint_open",
        "hardship_hold",
        "deceased",
        "time_barred",
        "visitors",
        "badges_shown",
        "entry_consent",
        "recording",
        "agency_listed",
        "device_authorised",
    ]
    assert set(named) <= set(facts)


def test_asking_loads_neither_the_web_nor_the_night() -> None:
    heavy = ["django", "pyarrow", "numba", "ibis", "duckdb", "pandas", "sklearn", "holidays"]
    code = (
        "import sys; from forbear.cli import main\n"
        "try: main(['ask', 'may_contact'])\n"
        f"finally: print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(CALL), capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=True,
    )  # fmt: skip
    assert done.stderr.strip() == "[]"
