"""My day: what comes first, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.desk.queue import my_day
from forbear.web.desk.refusals import FieldWrong
from forbear.web.desk.wrap_up_form import read_day
from forbear.web.runs.models import DayRun, QueueItem

NOON = moment("2026-05-12", "12:00:00")


def run(bank: Bank, *items: tuple[object, str]) -> None:
    """Commit a run that queued these cases for the collector, in this order."""
    made = DayRun.objects.create(
        as_of=NOON.date(), law_on=NOON.date(), inputs_digest="x", state="committed", started_at=NOON
    )
    for rank, (case, band) in enumerate(items):
        QueueItem.objects.create(
            run=made, case=case, queue="early", rank=rank, owner=bank.collector, band=band
        )


def bands(bank: Bank) -> list[tuple[int, str]]:
    return [(row.case_id, row.band.code) for row in my_day(bank.collector, NOON).rows]


def test_call_backs_come_before_promises_before_broken_ones_before_the_run(bank: Bank) -> None:
    fresh, high, broken, due, back = (bank.late_case()[0] for _ in range(5))
    run(bank, (high, "high_value"), (fresh, "fresh"), (broken, "best_value"), (due, "fresh"), (back, "fresh"))
    services.add_task(
        back,
        kind="callback",
        due_at=NOON + timedelta(hours=3),
        at=NOON,
        by=bank.collector,
        owner=bank.collector,
    )
    bank.promises(due, 100_000, due="2026-05-12", on="2026-05-10")
    bank.promises(broken, 100_000, due="2026-05-09", on="2026-05-08")
    bank.night("2026-05-12")

    assert bands(bank) == [
        (back.pk, "callback"),
        (due.pk, "promise_due"),
        (broken.pk, "broken_promise"),
        (high.pk, "high_value"),  # by the run's own rank from here
        (fresh.pk, "fresh"),
    ]


def test_who_was_tried_comes_after_who_was_not(client: Client, bank: Bank) -> None:
    first, second = bank.late_case()[0], bank.late_case()[0]
    point = bank.number(first.customer)
    run(bank, (first, "fresh"), (second, "fresh"))
    client.post(f"/desk/cases/{first.pk}/dial/", {"point": point.pk})
    client.post(f"/desk/cases/{first.pk}/wrap-up/", {"line": "L02"})

    assert [case for case, _ in bands(bank)] == [second.pk, first.pk]


def test_who_was_reached_leaves_the_queue(client: Client, bank: Bank) -> None:
    first, second = bank.late_case()[0], bank.late_case()[0]
    point = bank.number(first.customer)
    run(bank, (first, "fresh"), (second, "fresh"))
    client.post(f"/desk/cases/{first.pk}/dial/", {"point": point.pk})
    client.post(f"/desk/cases/{first.pk}/wrap-up/", {"line": "L01", "party": "P2", "outcome": "B33"})

    assert [case for case, _ in bands(bank)] == [second.pk]


def test_a_case_on_hold_or_of_a_colleague_is_not_there(bank: Bank) -> None:
    held, given, mine = (bank.late_case()[0] for _ in range(3))
    run(bank, (held, "fresh"), (given, "fresh"), (mine, "fresh"))
    services.place_hold(held, kind="dispute", at=NOON, by=bank.collector)
    services.assign(given, owner=bank.person("wang", "collector"), at=NOON, by=bank.lead)

    assert bands(bank) == [(mine.pk, "fresh")]


def test_a_newer_run_replaces_the_queue_and_a_failed_one_does_not(bank: Bank) -> None:
    old, new = bank.late_case()[0], bank.late_case()[0]
    run(bank, (old, "fresh"))
    later = DayRun.objects.create(
        as_of=NOON.date(), law_on=NOON.date(), inputs_digest="y", state="failed", started_at=NOON
    )
    QueueItem.objects.create(run=later, case=new, queue="early", rank=0, owner=bank.collector, band="fresh")

    assert bands(bank) == [(old.pk, "fresh")]


@pytest.mark.parametrize(("role", "queue"), [("field", "visit"), ("legal", "legal")])
def test_visits_and_legal_reviews_wait_for_whoever_does_them(bank: Bank, role: str, queue: str) -> None:
    """The case stays with its collector, who goes on working it; the visit or the review is nobody's but its own."""
    case, _ = bank.late_case()
    run(bank)
    QueueItem.objects.create(run=DayRun.objects.get(), case=case, queue=queue, rank=1, band="best_value")
    does_it, other = bank.person("ma", role), bank.person("sun", "field" if role == "legal" else "legal")

    assert [(row.case_id, row.band.code) for row in my_day(does_it, NOON).rows] == [(case.pk, queue)]
    assert my_day(other, NOON).rows == ()
    assert bands(bank) == [(case.pk, "mine")]
    services.place_hold(case, kind="dispute", at=NOON, by=bank.collector)
    assert my_day(does_it, NOON).rows == ()


