"""Judged again, every decision comes out as it was made; under a draft, what would change is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from tests.web.law.conftest import CONTACT, NOON
from tests.web.law.test_publishing import AT, ask

from forbear.web.law import current, replay, services
from forbear.web.law.backdated import backdated
from forbear.web.law.checks import check_draft

pytestmark = pytest.mark.django_db
EVENING = NOON.replace(hour=21)
START, END = NOON - timedelta(days=10), NOON + timedelta(days=10)


def test_every_decision_is_what_the_law_of_its_date_says_also_across_a_publication(publish, case):
    ask(case, EVENING - timedelta(days=1))
    ask(case, EVENING - timedelta(days=1, hours=-2))  # 23:00, refused
    publish(effective_at=EVENING)
    ask(case, EVENING - timedelta(seconds=1))
    ask(case, EVENING)

    report = replay.replay(START, END)

    assert (report.judged, report.changed, report.other_packs) == (4, 0, 0)


def test_an_answer_that_was_tampered_with_is_found(case):
    ask(case, EVENING)
    decision = ask(case, EVENING.replace(hour=23)).decision_id
    with connection.cursor() as cursor:  # as somebody with the database's own password would
        cursor.execute("ALTER TABLE contact_gatedecision DISABLE TRIGGER append_only")
        cursor.execute("UPDATE contact_gatedecision SET answer = 'allowed' WHERE id = %s", [decision])
        cursor.execute("ALTER TABLE contact_gatedecision ENABLE TRIGGER append_only")

    report = replay.replay(START, END)

    assert report.changed == 1
    assert report.examples[0]["decision"] == decision


def test_facts_that_were_tampered_with_are_found(case):
    ask(case, EVENING.replace(hour=23))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contact_gatedecision DISABLE TRIGGER append_only")
        cursor.execute(
            """UPDATE contact_gatedecision SET facts = facts || '{"at": "2026-11-24T12:00:00+08:00"}'"""
        )
        cursor.execute("ALTER TABLE contact_gatedecision ENABLE TRIGGER append_only")

    assert replay.replay(START, END).changed == 1


def test_under_a_draft_the_report_says_what_would_change_by_rule_channel_and_team(case, collector, evenings):
    ask(case, EVENING, collector)
    ask(case, NOON, collector)
    checked = check_draft("policy/house/contact.yaml", evenings, AT)

    found = replay.what_if(START, END, checked.packs).as_json()

    assert (found["judged"], found["changed"], found["newly_refused"], found["newly_allowed"]) == (2, 1, 1, 0)
    assert found["by_rule"] == [["HOUSE-EVENINGS", 1, 0]]
    assert found["by_channel"] == [["voice", 1]]
    assert found["by_team"] == [["early", 1]]
    assert found["examples"][0]["after"] == "refused"


def test_submitting_tries_the_draft_on_the_ninety_days_before(case, write, author, stop_clock):
    ask(case, EVENING - timedelta(days=90))  # 89 days and 15 hours before noon
    ask(case, EVENING - timedelta(days=91))

    draft = services.submit(write(), by=author, at=NOON)

    assert draft.what_if["judged"] == 1
    assert draft.what_if["newly_refused"] == 1


def test_many_decisions_are_read_in_chunks_each_once(case, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(replay, "CHUNK", 2)
    for minute in range(5):
        ask(case, NOON + timedelta(seconds=minute // 2))  # pairs at the same moment

    with django_assert_num_queries(3):
        assert replay.replay(START, END).judged == 5


def test_a_rule_that_begins_with_the_draft_is_tried_as_if_it_had_been_in_force(case, write, author, evenings):
    ask(case, EVENING - timedelta(days=30))
    dated = evenings.replace("from: 2026-01-30", "from: 2026-11-24")
    assert dated != evenings

    draft = services.submit(write(dated), by=author, at=NOON)

    assert draft.what_if["by_rule"] == [["HOUSE-EVENINGS", 1, 0]]


def test_a_number_that_changes_with_the_draft_is_tried_with_its_new_value(
    case, write, author, publish, evenings, second
):
    publish(evenings, effective_at=AT)  # nobody after 20:00
    ask(case, EVENING.replace(hour=19) - timedelta(days=30))  # allowed then
    earlier = evenings.replace('{2000-01-01: "20:00:00"}', '{2000-01-01: "20:00:00", 2026-11-24: "18:30:00"}')

    draft = services.submit(write(earlier, effective_at=AT + timedelta(minutes=5)), by=author, at=NOON)

    assert draft.what_if["newly_refused"] == 1


def test_a_rule_that_the_draft_ends_is_tried_as_if_it_had_never_spoken(
    case, write, author, publish, evenings
):
    publish(evenings, effective_at=AT)
    assert not ask(case, EVENING).allowed
    later = NOON + timedelta(days=1)
    ended = evenings.replace("from: 2026-01-30\n", "from: 2026-01-30\n    until: 2026-11-25\n", 1)

    draft = services.submit(write(ended, effective_at=later + timedelta(days=1)), by=author, at=later)

    assert draft.what_if["by_rule"] == [["HOUSE-EVENINGS", 0, 1]]
    assert draft.what_if["newly_allowed"] == 1


def test_what_a_draft_leaves_alone_keeps_its_dates(evenings):
    before, after = current.packs_at(NOON), check_draft(CONTACT, evenings, AT).packs

    found = backdated(before, after, on=AT.date(), since=START)

    assert found.rules["HOUSE-EVENINGS"].starts_on == date(2026, 1, 30)
    assert found.rules["CBA26-HOURS"] is after.rules["CBA26-HOURS"]
    assert (
        found.parameters["cn/cba-2026-guide/quiet_from"] is after.parameters["cn/cba-2026-guide/quiet_from"]
    )
