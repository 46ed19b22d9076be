"""Charges as columns, and what a warning must not become."""

from __future__ import annotations

import numpy as np

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.charges_lawful import RESULTS

PACKS = load_packs()


def test_a_higher_rate_after_2020_is_never_more_than_a_warning():
    rates = np.array([f"0.{cents:05d}" for cents in range(0, 1000, 7)], dtype=object)
    found = questions.ask_columns(
        "charges_lawful",
        {"kind": np.array(["interest"]), "daily_rate": rates, "on": np.datetime64("2026-03-02")},
        packs=PACKS,
    )
    assert (np.diff(found.code) >= 0).all()
    assert {RESULTS[code] for code in found.code} == {"lawful", "warn"}


def test_the_two_warnings_say_that_they_are_not_verified():
    facts = {
        "kind": "total",
        "principal": "100.00",
        "total_charges": "101.00",
        "days": 30,
        "on": "2026-03-02",
    }
    found = questions.ask("charges_lawful", facts, packs=PACKS)
    grades = {reason["rule"]: reason["source_grade"] for reason in found["reasons"]}
    assert grades["SPC-24PCT-TOTAL"] == grades["CN22-CAP-PRINCIPAL"] == "U"


def test_a_batch_refuses_only_the_rows_without_law():
    lines = [
        b'{"kind":"late_fee","on":"1999-02-28"}',
        b'{"kind":"late_fee","on":"2018-01-01"}',
    ]
    before, after = questions.ask_lines("charges_lawful", lines, packs=PACKS)
    assert isinstance(before, questions.NoLawInForce)
    assert b'"answer":"unlawful"' in after