def test_my_day_takes_two_queries_however_long_it_is(bank: Bank) -> None:
    run(bank, *((bank.late_case()[0], "fresh") for _ in range(5)))

    with CaptureQueriesContext(connection) as queries:
        my_day(bank.collector, NOON)

    assert len(queries) == 2  # what waits, and which debtors are closed to its reader


def test_an_empty_day_says_what_fills_it(client: Client) -> None:
    assert "Nothing is waiting for you" in client.get("/desk/").content.decode()


def test_no_amount_is_on_my_day(client: Client, bank: Bank) -> None:
    case, _ = bank.late_case()
    bank.promises(case, 123_400, due="2026-05-12", on="2026-05-10")

    page = client.get("/desk/").content.decode()

    assert "张*明" in page
    assert "1,234.00" not in page
    assert "20,000.00" not in page


def test_a_call_back_waits_for_its_time_and_then_comes_first(bank: Bank) -> None:
    fresh, back = bank.late_case()[0], bank.late_case()[0]
    run(bank, (fresh, "fresh"), (back, "fresh"))
    three = moment("2026-05-12", "15:00:00")
    services.add_task(back, kind="callback", due_at=three, at=NOON, by=bank.collector, owner=bank.collector)

    def next_at(at: datetime) -> int:
        row = my_day(bank.collector, at).next_after()
        assert row is not None
        return row.case_id

    assert next_at(NOON) == fresh.pk
    assert next_at(three - timedelta(seconds=61)) == fresh.pk
    assert next_at(three - timedelta(seconds=60)) == back.pk
    assert next_at(three + timedelta(hours=1)) == back.pk


def test_a_refused_call_can_be_put_on_the_list_for_the_next_lawful_moment(
    client: Client, bank: Bank, stop_clock: Callable[[datetime], None]
) -> None:
    case, _ = bank.late_case()
    stop_clock(moment("2026-05-12", "22:00:00"))

    client.post(f"/desk/cases/{case.pk}/later/", {"at": "2026-05-13T08:00:00+08:00"})

    assert case.tasks.get().due_at == moment("2026-05-13", "08:00:00")
    assert my_day(bank.collector, moment("2026-05-13", "08:00:00")).rows[0].band.code == "callback"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-05-15", "2026-05-15"),
        ("05-15", "2026-05-15"),
        ("5/15", "2026-05-15"),
        ("15", "2026-05-15"),
        ("12", "2026-05-12"),
        ("11", "2026-06-11"),
        ("31", "2026-05-31"),
        ("+3", "2026-05-15"),
        ("02-29", None),  # none within a year of 2026-05-12
        ("2026-02-30", None),
        ("32", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_date_is_read_the_way_people_say_it(written: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(FieldWrong):
            read_day(written, NOON.date())
    else:
        assert read_day(written, NOON.date()).isoformat() == read
