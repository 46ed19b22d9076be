"""The public question of the five classes."""

from __future__ import annotations

import numpy as np
import pytest

from forbear import questions
from forbear.ledger import CLASSES
from forbear.packs import load_packs

PACKS = load_packs()


def test_the_stricter_class_is_the_answer_and_each_instrument_is_shown():
    found = questions.ask("risk_class", {"dpd": 200, "as_of": "2026-03-02"}, packs=PACKS, lang="en")

    assert found["answer"] == "loss"
    assert found["classes"] == {"cn/cc-2011-2": "loss", "cn/rc-2023": "substandard"}
    assert [reason["rule"] for reason in found["reasons"]] == ["CC11-92-CLASS", "RC23-DPD"]
    assert found["needs"] == ["restructured"]


@pytest.mark.parametrize(("lang", "word"), [("zh", "次级"), ("en", "substandard")])
def test_the_floor_of_a_restructured_debt_says_that_it_is_not_verified(lang, word):
    found = questions.ask(
        "risk_class", {"dpd": 5, "as_of": "2026-03-02", "restructured": True}, packs=PACKS, lang=lang
    )

    (floor,) = [r for r in found["reasons"] if r["rule"] == "RC23-RESTR-FLOOR"]
    assert word in floor["text"]
    assert floor["source_grade"] == "U"


def test_a_column_is_answered_like_each_row():
    dpd = np.arange(0, 400, 7)

    column = questions.ask_columns(
        "risk_class",
        {"dpd": dpd, "as_of": np.datetime64("2026-03-02"), "restructured": np.array([False])},
        packs=PACKS,
    )

    alone = questions.ask_many(
        "risk_class", [{"dpd": int(d), "as_of": "2026-03-02"} for d in dpd], packs=PACKS
    )
    assert [CLASSES[code] for code in column.stricter] == [one["answer"] for one in alone]


def test_a_batch_refuses_only_the_rows_before_the_law():
    lines = [b'{"dpd":95,"as_of":"2011-01-12"}', b'{"dpd":95,"as_of":"2011-01-13"}']

    before, first_day = questions.ask_lines("risk_class", lines, packs=PACKS)

    assert isinstance(before, questions.NoLawInForce)
    assert b'"answer":"substandard"' in first_day
