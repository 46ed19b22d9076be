"""The library finds in both languages, says what is expired or unverified, and shows nothing raw."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.web.law.conftest import NOON, person
from tests.web.law.test_publishing import ask

from forbear.packs import shared_packs
from forbear.web.law import library
from forbear.web.law.cards import cards_for
from forbear.web.law.library import Wanted
from forbear.web.people.models import Role

pytestmark = pytest.mark.django_db
PACKS = shared_packs()
TODAY = date(2026, 11, 24)


def ids(**wanted):
    return {each.id for each in library.search(PACKS, Wanted(on=TODAY, **wanted))}


@pytest.mark.parametrize(
    "words", ["HOUSE-EVENINGS"[:5] + "-COMPLAINT", "complaint is open", "投诉未办结", "COMPLAINT Open nobody"]
)
def test_words_are_found_in_chinese_and_english_whatever_their_case_and_order(words):
    assert "HOUSE-COMPLAINT" in ids(words=words)


def test_words_that_are_nowhere_find_nothing():
    assert ids(words="不存在的词 xyz") == set()


def test_filters_hold_together():
    found = library.search(PACKS, Wanted(on=TODAY, kind="rule", force="policy", jurisdiction="house"))

    assert found
    assert {(each.kind, each.instrument.force) for each in found} == {("rule", "policy")}


def test_unverified_is_a_filter_of_its_own():
    assert {each.grade for each in library.search(PACKS, Wanted(on=TODAY, grade="unverified"))} <= {"U", "V3"}


def test_a_rule_is_not_yet_in_force_the_day_before_it_begins():
    rule = library.of_rule(PACKS, PACKS.rules["CBA26-HOURS"])

    assert rule.status(rule.starts_on - timedelta(days=1)) == "future"
    assert rule.status(rule.starts_on) == "in_force"


def test_a_parameter_that_ended_is_expired_the_day_after():
    ended = [each for each in PACKS.parameters.values() if each.untils[-1]]
    assert ended
    entry = library.of_parameter(ended[0])

    assert entry.status(entry.until) == "in_force"
    assert entry.status(entry.until + timedelta(days=1)) == "expired"


def test_a_rules_text_carries_the_numbers_of_the_day():
    text = library.rendered(PACKS, PACKS.rules["HOUSE-SERVICE-HOURS"], TODAY)

    assert "22:00" in text["zh"]
    assert "{" not in text["en"]


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.LEGAL, Role.MANAGER, Role.COLLECTOR, Role.ANALYST])
def test_who_reads_the_library(role, signed_in):
    assert signed_in(person("a", role)).get("/law/").status_code == 200


def test_an_administrator_and_a_stranger_do_not(signed_in, client, db):
    assert signed_in(person("a", Role.ADMINISTRATOR)).get("/law/").status_code == 403
    assert client.get("/law/").status_code == 302


@pytest.mark.parametrize("path", ["drafts/", "drafts/new/?file=policy/house/contact.yaml", "replay/"])
def test_only_compliance_drafts_and_judges_again(path, signed_in, collector, author):
    assert signed_in(collector).get(f"/law/{path}").status_code == 403
    assert signed_in(author).get(f"/law/{path}").status_code == 200


def test_every_entry_has_a_page(signed_in, author):
    client = signed_in(author)
    for kind, held in (
        ("rules", PACKS.rules),
        ("parameters", PACKS.parameters),
        ("instruments", PACKS.instruments),
    ):
        for each in held:
            assert client.get(f"/law/{kind}/{each}/").status_code == 200, each


@pytest.mark.parametrize(
    "path",
    [
        "rules/NONE/",
        "parameters/no/such/",
        "instruments/none/",
        "drafts/999/",
        "notices/999/",
        "drafts/new/?file=/etc/passwd",
    ],
)
def test_what_is_not_there_is_not_found(path, signed_in, author):
    assert signed_in(author).get(f"/law/{path}").status_code == 404


def test_the_page_of_a_rule_counts_its_refusals_of_the_last_days(case, signed_in, author):
    ask(case, NOON.replace(hour=23) - timedelta(days=1))
    ask(case, NOON.replace(hour=23) - timedelta(days=40))

    assert library.refusals(NOON)["CBA26-HOURS"]["decisions"] == 1
    assert "/board/contact/?days=30" in signed_in(author).get("/law/rules/CBA26-HOURS/").text


def test_the_library_takes_the_same_few_queries_whatever_it_shows(
    signed_in, author, django_assert_max_num_queries
):
    client = signed_in(author)
    client.get("/law/")
    with django_assert_max_num_queries(4):  # session, user, refusals
        client.get("/law/")


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", "'\"><img src=x>", "%", "\\", "\x00", "a" * 200])
def test_hostile_words_are_escaped_and_break_nothing(q, signed_in, author):
    answer = signed_in(author).get("/law/", {"q": q, "on": "yesterday", "kind": "nonsense"})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x>" not in answer.text


def test_a_card_leads_from_the_case_to_the_rule(case):
    reply = ask(case, NOON.replace(hour=23)).reply

    cards = cards_for(reply)

    assert {card["address"] for card in cards} >= {"/law/rules/CBA26-HOURS/"}
    assert cards[0]["tone"] == "bad"


@pytest.mark.parametrize(
    ("rule", "day", "said"),
    [
        ("CC11-70-TERM", TODAY, "60个月"),  # states: {months_max: plan_months_max}
        ("CN22-INST-CASH-TERM", TODAY, "24个月"),  # not the 60 months that its instrument calls months_max
        ("LIM-1986-135", TODAY, "诉讼时效期间为2年"),  # expired: the number of its own last day
        ("CRIM-OD-8", TODAY, "…元"),  # an amount that only the case in hand gives
    ],
)
def test_a_row_of_the_library_shows_numbers_and_never_a_placeholder(rule, day, said):
    entry = library.of_rule(PACKS, PACKS.rules[rule])

    assert said in library.said(PACKS, entry, day)["zh"]


def test_no_row_of_the_library_shows_a_placeholder():
    for entry in library.entries(PACKS):
        assert "{" not in "".join(library.said(PACKS, entry, TODAY).values()), entry.id
