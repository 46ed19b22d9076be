"""A dialler's day, simulated second by second against the real gate: not one row over a limit."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.web.cases.bank import Bank, moment

from forbear.channels.sip import Cause, Event, Told
from forbear.web import clock
from forbear.web.cases import services as cases
from forbear.web.cases.models import Case
from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role
from forbear.web.runs.models import DayRun, QueueItem
from forbear.web.telephony import dialler, seats, services
from forbear.web.telephony.models import PhoneCall, Seat, SeatState
from forbear.web.telephony.policy import dialler_policy

pytestmark = pytest.mark.django_db
DAY = "2026-05-12"
BUSY, RINGS_OUT = Cause(486, 17), Cause(487, 19)


class Simulated:
    """Collectors, debtors who answer or do not, and a clock that jumps."""

    def __init__(self, monkeypatch, *, collectors: int, debtors: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.at = moment(DAY, "07:30:00")
        monkeypatch.setattr(clock, "now", lambda: self.at)
        bank = Bank()
        self.people = [bank.person(f"c{n}", Role.COLLECTOR, skill_group="early") for n in range(collectors)]
        run = DayRun.objects.create(
            as_of=self.at.date(),
            law_on=self.at.date(),
            inputs_digest="x",
            state="committed",
            started_at=self.at,
        )
        for n in range(debtors):
            customer = bank.customer()
            # One number in twenty is shared by two debtors: the rule per number binds both together.
            bank.number(customer, f"100{n - (n % 20 == 1):08d}")
            case = Case.objects.create(customer=customer, opened_on=self.at.date(), state="assigned")
            owner = self.people[n % collectors]
            Case.objects.filter(pk=case.pk).update(owner=owner, dpd=30, bucket="M1")
            QueueItem.objects.create(run=run, case=case, queue="early", rank=n, owner=owner, band="fresh")
        for person in self.people:
            services.set_handset(person, "7001", self.at)
            seats.begin_work(person, self.at)
        self.running: dict[int, tuple[datetime, str]] = {}
        self.orders: list[tuple[int, int]] = []  # collector, rank as dialled for the first time
        self.rests: dict[int, datetime] = {}

    def until(self, end: datetime, *, step: int) -> None:
        """Let the day run."""
        while self.at < end:
            self.events()
            for call in dialler.step(self.at):
                self.begin(call)
            self.at += timedelta(seconds=step)

    def begin(self, call: PhoneCall) -> None:
        """The line takes the call: the permit is judged again, then the telephone rings."""
        rested = self.rests.get(call.staff_id)
        assert rested is None or self.at >= rested, "rung while resting after an abusive call"
        if not services.may_dial(call, self.at):
            services.hear(call.pk, Event(Told.WITHDRAWN), self.at)
            return
        services.hear(call.pk, Event(Told.DIALLED), self.at)
        fate = self.dice.choices(["answers", "busy", "rings out"], [30, 10, 60])[0]
        seconds = {"answers": 15, "busy": 3, "rings out": 40}[fate]
        self.running[call.pk] = (self.at + timedelta(seconds=seconds), fate)

    def events(self) -> None:
        """What the network tells by now."""
        for pk, (when, fate) in list(self.running.items()):
            if when > self.at:
                continue
            del self.running[pk]
            if fate == "answers":
                services.hear(pk, Event(Told.ANSWERED), self.at)
                self.running[pk] = (self.at + timedelta(seconds=self.dice.randint(20, 240)), "talks")
            elif fate == "talks":
                self.written(services.hear(pk, Event(Told.ENDED, Cause(0, 16), by="debtor"), self.at))
            else:
                call = services.hear(pk, Event(Told.FAILED, BUSY if fate == "busy" else RINGS_OUT), self.at)
                services.record_unanswered(call, self.at)

    def written(self, call: PhoneCall) -> None:
        """The collector writes the result: an abusive call now and then."""
        abusive = self.dice.random() < 0.05
        result = cases.Result("L01", "P2", "B25" if abusive else "B99", note="x")
        attempt = cases.wrap_up(services.as_wrapped(call, self.at), result)
        services.tie(call, attempt)
        seats.after_call(call.staff, attempt, self.at)
        if abusive:
            self.rests[call.staff_id] = self.at + dialler_policy(self.at.date()).after_abuse


OVER_LIMIT = """
SELECT 'number', count(*) FROM (
    SELECT number_index FROM contact_contactattempt WHERE NOT answered GROUP BY number_index, local_day HAVING count(*) > 6) n
UNION ALL SELECT 'debtor', count(*) FROM (
    SELECT customer_id FROM contact_contactattempt WHERE effective GROUP BY customer_id, local_day HAVING count(*) > 3) d
UNION ALL SELECT 'hour', count(*) FROM contact_contactattempt
    WHERE extract(hour FROM at AT TIME ZONE 'Asia/Shanghai') NOT BETWEEN 8 AND 21
