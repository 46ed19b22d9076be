"""The registry takes exactly the facts it names, and answers the same however it is asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import load_packs
from forbear.questions import BadFact, NoLawInForce

PACKS = load_packs()
CALL = {"at": "2026-03-05T10:00:00+08:00", "channel": "voice"}


def refused(facts: object) -> BadFact:
    with pytest.raises(BadFact) as raised:
        questions.ask("may_contact", facts, packs=PACKS)  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize(
    ("given_facts", "field"),
    [
        ({"at": "2026-03-05T10:00:00"}, "at"),  # no offset: whose clock?
        ({"at": "2026-03-05"}, "at"),
        ({"at": 1772676000}, "at"),
        ({"at": "1990-12-31T00:00:00Z"}, "at"),
        ({"at": "2101-01-01T00:00:00Z"}, "at"),
        ({"at": "2026-02-30T00:00:00Z"}, "at"),
        ({"at": None}, "at"),
        ({"at": datetime(2026, 3, 5, 10)}, "at"),
        ({"channel": "fax"}, "channel"),
        ({"channel": ["voice"]}, "channel"),
        ({"party": "mother"}, "party"),
        ({"purpose": ""}, "purpose"),
        ({"product": "mortgage"}, "product"),
        ({"jurisdiction": "China"}, "jurisdiction"),
        ({"jurisdiction": "cn'; drop table law; --"}, "jurisdiction"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "Asia/Shanghai\x00"}, "timezone"),
        ({"timezone": "A" * 10_000}, "timezone"),
        ({"timezone": "Asia"}, "timezone"),
        ({"visitors": "2"}, "visitors"),
        ({"visitors": 2.5}, "visitors"),
        ({"visitors": True}, "visitors"),
        ({"visitors": -1}, "visitors"),
        ({"visitors": 101}, "visitors"),
        ({"visitors": float("nan")}, "visitors"),
        ({"visitors": float("inf")}, "visitors"),
        ({"effective_calls_today_debtor": 10**30}, "effective_calls_today_debtor"),
        ({"effective_calls_today_debtor": 100_001}, "effective_calls_today_debtor"),
        ({"deceased": "no"}, "deceased"),
        ({"deceased": 0}, "deceased"),
        ({"recording": "video"}, "recording"),
        ({"consented_hours": [["22:00"]]}, "consented_hours[0]"),
        ({"consented_hours": [["22:00", "25:00"]]}, "consented_hours[0][1]"),
        ({"consented_hours": [["22:00", "22:00"]]}, "consented_hours"),
        ({"consented_hours": [["24:00", "01:00"]]}, "consented_hours"),
        ({"consented_hours": [["22:00", "23:00"]] * 9}, "consented_hours"),
        ({"consented_hours": "22:00-23:00"}, "consented_hours"),
        ({"calls_today": 3}, "calls_today"),
        ({"__class__": "x"}, "__class__"),
        ({"": 1}, ""),
    ],
)
def test_a_bad_fact_is_refused_by_name(given_facts: dict[str, object], field: str) -> None:
    error = refused({**CALL, **given_facts})
    assert (error.field, bool(error.expected)) == (field or "facts", True)
    json.dumps(error.as_json(), allow_nan=False)  # the error itself is valid JSON, of bounded length
    assert len(str(error)) < 1_000


@pytest.mark.parametrize("missing", ["at", "channel"])
def test_a_missing_required_fact_is_named(missing: str) -> None:
    error = refused({name: value for name, value in CALL.items() if name != missing})
    assert (error.field, error.expected) == (missing, "this fact is required")


@pytest.mark.parametrize("facts", [None, [], "facts", 7])
def test_facts_are_one_object(facts: object) -> None:
    assert refused(facts).field == "facts"


def test_a_wrong_choice_is_told_the_choices() -> None:
    assert "voice" in refused({**CALL, "channel": "fax"}).expected


def test_aware_datetimes_are_taken_as_they_are() -> None:
    at = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    assert (
        questions.ask("may_contact", {**CALL, "at": at}, packs=PACKS)["as_of"] == "2026-03-05T10:00:00+08:00"
    )


def test_an_unknown_question_names_the_known_ones() -> None:
    with pytest.raises(questions.UnknownQuestion, match="may_contact"):
        questions.ask("may_i", CALL, packs=PACKS)


def test_reasons_are_given_in_chinese_by_default_and_in_english_on_request() -> None:
    night = {**CALL, "at": "2026-03-05T22:30:00+08:00"}
    chinese = questions.ask("may_contact", night, packs=PACKS)["reasons"][0]
    english = questions.ask("may_contact", night, packs=PACKS, lang="en")["reasons"][0]
    assert "22:00" in chinese["text"]
    assert "不得" in chinese["text"]
    assert "Without the debtor's consent" in english["text"]
    assert {*chinese} == {"rule", "instrument", "article", "force", "effect", "text", "source_grade"}
    with pytest.raises(BadFact):
        questions.ask("may_contact", night, packs=PACKS, lang="fr")


def test_every_question_shows_a_schema_that_describes_each_fact() -> None:
    for question in questions.all_questions():
        schema = question.json_schema()
        name = schema["$ref"].rsplit("/", 1)[1]
        assert schema["$defs"][name]["additionalProperties"] is False
        for fact, described in schema["$defs"][name]["properties"].items():
            alternatives = [described, *described.get("anyOf", ())]
            assert any("description" in one or "$ref" in one for one in alternatives), (
                f"{question.name}.{fact}"
            )


def test_columns_answer_like_single_cases() -> None:
    start = np.datetime64("2026-03-05T00:00:00", "us")
    at = start + np.arange(0, 48 * 3600, 977) * np.timedelta64(1_000_000, "us")
    channels = np.array(["voice", "sms", "visit"])[np.arange(len(at)) % 3]
    tries = np.arange(len(at)) % 9
    answer = questions.ask_columns(
        "may_contact", {"at": at, "channel": channels, "attempts_unanswered_today_number": tries}, packs=PACKS
    )
    for i in range(len(at)):
        facts = {
            "at": f"{at[i]}+00:00",
            "channel": str(channels[i]),
            "attempts_unanswered_today_number": int(tries[i]),
        }
        alone = questions.ask("may_contact", facts, packs=PACKS)
        assert answer.rendered(i, "zh") == alone
        assert answer.answers[i] == alone["answer"]
        earliest = alone["earliest_at"]
        assert (earliest is None) == np.isnat(answer.earliest_at[i])
        if earliest:
            assert (
                np.datetime64(datetime.fromisoformat(earliest).astimezone(UTC).replace(tzinfo=None), "us")
                == answer.earliest_at[i]
            )


def test_columns_take_codes_flags_and_single_values() -> None:
    at = np.full(3, np.datetime64("2026-03-05T02:00:00"))
    answer = questions.ask_columns(
        "may_contact",
        {"at": at, "channel": np.int8(0), "deceased": np.array([True, False, False])},
        packs=PACKS,
    )
    assert answer.answers.tolist() == ["refused", "allowed", "allowed"]
    assert answer.broken_by_rule() == {"HOUSE-DECEASED": 1}


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"channel": np.array(["voice", "fax"])}, "channel"),
        ({"channel": np.array([0, 8])}, "channel"),
        ({"visitors": np.array([1.0, np.nan])}, "visitors"),
        ({"visitors": np.array([1, 101])}, "visitors"),
        ({"visitors": np.array([1, -2])}, "visitors"),
        ({"visitors": np.array([1, 2, 3])}, "visitors"),
        ({"deceased": np.array([0, 2])}, "deceased"),
        ({"at": np.array(["2026-03-05", "NaT"], dtype="datetime64[us]")}, "at"),
        ({"recording": np.array(["audio", "film"], dtype=object)}, "recording"),
        ({"timezone": np.array(["Asia/Shanghai", "Mars"], dtype=object)}, "timezone"),
        ({"colour": np.array([1, 2])}, "colour"),
    ],
)
def test_a_bad_column_is_refused_by_name(columns: dict[str, np.ndarray], field: str) -> None:
    good = {"at": np.full(2, np.datetime64("2026-03-05T02:00:00")), "channel": np.array(["voice", "sms"])}
    with pytest.raises(BadFact) as raised:
        questions.ask_columns("may_contact", {**good, **columns}, packs=PACKS, n=2)
    assert raised.value.field == field


def test_a_column_with_a_row_before_the_law_marks_that_row() -> None:
    at = np.array(["2026-03-05T02:00:00", "2010-03-05T02:00:00"], dtype="datetime64[us]")
    with pytest.raises(NoLawInForce) as raised:
        questions.ask_columns("may_contact", {"at": at, "channel": np.int8(0)}, packs=PACKS)
    assert raised.value.rows.tolist() == [False, True]


def test_no_rows_have_no_answers() -> None:
    assert questions.ask_many("may_contact", [], packs=PACKS) == []
    empty = {"at": np.array([], dtype="datetime64[us]"), "channel": np.array([], dtype=np.int8)}
    assert questions.ask_columns("may_contact", empty, packs=PACKS, n=0).n == 0


def test_bad_lines_and_lines_without_law_leave_the_others_in_place() -> None:
    good = json.dumps(CALL).encode()
    old = json.dumps({**CALL, "at": "2005-10-01T10:00:00+08:00"}).encode()
    other = json.dumps({**CALL, "jurisdiction": "fr"}).encode()
    lines = [good, b"", old, b"{", other, good, b"\xff\xfe", b"[1]", old, b'{"at": NaN}', good]
    found = questions.ask_lines("may_contact", lines, packs=PACKS)
    kinds = [type(one).__name__ for one in found]
    assert kinds == ["bytes", "BadFact", "NoLawInForce", "BadFact", "NoLawInForce", "bytes", "BadFact", "BadFact",
                     "NoLawInForce", "BadFact", "bytes"]  # fmt: skip
    assert found[0] == found[5] == found[10]
    assert "2005-10-01" in str(found[2])
    assert "'fr'" in str(found[4])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(), s, max_size=3)
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["at", "channel", "visitors", "consented_hours", "recording", "timezone", "x"])
        | st.text(),
        json_values,
        max_size=6,
    )
)
@settings(deadline=None)
def test_whatever_is_given_is_answered_or_refused_as_a_bad_fact(facts: dict[str, object]) -> None:
    line = json.dumps(facts).encode()
    (found,) = questions.ask_lines("may_contact", [line], packs=PACKS)
    assert isinstance(found, bytes | BadFact | NoLawInForce)


def test_the_hours_of_one_day_are_answered_without_a_gap() -> None:
    start = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    moments = [start + timedelta(minutes=m) for m in range(24 * 60)]
    answers = questions.ask_many("may_contact", [{**CALL, "at": m.isoformat()} for m in moments], packs=PACKS)
    open_hours = {
        m.astimezone().astimezone(UTC).hour
        for m, a in zip(moments, answers, strict=True)
        if a["answer"] == "allowed"
    }
    assert open_hours == set(range(14))  # 08:00 to 22:00 in Shanghai is 00:00 to 14:00 UTC
