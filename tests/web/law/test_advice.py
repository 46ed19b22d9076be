"""What a draft leaves open is said on submission: in words of both languages, to the author and to the second person."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.web.law.conftest import EVENING_FROM, NOON

from forbear.web.law import overlay, services
from forbear.web.law.services import LawRefused

pytestmark = pytest.mark.django_db
DAY = "policy/house/day.yaml"


def kinds(draft, name):
    return {(p["kind"], p.get("detail")) for p in draft.what_if["open"] if p["name"] == name}


def test_a_new_rule_without_cases_says_which_days_lack_one(write, author):
    draft = services.submit(write(), by=author, at=NOON)

    said = kinds(draft, "HOUSE-EVENINGS")
    assert {("first_day", "2026-01-30"), ("day_before", "2026-01-29"), ("unheld", "")} <= said
    assert all(
        p["folder"] == "policy/house/vectors" for p in draft.what_if["open"] if p["kind"] == "first_day"
    )


def test_a_new_number_without_cases_says_on_which_side(write, author):
    draft = services.submit(write(), by=author, at=NOON)

    assert {kind for kind, _ in kinds(draft, "house/contact/evening_from")} == {"threshold"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "HOUSE-EVENINGS begins on 2026-01-30, and no worked case stands on that day."), ("zh-hans", "HOUSE-EVENINGS自2026-01-30起生效，该日没有演算案例")],
)  # fmt: skip
def test_the_second_person_reads_it_in_their_language(write, author, second, signed_in, language, words):
    draft = services.submit(write(), by=author, at=NOON)
    second.language = language
    second.save()

    page = signed_in(second).get(reverse("law_draft", args=[draft.pk])).content.decode()

    assert words in page


def test_a_number_of_the_house_that_nothing_reads_is_refused(write, author):
    text = overlay.shipped_text(DAY).replace("parameters:\n", "parameters:" + EVENING_FROM, 1)

    with pytest.raises(LawRefused, match=r"house/day/evening_from.*(remove it|删除)"):
        services.submit(write(text, file=DAY), by=author, at=NOON)


def test_a_case_that_would_get_another_answer_is_named(write, author):
    draft = services.submit(write(), by=author, at=NOON)

    cases = {p["name"]: p["folder"] for p in draft.what_if["open"] if p["kind"] == "case"}
    assert cases["T02 a call at 21:59 is allowed"] == "law/cn/vectors/contact.yaml"


def test_a_rule_of_a_question_nobody_asks_is_refused(write, author, evenings):
    text = evenings.replace(
        "    question: may_contact\n    source: {en: the house leaves",
        "    question: may_dance\n    source: {en: the house leaves",
    )
    assert "may_dance" in text

    with pytest.raises(LawRefused, match="may_dance"):
        services.submit(write(text), by=author, at=NOON)


def test_a_table_its_question_cannot_read_is_refused_before_anyone_asks(write, author):
    file = "policy/house/retention.yaml"
    text = overlay.shipped_text(file).replace("from: limitation_last_day", "from: full_moon")

    with pytest.raises(LawRefused, match=r"full_moon|limitation_last_day"):
        services.submit(write(text, file=file), by=author, at=NOON)


def test_a_draft_whose_words_alone_change_leaves_nothing_open(write, author):
    text = overlay.shipped_text(DAY) + "\n# a word\n"

    assert services.submit(write(text, file=DAY), by=author, at=NOON).what_if["open"] == []
