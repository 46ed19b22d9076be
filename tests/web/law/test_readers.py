"""Where a parameter is used that no rule names: the record is what the worked cases and the source say, and reads as words."""

from __future__ import annotations

import pytest
from tools import parameter_readers

from forbear.packs import shared_packs
from forbear.questions.registry import all_questions
from forbear.web.law.readers import PROGRAMS, Readers, readers_of, record

PACKS = shared_packs()


def test_the_record_is_what_the_cases_and_the_source_say():
    found = parameter_readers.written(parameter_readers.readers(PACKS))

    assert parameter_readers.RECORD.read_text(encoding="utf-8") == found, (
        "run `python tools/parameter_readers.py` and commit what it writes"
    )


def test_every_parameter_is_named_by_a_rule_or_read_by_somebody_with_a_name():
    assert set(record()) == set(parameter_readers.unnamed(PACKS))
    for name, who in record().items():
        assert who != Readers(), f"{name}: nothing reads it: use it or remove it"
        assert set(who.question) <= {each.name for each in all_questions()}, name
        assert set(who.parameter) <= set(PACKS.parameters), name
        assert set(who.program) <= set(PROGRAMS), name


def test_a_name_is_read_whole_or_by_its_end_beside_its_beginning():
    reads = parameter_readers.reads

    assert reads({"house/day/plan_at"}, "house/day/plan_at")
    assert reads({"house/day/", "plan_at"}, "house/day/plan_at")
    assert reads({"day/plan_at"}, "house/day/plan_at")
    assert reads({"messages/", "app"}, "house/messages/app")
    assert not reads({"plan_at"}, "house/day/plan_at")
    assert not reads({"house/day/"}, "house/day/plan_at")


def test_what_the_record_does_not_know_has_no_readers():
    assert readers_of("house/contact/evening_from") == Readers()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "name", "shown"),
    [
        ("en", "cn/civil-procedure-law/deadlines/defence", ("Deadlines",)),
        ("zh-hans", "cn/civil-procedure-law/deadlines/defence", ("期限",)),
        ("en", "house/authority/limits", ("Ways to pay", "Case work")),
        ("zh-hans", "house/authority/limits", ("还款", "案件办理")),
        ("en", "house/day/plan_at", ("house/day/channels",)),
    ],
)
def test_the_page_of_a_parameter_names_who_reads_it(lang, name, shown, signed_in, author):
    author.language = lang
    author.save()

    page = signed_in(author).get(f"/law/parameters/{name}/").text.split("<main", 1)[1]

    assert "by name" not in page
    for words in shown:
        assert words in page
