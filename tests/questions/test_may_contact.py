"""What must hold for every case of `may_contact`, whatever the facts."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import PackError, Packs, load_packs
from forbear.questions.may_contact import CODES

ROOT = Path(__file__).parents[2]
PACKS = load_packs(ROOT)
CHANNELS = ["voice", "ai_voice", "sms", "email", "letter", "visit", "push", "wecom"]
PARTIES = [
    "debtor",
    "guarantor",
    "joint_debtor",
    "related_third_party",
    "unrelated_third_party",
    "representative",
    "heir",
]
FLAGS = ["debtor_number_invalid", "debtor_incapacitated", "party_refused", "discloses_debt", "asks_payment", "volunteered_to_pay", "plan_in_force", "plan_breached",
         "dispute_open", "complaint_open", "hardship_hold", "deceased", "time_barred", "badges_shown", "enters",
         "entry_consent", "agency_listed", "device_authorised"]  # fmt: skip
ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/New_York", "Australia/Lord_Howe"]
TIMED = {
    "CBA26-HOURS",
    "GBT45251-HOURS",
    "HOUSE-SERVICE-HOURS",
    "CBA26-TRIES",
    "GBT45251-CALLS",
    "HOUSE-SOFT-NORMS",
}

hours = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
windows = st.tuples(hours, hours).filter(lambda w: w[0] != w[1]).map(list)
moments = st.datetimes(datetime(2011, 1, 14), datetime(2030, 1, 1), timezones=st.just(UTC)) | st.datetimes(
    datetime(2026, 1, 28), datetime(2026, 4, 2), timezones=st.just(UTC)
)
counters = {
    "attempts_unanswered_today_number": st.integers(0, 9),
    "effective_calls_today_debtor": st.integers(0, 5),
}


def cases(flags: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = {"at": moments.map(datetime.isoformat), "channel": st.sampled_from(CHANNELS)}
    optional = {
        "purpose": st.sampled_from(["collect", "locate", "service", "reply"]), "party": st.sampled_from(PARTIES),
        "timezone": st.sampled_from(ZONES), "consented_hours": st.lists(windows, max_size=2), **counters,
        "consecutive_failed_attempts": st.integers(0, 5), "visitors": st.integers(0, 3),
        "recording": st.sampled_from(["none", "audio", "audio_video", True, False]), **dict.fromkeys(FLAGS, flags),
    }  # fmt: skip
    return st.fixed_dictionaries(required, optional=optional)


@settings(max_examples=60, deadline=None)
@given(st.lists(cases(st.booleans() | st.none()), min_size=1, max_size=12))
def test_a_batch_gives_each_row_the_answer_it_gets_alone(rows: list[dict[str, Any]]) -> None:
    alone = [questions.ask("may_contact", row, packs=PACKS) for row in rows]
    assert questions.ask_many("may_contact", rows, packs=PACKS) == alone


def random_case(rng: random.Random) -> dict[str, Any]:
    """Return a case with about half of the optional facts, some of them said to be unknown."""
    at = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(500 * 86_400))
    optional: dict[str, Any] = {
        "purpose": rng.choice(["collect", "locate", "service", "reply"]), "party": rng.choice(PARTIES),
        "timezone": rng.choice(ZONES), "consented_hours": [["21:30", "23:15"]], "attempts_unanswered_today_number": rng.randrange(9),
        "effective_calls_today_debtor": rng.randrange(5), "consecutive_failed_attempts": rng.randrange(5),
        "visitors": rng.randrange(4), "recording": rng.choice(["none", "audio", "audio_video"]),
        **{flag: rng.choice([True, False, None]) for flag in FLAGS},
    }  # fmt: skip
    given = {name: value for name, value in optional.items() if rng.random() < 1 / 2}
    return {"at": at.isoformat(), "channel": rng.choice(CHANNELS), **given}


@pytest.mark.parametrize("n", [2_000, pytest.param(100_000, marks=pytest.mark.stress)])
def test_a_large_batch_gives_each_row_the_answer_it_gets_alone(n: int) -> None:
    rng = random.Random(20261125)
    rows = [random_case(rng) for _ in range(n)]
    together = questions.ask_many("may_contact", rows, packs=PACKS)
    for row, answer in zip(rows, together, strict=True):
        assert questions.ask("may_contact", row, packs=PACKS) == answer, row


@settings(max_examples=300, deadline=None)
@given(cases(st.booleans()))
def test_the_next_lawful_moment_is_lawful_and_comes_at_once_where_nothing_forbids(
    facts: dict[str, Any],
) -> None:
    answer = questions.ask("may_contact", facts, packs=PACKS)
    if answer["answer"] != "refused":
        assert datetime.fromisoformat(answer["earliest_at"]) == datetime.fromisoformat(facts["at"])
        return
    if answer["earliest_at"] is None:
        return
    later = {**facts, "at": answer["earliest_at"]}
    if datetime.fromisoformat(answer["earliest_at"]).date() != datetime.fromisoformat(answer["as_of"]).date():
        later |= dict.fromkeys(counters, 0)
    assert questions.ask("may_contact", later, packs=PACKS)["answer"] != "refused"


@settings(max_examples=300, deadline=None)
@given(
    moments.map(datetime.isoformat), st.sampled_from(["voice", "sms", "wecom"]), st.sampled_from(ZONES),
    st.lists(windows, max_size=2), counters["attempts_unanswered_today_number"], counters["effective_calls_today_debtor"],
)  # fmt: skip
def test_a_second_before_the_next_lawful_moment_is_still_refused(
    at: str, channel: str, zone: str, consented: list[Any], tries: int, calls: int
) -> None:
    facts = {"at": at, "channel": channel, "timezone": zone, "consented_hours": consented,
             "attempts_unanswered_today_number": tries, "effective_calls_today_debtor": calls}  # fmt: skip
    answer = questions.ask("may_contact", facts, packs=PACKS)
    if answer["answer"] != "refused":
        return
    assert {reason["rule"] for reason in answer["reasons"]} <= TIMED
    before = datetime.fromisoformat(answer["earliest_at"]) - timedelta(seconds=1)
    if before < datetime.fromisoformat(at):
        return
    # Still the same local day: the counters stand. On the next one they are zero, and only the hours can refuse.
    same_day = before.date() == datetime.fromisoformat(answer["as_of"]).date()
    eve = {**facts, "at": before.isoformat(), **({} if same_day else dict.fromkeys(counters, 0))}
    assert questions.ask("may_contact", eve, packs=PACKS)["answer"] == "refused"


@settings(max_examples=300, deadline=None)
@given(cases(st.booleans() | st.none()), st.data())
def test_knowing_more_than_was_needed_changes_nothing(facts: dict[str, Any], data: st.DataObject) -> None:
    """A fact that is not known and not in `needs` may turn out either way without changing the answer."""
    answer = questions.ask("may_contact", facts, packs=PACKS)
    unknown = [f for f in FLAGS if facts.get(f) is None and f not in answer["needs"] and f != "agency_listed"]
    if not unknown:
        return
    fact = data.draw(st.sampled_from(unknown))
    told = {**facts, fact: data.draw(st.booleans())}
    assert questions.ask("may_contact", told, packs=PACKS)["answer"] == answer["answer"]


def test_unknown_facts_never_refuse_and_never_excuse() -> None:
    call = {"at": "2026-03-05T10:00:00+08:00", "channel": "visit"}
    assert questions.ask("may_contact", call, packs=PACKS)["answer"] == "allowed"
    colleague = {**call, "channel": "voice", "party": "unrelated_third_party"}
    answer = questions.ask("may_contact", colleague, packs=PACKS)
    assert (answer["answer"], answer["needs"]) == (
        "refused",
        [
            "consecutive_failed_attempts",
            "debtor_number_invalid",
            "debtor_incapacitated",
            "volunteered_to_pay",
            "deceased",
        ],
    )


def with_policy(folder: Path, rules: dict[str, Any]) -> Packs:
    for name in ("law", "policy"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "policy/house/extra.yaml").write_text(yaml.safe_dump({"rules": rules}, allow_unicode=True))
    return load_packs(folder)


def portfolio(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    start = np.datetime64("2024-06-01T00:00:00", "us")
    columns = {
        "at": start + rng.integers(0, 900 * 86_400, n) * np.timedelta64(1_000_000, "us"),
        "channel": rng.integers(0, 8, n).astype(np.int8), "party": rng.integers(0, 7, n).astype(np.int8),
        "purpose": rng.integers(0, 4, n).astype(np.int8), "visitors": rng.integers(-1, 4, n),
        "attempts_unanswered_today_number": rng.integers(-1, 9, n), "effective_calls_today_debtor": rng.integers(-1, 5, n),
        "consecutive_failed_attempts": rng.integers(-1, 5, n),
    }  # fmt: skip
    return columns | {flag: rng.integers(-1, 2, n).astype(np.int8) for flag in FLAGS}


@pytest.mark.parametrize("seed", range(6))
def test_tightening_policy_never_turns_refused_into_allowed(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tests = [{"channel": CHANNELS[rng.integers(8)]}, {"party": PARTIES[rng.integers(7)]}, {"collecting": True},
             {FLAGS[rng.integers(len(FLAGS))]: bool(rng.integers(2))}]  # fmt: skip
    text = {"en": "Extra.", "zh": "附加。"}
    extra = {
        f"EXTRA-{i}": {"question": "may_contact", "source": {"en": "test", "zh": "测试"}, "effect": str(rng.choice(["refuse", "discourage"])),
                       "applies": tests[rng.integers(3)], "breach": tests[3], "text": text}
        for i in range(4)
    }  # fmt: skip
    extra["EXTRA-HARD"] = {
        "question": "may_contact",
        "source": {"en": "test", "zh": "测试"},
        "effect": "refuse",
        "hardens": ["law"],
        "text": text,
    }
    tighter, columns = (
        with_policy(tmp_path, extra),
        portfolio(rng, 20_000),
    )  # 120,000 fact sets over the seeds
    before = questions.ask_columns("may_contact", columns, packs=PACKS).code
    after = questions.ask_columns("may_contact", columns, packs=tighter).code
    assert (after >= before).all()
    assert (after > before).any()  # the extra rules did something


def test_house_policy_is_never_looser_than_law_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "law", tmp_path / "law")
    columns = portfolio(np.random.default_rng(9), 20_000)
    law, house = (
        questions.ask_columns("may_contact", columns, packs=p).code for p in (load_packs(tmp_path), PACKS)
    )
    assert (house >= law).all()
    assert set(np.unique(law)) == set(range(len(CODES)))


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ({"breach": {"colour": True}}, "'colour' is neither a fact"),
        ({"breach": {"channel": ["fax"]}}, "channel is never 'fax'"),
        ({"breach": {"deceased": "yes"}}, "deceased is never 'yes'"),
        ({"breach": {"visitors": {"at_most": "cn/cba-2026-guide/visitors_min"}}}, "at_most: ..} is unknown"),
        ({"breach": {"visitors": {"under": "cn/cba-2026-guide/visitors"}}}, "no pack has a parameter"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(
    tmp_path: Path, clauses: dict[str, Any], said: str
) -> None:
    rule = {
        "question": "may_contact",
        "source": {"en": "t", "zh": "测"},
        "effect": "refuse",
        "text": {"en": "x", "zh": "x"},
        **clauses,
    }
    rule["from"] = date(2026, 2, 1)
    packs = with_policy(tmp_path, {"EXTRA": rule})
    with pytest.raises(PackError) as raised:
        questions.ask("may_contact", {"at": "2026-03-05T10:00:00Z", "channel": "sms"}, packs=packs)
    assert said in str(raised.value)
    assert "EXTRA" in str(raised.value)


def test_a_stricter_number_in_a_policy_rule_is_obeyed_and_named(tmp_path: Path) -> None:
    rule = {"question": "may_contact", "source": {"en": "t", "zh": "测"}, "effect": "refuse", "text": {"en": "At most {tries_max}.", "zh": "{tries_max}"},
            "applies": {"channel": ["voice"]}, "breach": {"attempts_unanswered_today_number": {"at_least": "house/tries/tries_max"}},
            "remaining": "number_attempts"}  # fmt: skip
    packs_root = tmp_path
    for name in ("law", "policy"):
        shutil.copytree(ROOT / name, packs_root / name)
    parameter = {"description": {"en": "d", "zh": "述"}, "unit": "attempts", "source": {"en": "t", "zh": "测"}, "tightens": "cn/cba-2026-guide/attempts_a_number_a_day_max",
                 "values": {date(2026, 2, 1): 4}}  # fmt: skip
    path = packs_root / "policy/house/tries.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "parameters": {"tries_max": parameter},
                "rules": {"HOUSE-TRIES": {**rule, "from": date(2026, 2, 1)}},
            }
        )
    )
    packs = load_packs(packs_root)
    facts = {"at": "2026-03-05T10:00:00+08:00", "channel": "voice", "attempts_unanswered_today_number": 3}
    assert questions.ask("may_contact", facts, packs=packs)["remaining"]["number_attempts"] == 1
    full = questions.ask(
        "may_contact", {**facts, "attempts_unanswered_today_number": 4}, packs=packs, lang="en"
    )
    assert (full["answer"], full["reasons"][0]["text"]) == ("refused", "At most 4.")
    assert full["earliest_at"] == "2026-03-06T08:00:00+08:00"
