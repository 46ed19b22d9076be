"""Ways to court as columns: a higher claim never opens a narrower way."""

from __future__ import annotations

import numpy as np

from forbear import questions
from forbear.packs import load_packs
from forbear.questions.procedure_route import SMALL

PACKS = load_packs()
ON = np.datetime64("2026-03-02")


def test_each_claim_of_a_column_is_judged_against_the_wage_of_its_own_row():
    wage = np.array([100_00, 100_00, 100_00, 100_00, 200_00], dtype=np.int64)
    claim = np.array([50_00, 50_01, 200_00, 200_01, 100_00], dtype=np.int64)
    found = questions.ask_columns(
        "procedure_route", {"claim": claim, "province_average_wage": wage, "as_of": ON}, packs=PACKS
    )
    assert [SMALL[code] for code in found.small_claims] == [
        "mandatory", "by_agreement", "by_agreement", "unavailable", "mandatory",
    ]  # fmt: skip


def test_a_higher_claim_never_moves_back_to_a_lower_tier():
    claim = np.arange(0, 300_00, 7, dtype=np.int64)
    found = questions.ask_columns(
        "procedure_route",
        {"claim": claim, "province_average_wage": np.array([99_99]), "as_of": ON},
        packs=PACKS,
    )
    assert (np.diff(found.small_claims) >= 0).all()


def test_a_route_that_is_barred_does_not_ask_for_what_could_not_reopen_it():
    found = questions.ask("procedure_route", {"claim": "10.00", "debtor_missing": True}, packs=PACKS)
    assert found["needs"] == ["as_of"]
