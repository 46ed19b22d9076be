"""The public question: one case, many cases and columns give one answer."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
from tests.ledger.simulator import Payment, Statement, late

from forbear import questions
from forbear.packs import load_packs

PACKS = load_packs()
DUE = date(2026, 4, 23)


def facts(**more):
    return {"due_on": "2026-04-23", "as_of": "2026-07-22", "minimum_due": "100.00", **more}


def test_the_answer_has_the_parts_of_the_contract():
    found = questions.ask("days_past_due", facts(), packs=PACKS, lang="en")

    assert found["answer"] == {"dpd": 90, "bucket": "M3"} == {"dpd": found["dpd"], "bucket": found["bucket"]}
    assert found["as_of"] == "2026-07-22"
    assert set(found["pack_versions"]) == {"cn", "house"}
    (reason,) = found["reasons"]
    assert set(reason) == {"rule", "instrument", "article", "force", "effect", "text", "source_grade"}
    assert "2026-04-23" in reason["text"]


def test_a_column_of_days_is_answered_like_one_day_after_the_other():
    days = np.arange("2026-04-20", "2026-12-01", dtype="datetime64[D]")

    column = questions.ask_columns(
        "days_past_due",
        {"due_on": np.datetime64(DUE), "as_of": days, "minimum_due": np.array([10000])},
        packs=PACKS,
        n=days.size,
    )
    alone = [questions.ask("days_past_due", facts(as_of=str(day)), packs=PACKS) for day in days]

    assert column.dpd.tolist() == [one["dpd"] for one in alone]
    assert column.bucket.tolist() == [one["bucket"] for one in alone]


def random_case(rng):
    payments = []
    for _ in range(rng.randrange(4)):
        on = DUE + timedelta(days=rng.randrange(-20, 90))
        booked = on + timedelta(days=rng.choice([0, 0, 9]))
        payments.append(
            {
                "on": str(on),
                "amount": f"{rng.randrange(1, 120)}.{rng.randrange(100):02}",
                "booked_on": str(booked),
            }
        )
        if rng.random() < 0.3:
            payments.append({"on": str(booked), "amount": "-" + payments[-1]["amount"]})
    return facts(
        as_of=str(DUE + timedelta(days=rng.randrange(-5, 200))),
        payments=payments,
        grace_days=rng.choice([0, 3]),
        grace_amount=rng.choice(["0.00", "10.00"]),
        grace_counts_from=rng.choice(["due_on", "grace_end", None]),
    )


def test_random_cases_agree_with_a_diary_in_plain_python():
    rng = random.Random(4)
    cases = [random_case(rng) for _ in range(400)]

    answers = questions.ask_many("days_past_due", cases, packs=PACKS)

    for case, answer in zip(cases, answers, strict=True):
        payments = [
            Payment(
                int(p["amount"].replace(".", "")),
                date.fromisoformat(p["on"]),
                date.fromisoformat(p["on"]),
                date.fromisoformat(p.get("booked_on", p["on"])),
            )
            for p in case["payments"]
        ]
        want = late(
            [Statement(date(2000, 1, 1), DUE, 10000)],
            payments,
            as_of=date.fromisoformat(case["as_of"]),
            grace_days=case["grace_days"],
            grace_amount=int(case["grace_amount"].replace(".", "")),
            from_grace_end=case["grace_counts_from"] == "grace_end",
        )
        assert answer["dpd"] == want.dpd, case


def test_in_a_batch_only_the_row_without_law_is_refused():
    lines = [
        b'{"due_on":"2026-04-23","as_of":"2026-07-22","minimum_due":"100.00"}',
        b'{"due_on":"1999-04-23","as_of":"1999-07-22","minimum_due":"100.00"}',
        b'{"due_on":"2026-04-23","as_of":"2026-07-23","minimum_due":"100.00"}',
    ]

    found = questions.ask_lines("days_past_due", lines, packs=PACKS)

    assert b'"dpd":90' in found[0]
    assert isinstance(found[1], questions.NoLawInForce)
    assert b'"dpd":91' in found[2]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minimum_due": "-1.00"}, "minimum_due"),
        ({"due_on": "2026-02-30"}, "due_on"),
        ({"payments": [{"on": "2026-05-01", "amount": "1.005"}]}, "payments[0].amount"),
        ({"grace_counts_from": "statement"}, "grace_counts_from"),
    ],
)
def test_a_wrong_fact_is_refused_by_name(wrong, field):
    with pytest.raises(questions.BadFact) as raised:
        questions.ask("days_past_due", facts(**wrong), packs=PACKS)

    assert raised.value.field == field
