"""Terms as a whole: every kind has law, days off move what they may, a batch is its single cases."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.days import is_business_day
from forbear.packs import load_packs
from forbear.questions.deadline import kinds_of, terms_of

ROOT = Path(__file__).parents[2]
PACKS = load_packs()
KINDS = kinds_of(PACKS)
PACK_OF = {term.kind: term.pack for term in terms_of(PACKS)}
HOME = [kind for kind in KINDS if PACK_OF[kind] == "cn"]
ROWS = st.sampled_from(KINDS).flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "kind": st.just(kind),
            "jurisdiction": st.just(PACK_OF[kind]),
            "event_on": st.dates(date(2024, 1, 1), date(2026, 6, 30)).map(str),
        }
    )
)


def ask(**facts):
    return questions.ask("deadline", facts, packs=PACKS, lang="en")


def test_each_kind_is_data_and_each_datum_is_a_kind():
    told = {"counting", "continues", "opens", "persistent_debt_second_message_from"}
    in_law = {n.split("/")[-1] for n in PACKS.parameters if "/deadlines/" in n} - told

    assert in_law == set(KINDS) >= {"appeal_judgment", "complaint_reply", "validation_period"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_rule_today_that_tells_its_number(kind):
    found = ask(kind=kind, event_on="2026-03-02", jurisdiction=PACK_OF[kind])

    count = found["counting_rule"]["steps"][-1]["count"]
    assert str(count) in found["reasons"][0]["text"]
    assert found["last_day"] > "2026-03-02"


@given(st.lists(ROWS, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_single_cases(rows):
    assert questions.ask_many("deadline", rows, packs=PACKS) == [
        questions.ask("deadline", r, packs=PACKS) for r in rows
    ]


@given(st.sampled_from(HOME), st.dates(date(2024, 1, 1), date(2026, 5, 31)))
@settings(max_examples=200, deadline=None)
def test_a_term_of_a_court_ends_on_a_working_day_and_skips_none(kind, event_on):
    found = ask(kind=kind, event_on=event_on.isoformat())
    last, nominal = (date.fromisoformat(found[name]) for name in ("last_day", "nominal_last_day"))

    if found["counting_rule"]["day_off"] == "stays":
        assert last == nominal
    else:
        assert is_business_day(last)
        assert not any(is_business_day(nominal + timedelta(days=k)) for k in range((last - nominal).days))


def test_a_batch_refuses_only_the_rows_without_law():
    lines = [
        b'{"kind":"complaint_reply","event_on":"2020-02-29"}',
        b'{"kind":"case_filing","event_on":"2020-02-29"}',
    ]

    without, with_law = questions.ask_lines("deadline", lines, packs=PACKS)

    assert isinstance(without, questions.NoLawInForce)
    assert "complaint_reply" in str(without)
    assert b'"2020-03-09"' in with_law  # 7 days, 2020-03-07 is a Saturday


def test_columns_are_answered_like_rows():
    days = np.datetime64("2026-01-01") + np.arange(60)

    column = questions.ask_columns("deadline", {"kind": "defence", "event_on": days}, packs=PACKS)

    assert [str(d) for d in column.last_day] == [
        ask(kind="defence", event_on=str(d))["last_day"] for d in days
    ]


NEW_TERM = """
parameters:
  mediation_reply:
    description: {en: "The debtor answers an offer of mediation, from its receipt.", zh: 债务人答复调解建议，自收到起算。}
    unit: working_days
    article: 第一条
    source: {en: invented for a test, zh: 为测试虚构}
    grade: U
    values: {2026-01-01: 3}
  counting:
    description: {en: How the last day is counted., zh: 最后一日如何计算。}
    unit: mapping
    article: 第一条
    source: {en: invented for a test, zh: 为测试虚构}
    grade: U
    values: {2026-01-01: {day_off_moves: true, rule: MEDIATION-COUNT}}
rules:
  MEDIATION-REPLY:
    question: deadline
    article: 第一条
    source: {en: invented for a test, zh: 为测试虚构}
    grade: U
    effect: note
    from: 2026-01-01
    applies: {kind: [mediation_reply]}
    text: {en: "An answer within {count} working days.", zh: "{count}个工作日内答复。"}
  MEDIATION-COUNT:
    question: deadline
    article: 第一条
    source: {en: invented for a test, zh: 为测试虚构}
    grade: U
    effect: note
    from: 2026-01-01
    text: {en: A day off moves the end., zh: 遇休息日顺延。}
"""


def test_a_new_kind_of_term_is_data_alone(tmp_path):
    for name in ("law", "policy"):
        shutil.copytree(ROOT / name, tmp_path / name)
    folder = tmp_path / "law/cn/mediation-2026"
    folder.mkdir()
    (folder / "instrument.yaml").write_text(
        "title: {en: Mediation, zh: 调解}\nforce: rule\nin_force_on: 2026-01-01\n"
    )
    (folder / "deadlines.yaml").write_text(NEW_TERM)
    facts = {"kind": "mediation_reply", "event_on": "2026-03-05"}  # a Thursday

    found = questions.ask("deadline", facts, packs=load_packs(tmp_path), lang="en")

    assert found["last_day"] == "2026-03-10"  # Friday, Monday, Tuesday
    assert found["reasons"][0]["text"] == "An answer within 3 working days."


def test_a_term_nobody_knows_lists_those_known():
    with pytest.raises(questions.NoLawInForce, match=r"'coffee_break'; known: appeal_judgment, "):
        ask(kind="coffee_break", event_on="2026-03-02")