UNION ALL SELECT 'without permit', count(*) FROM contact_contactattempt WHERE permit_id IS NULL
UNION ALL SELECT 'tries of the dialler', count(*) FROM (
    SELECT case_id FROM telephony_phonecall WHERE dialled_at IS NOT NULL GROUP BY case_id HAVING count(*) > 3) t
UNION ALL SELECT 'two at once', count(*) FROM telephony_phonecall a JOIN telephony_phonecall b
    ON a.staff_id = b.staff_id AND a.id < b.id AND b.asked_at < a.ended_at AND b.asked_at > a.asked_at
UNION ALL SELECT 'abandoned', count(*) FROM telephony_phonecall WHERE abandoned
"""


def check(day: Simulated, least: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OVER_LIMIT)
        found = dict(cursor.fetchall())
    assert set(found.values()) == {0}, found
    assert ContactAttempt.objects.count() >= least
    lines = Counter(ContactAttempt.objects.values_list("line", flat=True))
    assert set(lines) == {"L01", "L02", "L03"}


def test_a_dialler_morning_has_no_row_over_a_limit_and_keeps_the_order_of_the_day(monkeypatch):
    day = Simulated(monkeypatch, collectors=3, debtors=40, seed=1)
    day.at = moment(DAY, "08:00:00")

    day.until(moment(DAY, "08:25:00"), step=10)

    check(day, least=30)
    first = PhoneCall.objects.order_by("asked_at", "pk")
    assert first[0].dialled_at >= moment(DAY, "08:00:00")
    for person in day.people:
        ranks = [
            QueueItem.objects.get(case_id=case_id).rank
            for case_id in PhoneCall.objects.filter(staff=person)
            .order_by("pk")
            .values_list("case_id", flat=True)
        ]
        fresh = list(dict.fromkeys(ranks))
        assert fresh == sorted(fresh)


def test_before_eight_nobody_is_rung_and_at_eight_the_day_begins(monkeypatch):
    day = Simulated(monkeypatch, collectors=1, debtors=4, seed=5)
    day.at = moment(DAY, "07:57:00")

    day.until(moment(DAY, "08:02:00"), step=20)

    assert PhoneCall.objects.order_by("asked_at")[0].asked_at >= moment(DAY, "08:00:00")


def test_the_dialler_stops_at_the_evening_by_itself(monkeypatch):
    day = Simulated(monkeypatch, collectors=2, debtors=12, seed=2)
    day.at = moment(DAY, "21:56:00")

    day.until(moment(DAY, "22:04:00"), step=10)

    assert PhoneCall.objects.filter(dialled_at__isnull=False).exists()
    assert not PhoneCall.objects.filter(dialled_at__gte=moment(DAY, "22:00:00")).exists()


def test_a_collector_on_a_break_is_not_rung_and_a_rest_is_not_cut_short(monkeypatch):
    day = Simulated(monkeypatch, collectors=1, debtors=5, seed=3)
    day.at = moment(DAY, "09:00:00")
    person = day.people[0]
    seats.pause(person, day.at)
    day.until(moment(DAY, "09:02:00"), step=20)
    assert not PhoneCall.objects.exists()

    seat = Seat.objects.get(user=person)
    seats.move(seat, SeatState.RESTING, day.at, not_before=day.at + timedelta(minutes=10))
    seats.pause(person, day.at)
    seats.begin_work(person, day.at)
    day.until(day.at + timedelta(minutes=9), step=60)
    assert not PhoneCall.objects.exists()
    day.until(day.at + timedelta(minutes=2), step=10)
    assert PhoneCall.objects.exists()


def told(day: Simulated) -> str:
    """Return the day in one line: calls, what came of them, the share of abandoned calls beside its limit."""
    calls = PhoneCall.objects.filter(dialled_at__isnull=False)
    answered, abandoned = (calls.filter(**{name: value}).count() for name, value in ANSWERED)
    most = max(Counter(calls.values_list("case_id", flat=True)).values())
    rules = dialler_policy(day.at.date())
    return (
        f"{day.at:%H:%M} {calls.count()} dialled, {answered} answered, {abandoned} abandoned (at most {rules.abandoned_share_max}"
        f" of the answered), {ContactAttempt.objects.count()} attempts, {most} tries of a case (at most {rules.tries_a_day_max})"
    )


ANSWERED = (("answered_at__isnull", False), ("abandoned", True))


# Each turn commits, as the dialler's do: in one long transaction every row a turn moved would be kept and read again.
@pytest.mark.stress
@pytest.mark.django_db(transaction=True)
def test_a_day_of_ten_thousand_calls_has_no_row_over_a_limit(monkeypatch):
    collectors = int(os.environ.get("DIALLER_COLLECTORS", "30"))
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # no crash is tried here
    day = Simulated(monkeypatch, collectors=collectors, debtors=collectors * 180, seed=4)
    day.at = moment(DAY, "07:55:00")

    for hour in range(8, 23):
        day.until(moment(DAY, f"{hour:02}:10:00"), step=10)
        print(told(day), flush=True)

    check(day, least=collectors * 333)
