"""The way of a matter: the dossier's branches as dated diaries, refusals with every reason, no term missed in a year."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import yaml
from tests.litigation.year import GIVEN, simulate

from forbear.litigation import Matter, Refusal, due_terms, limitation_level, machine
from forbear.litigation.machine import MOVES, STATES, MoveRefused
from forbear.packs import PackError, load_packs

PACKS = load_packs()
DAY = date(2026, 3, 2)
MACHINE = machine(PACKS, DAY)


def diary(*lines: tuple[str, str] | tuple[str, str, dict], facts: dict | None = None) -> Matter:
    """Make the moves on their days; each line is a day, a move, and what it brings besides the usual papers."""
    matter = MACHINE.open(date.fromisoformat(lines[0][0]), facts)
    for day, move, *brought in lines:
        on = date.fromisoformat(day)
        usual = {"balance_on": on, **GIVEN}
        matter = MACHINE.make(matter, move, on, {**usual, **(brought[0] if brought else {})})
    return matter


READY = (("2026-01-05", "gather"), ("2026-01-12", "approve"))
ORDER = (
    *READY,
    ("2026-02-02", "apply_payment_order"),
    ("2026-02-05", "po_accept"),
    ("2026-02-10", "po_issue"),
)


def last_days(matter: Matter) -> dict[str, str]:
    return {term.kind: term.last_day.isoformat() for term in matter.running()}


def test_a_payment_order_runs_from_application_to_objection_with_each_term_counted():
    applied = diary(*READY, ("2026-02-02", "apply_payment_order"))
    assert last_days(applied) == {"payment_order_accept": "2026-02-09"}  # the 7th is a Saturday
    served = diary(*ORDER, ("2026-03-02", "po_serve"))
    assert last_days(served) == {"payment_order_objection": "2026-03-17"}


def test_an_objection_on_day_15_kills_the_order_and_on_day_16_does_not():
    served = diary(*ORDER, ("2026-03-02", "po_serve"))
    objected = MACHINE.make(served, "object", date(2026, 3, 17), {"objection_valid": True})
    assert objected.state == "objected"
    assert [t.kind for t in objected.running()] == ["payment_order_suit_refusal"]
    late = MACHINE.refusals(served, "object", date(2026, 3, 18), {"objection_valid": True})
    assert late == [Refusal("too_late", "payment_order_objection", date(2026, 3, 17))]


def test_an_order_stands_only_when_the_term_to_object_has_passed():
    served = diary(*ORDER, ("2026-03-02", "po_serve"))
    early = MACHINE.refusals(served, "po_effective", date(2026, 3, 17), {})
    assert early == [Refusal("too_early", "payment_order_objection", date(2026, 3, 17))]
    assert MACHINE.make(served, "po_effective", date(2026, 3, 18)).state == "effective"


def test_that_one_cannot_pay_is_no_objection():
    served = diary(*ORDER, ("2026-03-02", "po_serve"))

    assert Refusal("missing", "objection_valid") in MACHINE.refusals(served, "object", date(2026, 3, 10), {})


SUIT = (*READY, ("2026-02-02", "hand_in"), ("2026-02-06", "file"), ("2026-02-10", "pay_fee"), ("2026-03-02", "serve"),
        ("2026-03-03", "set_hearing", {"hearing_on": date(2026, 4, 1)}))  # fmt: skip


def test_a_suit_runs_to_judgment_effect_performance_and_two_years_to_enforce():
    judged = diary(*SUIT, ("2026-04-01", "decide"))
    assert last_days(judged) == {"appeal_judgment": "2026-04-16"}
    stands = MACHINE.make(judged, "stands", date(2026, 4, 17))
    owed = MACHINE.make(stands, "set_performance", date(2026, 4, 17), {"perform_by": date(2026, 4, 27)})
    assert last_days(owed) == {"enforcement_application": "2028-04-27"}
    papers = {"documents": True}
    assert MACHINE.refusals(owed, "apply_enforcement", date(2026, 4, 27), papers) == [
        Refusal("too_early", "perform_by", date(2026, 4, 27))
    ]
    assert MACHINE.refusals(owed, "apply_enforcement", date(2028, 4, 28), papers) == [
        Refusal("too_late", "enforcement_application", date(2028, 4, 27))
    ]
    assert MACHINE.make(owed, "apply_enforcement", date(2028, 4, 27), papers).running() == ()


def test_small_claims_end_at_first_instance():
    judged = diary(*SUIT, ("2026-04-01", "decide"), facts={"small_claims": True})
    assert judged.running() == ()
    assert MACHINE.make(judged, "stands", date(2026, 4, 1)).state == "effective"
    assert Refusal("no_term", "appeal_judgment") in MACHINE.refusals(
        judged, "debtor_appeals", date(2026, 4, 2), {}
    )


def test_a_closed_round_of_enforcement_sleeps_and_wakes_without_a_time_limit():
    dormant = diary(
        *SUIT, ("2026-04-01", "decide"), ("2026-04-17", "stands"),
        ("2026-04-17", "set_performance", {"perform_by": date(2026, 4, 27)}), ("2026-05-06", "apply_enforcement"),
        ("2026-05-11", "begin_enforcement"), ("2026-09-01", "suspend"),
    )  # fmt: skip
    assert not MACHINE.states[dormant.state].ended
    assert MACHINE.refusals(dormant, "revive", date(2039, 1, 1), {}) == [Refusal("missing", "asset_lead")]
    assert MACHINE.make(dormant, "revive", date(2039, 1, 1), {"asset_lead": "flat"}).state == "enforcing"


def test_nobody_is_filed_without_the_courts_number():
    handed_in = diary(*READY, ("2026-02-02", "hand_in"))

    assert MACHINE.refusals(handed_in, "file", date(2026, 2, 3), {}) == [Refusal("missing", "court_case_no")]


def test_a_refused_move_says_everything_that_speaks_against_it():
    matter = MACHINE.open(DAY)
    with pytest.raises(MoveRefused, match="wrong_state screen"):
        MACHINE.make(matter, "decide", DAY)
    gathered = MACHINE.make(matter, "gather", DAY, {"route": "suit"})
    assert MACHINE.refusals(gathered, "approve", DAY - timedelta(days=1), {}) == [
        Refusal("missing", "documents_complete"), Refusal("missing", "balance_on"), Refusal("missing", "approver"),
        Refusal("before_last_move", "approve", DAY),
    ]  # fmt: skip
    assert MACHINE.refusals(matter, "fly", DAY, {}) == [Refusal("no_such_move", "fly")]


def test_terms_of_ours_come_up_before_they_end():
    filed = diary(*READY, ("2026-02-02", "hand_in"), ("2026-03-02", "file"))
    assert last_days(filed) == {"court_fee_prepay": "2026-03-09"}
    levels = {
        day: [due.level for due in due_terms(PACKS, [(1, filed)], date(2026, 3, day))]
        for day in (2, 6, 8, 10)
    }
    assert levels == {2: [0], 6: [1], 8: [2], 10: [2]}
    assert due_terms(PACKS, [(1, filed)], date(2026, 3, 10))[0].days_left == -1


def test_the_radar_shows_claims_at_90_60_and_30_days_and_when_it_is_too_late():
    last = np.array(
        ["2026-06-01", "2026-05-31", "2026-05-01", "2026-04-01", "2026-03-02", "2026-03-01", "NaT"], "M8[D]"
    )

    assert limitation_level(PACKS, last, date(2026, 3, 2)).tolist() == [-1, 0, 1, 2, 2, 99, -1]


def test_a_year_of_fifty_thousand_claims_passes_the_radar_at_90_60_and_30_days_and_none_slips_by():
    begin, days = np.datetime64("2026-01-01"), 365
    draw = np.random.default_rng(7)
    last = begin + draw.integers(-30, days + 120, 50_000).astype("m8[D]")
    seen = {level: np.full(len(last), np.datetime64("NaT"), "M8[D]") for level in (0, 1, 2, 99)}
    for day in begin + np.arange(days):
        level = limitation_level(PACKS, last, day.astype(object))
        for each, first in seen.items():
            # A claim 30 days off is on the list of 60 and 90 too; one that has passed is on none of them.
            there = (level == each) if each == 99 else (level >= each) & (level != 99)
            first[there & np.isnat(first)] = day
    for each, before in ((0, 90), (1, 60), (2, 30), (99, -1)):
        due = np.maximum(last - np.timedelta64(before, "D"), begin)
        in_year = (due < begin + days) & ((each == 99) | (last >= begin))
        assert (seen[each][in_year] == due[in_year]).all(), before
        assert np.isnat(seen[each][~in_year]).all(), before


def test_a_year_of_matters_misses_no_term_of_ours():
    year = simulate(MACHINE, matters=1_500, begin=date(2026, 1, 1), days=365, a_day=40, seed=7)

    assert year.missed == []
    assert set(year.moves) >= {
        "apply_payment_order",
        "object",
        "pay_fee",
        "decide",
        "appeal",
        "apply_enforcement",
    }


@pytest.mark.stress
def test_a_year_of_fifty_thousand_matters_misses_no_term_of_ours():
    year = simulate(MACHINE, matters=50_000, begin=date(2026, 1, 1), days=365, a_day=1_400, seed=7)

    assert year.missed == []
    assert set(year.moves) == set(MACHINE.moves) - UNREACHED


UNREACHED = {"fee_missed"}  # only those who miss a term of ours get there


def test_people_without_the_list_of_terms_miss_some():
    year = simulate(MACHINE, matters=1_500, begin=date(2026, 1, 1), days=365, a_day=8, seed=7, blind=True)

    assert year.missed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": "moon"}, "names the state 'moon'"),
        ({"from": ["declined"]}, "leaves 'declined', which is an end"),
        ({"by": "fate"}, "is by 'fate'"),
        ({"ends": ["no_such_term"]}, "which no move starts"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(change, words, tmp_path):
    with pytest.raises(PackError, match=words):
        machine(changed_packs(tmp_path, change), DAY)


def changed_packs(folder, change):
    """Load the packs with one row of the moves changed."""
    import shutil

    from forbear.packs.files import packs_root

    root = folder / "packs"
    for name in ("law", "policy"):
        shutil.copytree(packs_root() / name, root / name)
    path = root / "policy" / "house" / "litigation.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = next(iter(content["parameters"]["moves"]["values"].values()))
    rows[0].update(change)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_packs(root)


def test_every_state_has_both_languages_and_every_move_is_known():
    rows = [*PACKS.value(STATES, DAY), *PACKS.value(MOVES, DAY)]

    assert all(row["zh"] and row["en"] for row in rows)
