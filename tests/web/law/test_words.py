"""The law room speaks the reader's language: descriptions, errors, units, tests and teams, none of them raw."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.utils import translation
from tests.web.law.conftest import CONTACT, EVENING_FROM, NOON
from tests.web.law.test_publishing import AT, ask

from forbear.packs import LANGS, NoLawInForce, PackError, gettext_noop, shared_packs
from forbear.questions.registry import all_questions, ask_lines
from forbear.web.law import library, overlay, services
from forbear.web.law.checks import check_draft
from forbear.web.law.library import Wanted
from forbear.web.law.words import FACTS, QUESTIONS, UNITS, part_words, team_words, told

PACKS = shared_packs()
TODAY = date(2026, 11, 24)
WORDS_OF_RULES = (
    "may_contact",
    "charges_lawful",
    "conduct",
)  # the questions whose rules are written as tests on facts


def ids(words: str) -> set[str]:
    return {each.id for each in library.search(PACKS, Wanted(on=TODAY, words=words))}


@pytest.mark.parametrize(
    "words", ["同一联系号码", "Unanswered attempts", "媒体引用 拨打次数", "press quoting attempts"]
)
def test_a_parameter_is_found_by_its_description_and_source_in_both_languages(words):
    assert "cn/cba-2026-guide/attempts_a_number_a_day_max" in ids(words)


def test_every_description_and_source_is_written_in_both_languages():
    for entry in (*PACKS.parameters.values(), *PACKS.rules.values()):
        for text in (entry.source, getattr(entry, "description", entry.source)):
            assert set(text) == set(LANGS), entry
            assert any("\u4e00" <= sign <= "\u9fff" for sign in text["zh"]), entry
            assert text["en"] != text["zh"], entry


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "shown", "hidden"),
    [("zh-hans", "停止催收", "collection stops"), ("en", "collection stops", "停止催收")],
)
def test_the_page_of_a_parameter_is_in_the_readers_language_alone(lang, shown, hidden, signed_in, author):
    author.language = lang
    author.save()

    page = signed_in(author).get("/law/parameters/cn/cba-2026-guide/quiet_from/").text

    assert shown in page
    assert hidden not in page


BROKEN = [
    ("surprise: {}\n", "没有 'surprise' 这个键", "unknown key 'surprise'"),
    ("parameters:\n  a: 1\n", "请写成带有这些键的条目", "write a mapping with the keys"),
    ("parameters:" + EVENING_FROM.replace("local_time", "moons"), "'moons' 不存在", "'moons' is unknown"),
    ("parameters:" + EVENING_FROM.replace('"20:00:00"', "20"), "请写带引号的时间", "write a quoted time"),
    ("parameters:" + EVENING_FROM.replace(", zh: 本行自定", ""), "请用两种语言写出文字", "in both languages"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "chinese", "english"), BROKEN)
def test_what_stands_against_a_draft_is_said_in_the_readers_language(text, chinese, english):
    with translation.override("zh-hans"):
        assert chinese in check_draft(CONTACT, text, AT).problem
    with translation.override("en"):
        assert english in check_draft(CONTACT, text, AT).problem


@pytest.mark.django_db
def test_a_rule_that_names_no_fact_is_refused_in_the_readers_language(evenings):
    broken = evenings.replace("{local_time: {within: [house", "{colour: {within: [house")
    with translation.override("zh-hans"):
        problem = check_draft(CONTACT, broken, AT).problem

    assert "HOUSE-EVENINGS" in problem
    assert CONTACT in problem
    assert "instrument.yaml" not in problem
    assert "colour：{within: ..} 不存在" in problem
    assert "unknown" not in problem


def test_an_error_within_an_error_is_told_in_the_same_language():
    within = PackError(gettext_noop("write a whole number"))
    error = PackError(gettext_noop("%(path)s: %(error)s"), path="a.yaml", error=within)

    assert str(error) == "a.yaml: write a whole number"
    with translation.override("zh-hans"):
        assert told(error) == "a.yaml：请写整数"
    assert told(ValueError("plain 5 % of it")) == "plain 5 % of it"


def test_every_unit_question_and_fact_of_the_packs_has_words():
    assert {each.unit for each in PACKS.parameters.values()} <= set(UNITS)
    assert {each.name for each in all_questions()} <= set(QUESTIONS)
    for rule in PACKS.rules.values():
        if rule.question in WORDS_OF_RULES:
            for tests in (rule.applies, rule.breach, *rule.unless):
                assert set(tests) <= set(FACTS), rule.id


@pytest.mark.parametrize(
    ("text", "field", "chinese", "english"),
    [
        ("refuse", "effect", "不得", "must not"),
        ('{"collecting": true, "channel": ["voice", "sms"]}', "applies", "属于催收：是；渠道：呼叫、短信", "it is collection: yes; channel: Call, SMS"),
        ('{"attempts_unanswered_today_number": {"at_least": "tries_max"}}', "breach", "该号码当日未接通次数：不少于 tries_max", "unanswered attempts on this number today: at least tries_max"),
        ('{"local_time": {"within": ["quiet_from", "quiet_to"]}}', "breach", "当地时间：自 quiet_from 至 quiet_to", "local time: from quiet_from until quiet_to"),
        ('[{"deceased": true}, {"party": ["heir"]}]', "unless", "债务人已故：是\n或：对象：继承人", "the debtor has died: yes\nor: party: heir"),
        ('{"code": "P1", "needs": ["a", "b"]}\n{"code": "P2", "more": {"x": 1}}', "from 2020-01-01", "code：P1；needs：a、b\ncode：P2；more：(x：1)", "code: P1; needs: a, b\ncode: P2; more: (x: 1)"),
        ("true", "verified", "是", "yes"),
        ("{not json", "breach", "{not json", "{not json"),
        ("No calls.", "en", "No calls.", "No calls."),
    ],
)  # fmt: skip
def test_a_part_of_a_change_is_words_and_not_code(text, field, chinese, english):
    with translation.override("zh-hans"):
        assert part_words(text, field) == chinese
    with translation.override("en"):
        assert part_words(text, field) == english


@pytest.mark.django_db
def test_an_act_and_a_detail_are_words_and_an_unknown_one_stays(signed_in, author):
    clause = '{"act": ["sell_data", "whistle"], "detail": ["other_data"]}'
    with translation.override("zh-hans"):
        assert part_words(clause, "applies") == "行为：出售个人信息、whistle；细目：其他个人信息"
    with translation.override("en"):
        said = "act: sell personal information, whistle; detail: other personal information"
        assert part_words(clause, "applies") == said
    assert "sell personal information" in signed_in(author).get("/law/rules/CRIM-253-1/").text
    assert "CRIM-253-1" in ids("出售个人信息")


@pytest.mark.django_db
@pytest.mark.parametrize(("lang", "shown", "hidden"), [
    ("en", "article number not seen in the text", "条款号未见原文"), ("zh-hans", "条款号未见原文", "article number not seen"),
])  # fmt: skip
def test_where_a_rule_stands_is_said_in_the_readers_language(lang, shown, hidden, signed_in, author):
    author.language = lang
    author.save()
    for path in ("rules/CBA26-HOURS/", "parameters/cn/cba-2026-guide/quiet_from/"):
        page = signed_in(author).get(f"/law/{path}").text
        assert shown in page
        assert hidden not in page


@pytest.mark.parametrize(
    ("question", "facts", "chinese", "english"),
    [
        ("conduct", {"act": "sell_data", "as_of": "1950-01-01"}, "1950-01-01 在 cn 没有关于 sell_data 的有效规则", "no rule on sell_data is in force"),
        ("deadline", {"kind": "nap", "event_on": "2026-01-01"}, "没有期限 'nap'", "knows the term 'nap'"),
        ("may_contact", {"at": "1995-01-01T10:00:00+08:00", "channel": "voice"}, "没有有效的 cn 法律", "no law of cn in force"),
    ],
)  # fmt: skip
def test_a_question_without_law_says_so_in_the_readers_language(question, facts, chinese, english):
    (error,) = ask_lines(question, [json.dumps(facts).encode()], packs=PACKS)
    (among, _) = ask_lines(question, [json.dumps(facts).encode()] * 2, packs=PACKS)

    assert isinstance(error, NoLawInForce)
    assert english in str(error)
    with translation.override("zh-hans"):
        assert chinese in told(error)
        assert told(among) == told(error)


def test_a_team_is_called_by_its_name():
    with translation.override("zh-hans"):
        assert [team_words(code) for code in ("early", "manager", "", "甲公司")] == [
            "前端",
            "催收经理",
            "系统自动，无人操作",
            "甲公司",
        ]


@pytest.mark.django_db
def test_the_page_of_a_draft_shows_no_raw_code_of_a_rule(signed_in, author, collector, write, case):
    ask(case, NOON.replace(hour=21) - timedelta(days=1), collector)
    draft = services.submit(write(), by=author, at=NOON)

    page = signed_in(author).get(f"/law/drafts/{draft.pk}/").text.split("<main", 1)[1]

    for raw in ("&quot;collecting&quot;", ">refuse<", ">early<", '{"'):
        assert raw not in page, raw
    assert "it is collection: yes" in page
    assert "Early stage" in page


@pytest.mark.django_db
def test_both_sides_of_a_loosening_are_in_the_readers_language():
    loose = overlay.shipped_text("policy/house/day.yaml").replace('"09:00:00"', '"07:00:00"')
    with translation.override("zh-hans"):
        checked = check_draft("policy/house/day.yaml", loose, AT)

    assert "本行政策自 2026-01-30 起放宽了法律" in checked.problem
    assert "07:00:00" in checked.problem  # not in seconds since midnight
    assert checked.policy.fields["description"].startswith("批量消息")
    assert checked.law.where.startswith("中国银行业协会")
