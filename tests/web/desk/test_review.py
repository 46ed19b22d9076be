"""A visit or a legal review is taken off the list without a call, with what was found, and can be put back."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment
from tests.web.desk.test_my_day import NOON

from forbear.web.cases.models import Case, CaseEvent
from forbear.web.desk.queue import my_day
from forbear.web.people.models import User
from forbear.web.runs.models import DayRun, QueueItem


def listed(bank: Bank, queue: str) -> Case:
    """Queue a case for whoever reviews."""
    case, _ = bank.late_case()
    run = DayRun.objects.create(
        as_of=NOON.date(), law_on=NOON.date(), inputs_digest=queue, state="committed", started_at=NOON
    )
    QueueItem.objects.create(run=run, case=case, queue=queue, rank=1, band="best_value")
    return case


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("role", "queue"), [("field", "visit"), ("legal", "legal")])
def test_what_was_found_takes_the_case_off_the_list(bank: Bank, stop_clock, role: str, queue: str) -> None:
    stop_clock(NOON)
    case, who = listed(bank, queue), bank.person("ma", role)
    client = signed_in(who)
    assert f"/desk/cases/{case.pk}/done/" in client.get(f"/desk/cases/{case.pk}/").content.decode()

    client.post(f"/desk/cases/{case.pk}/done/", {"found": "No proceedings: the contract is missing."})

    assert my_day(who, NOON).rows == ()
    told = CaseEvent.objects.filter(case=case, kind="note").get()
    assert (told.payload["text"], told.by) == ("No proceedings: the contract is missing.", who)
    client.post(f"/desk/cases/{case.pk}/reopen/")
    assert [row.case_id for row in my_day(who, NOON).rows] == [case.pk]


def test_without_a_finding_nothing_is_taken_off(bank: Bank, stop_clock) -> None:
    stop_clock(NOON)
    case, who = listed(bank, "legal"), bank.person("ma", "legal")
    signed_in(who).post(f"/desk/cases/{case.pk}/done/", {"found": "  "})
    assert [row.case_id for row in my_day(who, NOON).rows] == [case.pk]


def test_twice_is_once(bank: Bank, stop_clock) -> None:
    stop_clock(NOON)
    case, who = listed(bank, "legal"), bank.person("ma", "legal")
    for _ in range(2):
        signed_in(who).post(f"/desk/cases/{case.pk}/done/", {"found": "Read."})
    assert CaseEvent.objects.filter(case=case, kind="note").count() == 1


def test_a_collectors_call_is_not_ticked_off_without_one(bank: Bank, stop_clock) -> None:
    stop_clock(NOON)
    case, _ = bank.late_case()
    run = DayRun.objects.create(
        as_of=NOON.date(), law_on=NOON.date(), inputs_digest="x", state="committed", started_at=NOON
    )
    item = QueueItem.objects.create(
        run=run, case=case, queue="early", rank=1, owner=bank.collector, band="fresh"
    )
    signed_in(bank.collector).post(f"/desk/cases/{case.pk}/done/", {"found": "Nobody at home."})
    item.refresh_from_db()
    assert item.done_at is None


@pytest.mark.parametrize(
    ("clock", "said"), [("21:59:59", False), ("22:00:00", True), ("07:59:59", True), ("08:00:00", False)]
)
def test_my_day_says_when_nobody_may_be_called(bank: Bank, stop_clock, clock: str, said: bool) -> None:
    stop_clock(moment("2026-05-12", clock))
    assert ('id="quiet"' in signed_in(bank.collector).get("/desk/").content.decode()) is said
