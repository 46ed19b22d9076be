"""Where a norm stands is said in the reader's language, and words that nobody translated do not load."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear import questions
from forbear.packs import LANGS, load_packs
from forbear.packs.articles import CHINESE, english, number

ROOT = Path(__file__).parents[2]
SIGNS = "零一二三四五六七八九"


def in_chinese(value: int) -> str:
    """Write a number under 10,000 as a statute does."""
    said, empty = "", False
    for place, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // place % 10
        if digit:
            said += ("零" if empty and said else "") + SIGNS[digit] + sign
        empty = not digit
    return said.removeprefix("一") if 10 <= value < 20 else said


@pytest.mark.parametrize(
    ("chinese", "said"),
    [
        ("第三十四条第二款", "art. 34 para. 2"),
        ("第六条之一", "art. 6-1"),
        ("第二百五十三条之一", "art. 253-1"),
        ("第二百五十三条之一第二款", "art. 253-1 para. 2"),
        ("第五条第一款第八项", "art. 5 para. 1 item 8"),
        ("第十四条第二项", "art. 14 item 2"),
        ("第二百二十五条第一款第二项第三目", "art. 225 para. 1 item 2 sub-item 3"),
        ("第一千零六十四条", "art. 1064"),
        ("第一千一百六十一条", "art. 1161"),
        ("第二百零一条至第二百零三条", "arts. 201 to 203"),
        ("第四条、第十四条、第十五条", "arts. 4, 14, 15"),
        ("第一千零三十二条、第一千零三十三条第一项", "art. 1032, art. 1033 item 1"),
        ("第六条第二款、第三款", "art. 6 para. 2, para. 3"),
        ("第五章", "ch. 5"),
        ("第三章第二节", "ch. 3 sec. 2"),
        ("第34条第2款", "art. 34 para. 2"),
        ("第二十二条；第四条", "arts. 22; 4"),
        ("12 CFR 1006.34(b)(5)", "12 CFR 1006.34(b)(5)"),
        ("", ""),
    ],
)
def test_a_place_of_a_chinese_text_has_an_english_form(chinese: str, said: str) -> None:
    assert english(chinese) == said


@pytest.mark.parametrize(
    "words",
    [
        "条款号未见原文", "附则", "八项禁止之四", "第八十五条（民事诉讼法）", "第条", "第三四条", "第一百千条", "第十百条",
        "第二款第三条", "第三条 第二款", "解释第四条", "第三条、", "、", "第三条之", "第１２条", "第三条第三条",
    ],
)  # fmt: skip
def test_words_that_are_no_place_are_not_guessed(words: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        english(words)


@given(st.integers(1, 9999))
def test_every_number_of_an_article_is_read_as_it_is_written(value: int) -> None:
    assert number(in_chinese(value)) == value


@given(st.text(alphabet="第条款项之至、0123零一十百千 a", max_size=12))
def test_an_english_form_never_holds_chinese(text: str) -> None:
    try:
        said = english(text)
    except ValueError:
        return
    assert not CHINESE.search(said)


def test_an_answer_says_where_its_rule_stands_in_its_own_language() -> None:
    facts = {"at": "2026-03-05T22:30:00+08:00", "channel": "voice"}
    said = {
        lang: [r["article"] for r in questions.ask("may_contact", facts, lang=lang)["reasons"]]
        for lang in LANGS
    }
    assert "条款号未见原文" in said["zh"]
    assert "article number not seen in the text" in said["en"]
    assert not any(CHINESE.search(article) for article in said["en"])


def test_every_shipped_article_is_said_in_both_languages() -> None:
    packs = load_packs(ROOT)
    for entry in (*packs.parameters.values(), *packs.rules.values()):
        assert set(entry.article) == set(LANGS), entry
        assert not CHINESE.search(entry.article["en"]), entry
        assert bool(entry.article["en"]) == bool(entry.article["zh"]), entry
