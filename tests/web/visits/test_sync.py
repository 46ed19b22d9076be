"""What a phone sends arrives once: lost answers, repeats, reordered and partial batches, a server killed in the middle."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.visits.phone import DOOR, written

from forbear.web.cases.models import CaseEvent, Task
from forbear.web.contact.models import ContactAttempt
from forbear.web.visits import concluding, records, sync
from forbear.web.visits.models import Visit, VisitRecord, VisitState

pytestmark = pytest.mark.django_db


def outcome(visit: Visit) -> tuple:
    """Return all that a visit came to, without the hour at which we heard of it."""
    visit.refresh_from_db()
    (attempt,) = ContactAttempt.objects.filter(case=visit.case, channel="visit")
    rows = VisitRecord.objects.filter(visit=visit, client_id__isnull=False).order_by("phone_seq")
    return (
        visit.state, visit.result, tuple(visit.missing), visit.checked_in_at, attempt.at, attempt.party, attempt.outcome,
        tuple((str(row.client_id), row.kind, row.at) for row in rows),
        sorted(Task.objects.filter(case=visit.case).values_list("kind", flat=True)),
        sorted(CaseEvent.objects.filter(case=visit.case, kind__startswith="visit_").values_list("kind", flat=True)),
        records.broken(visit),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_any_order_any_batches_any_repeats_come_to_the_same(field):
    """Forty ways in which a network can mangle a queue, against real PostgreSQL; each comes to the same visit."""
    whole = None
    dice = random.Random(7)
    phone, visit = written(field)
    pristine = list(phone.queue)
    for trial in range(40):
        if trial:
            again(visit)
        left = list(pristine)
        phone.now = DOOR + timedelta(hours=1)
        while left:
            batch = dice.sample(pristine, dice.randint(1, len(pristine)))  # what is there already comes again
            if dice.random() < 0.5:
                batch = batch[: dice.randint(1, len(batch))]  # cut off on the way
            answer = phone.send(batch)
            assert not answer.set_aside
            if dice.random() < 0.3:
                continue  # the answer was lost: the phone keeps everything
            held = {*answer.taken, *answer.known}
            left = [each for each in left if each["id"] not in held]
        told = outcome(visit)
        whole = whole or told
        assert told == whole
    assert whole[0] == VisitState.REPORT_DUE
    assert whole[2] == ("files",)


def again(visit: Visit) -> None:
    """Take the visit back to where no record had arrived; a test may switch off what guards evidence, nobody else."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "DELETE FROM visits_visitrecord WHERE visit_id = %s AND (client_id IS NOT NULL OR sequence > %s)",
            [visit.pk, before(visit)],
        )
        cursor.execute(
            "UPDATE visits_visit SET state='scheduled', closed_at=NULL, attempt_id=NULL, checked_in_at=NULL, checked_out_at=NULL, result='', missing='[]' WHERE id=%s",
            [visit.pk],
        )
        cursor.execute("DELETE FROM contact_contactattempt WHERE channel='visit'")
        cursor.execute("DELETE FROM cases_task WHERE case_id=%s AND kind <> 'approval'", [visit.case_id])
        cursor.execute("DELETE FROM cases_hold WHERE case_id=%s", [visit.case_id])
        cursor.execute("UPDATE cases_case SET state='assigned', held_state='' WHERE id=%s", [visit.case_id])
        cursor.execute(
            "DELETE FROM cases_caseevent WHERE case_id=%s AND sequence > %s",
            [visit.case_id, told_before(visit)],
        )
        cursor.execute("UPDATE contact_permit SET state='reserved' WHERE channel='visit'")
        cursor.execute("SET session_replication_role = DEFAULT")


def before(visit: Visit) -> int:
    """Return how many records the office had written before the phone sent."""
    first = VisitRecord.objects.filter(visit=visit, client_id__isnull=False).order_by("sequence").first()
    return first.sequence - 1 if first else VisitRecord.objects.filter(visit=visit).count()


def told_before(visit: Visit) -> int:
    row = CaseEvent.objects.filter(case=visit.case, kind="visit_scheduled").order_by("-sequence").first()
    return row.sequence


@given(order=st.permutations(range(10)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_story_does_not_depend_on_the_order_of_arrival(order):
    from forbear.web.visits.folding import Said, fold

    kinds = [
        ("forbidden_read", {"codes": []}), ("check_in", {"people": [1, 2], "words": {}, "place": None}), ("badges", {}),
        ("notice", {"way": "audio", "refused": False}), ("door", {"who": "debtor"}), ("amount", {}),
        ("identity", {"way": "digits", "passed": True}), ("entry", {"consent": True, "entered": True}),
        ("result", {"code": "V01", "talk": "", "note": ""}), ("check_out", {"place": None, "last": 10}),
    ]  # fmt: skip
    rows = [
        Said("p", i + 1, kind, DOOR + timedelta(minutes=i), data, bytes([i + 1]) * 32, bytes([i]) * 32)
        for i, (kind, data) in enumerate(kinds)
    ]
    story = fold([rows[i] for i in order])
    assert story == fold(rows)
    assert (story.whole, story.amount_too_early, story.entered_without_consent) == (True, True, False)
    assert not fold([rows[i] for i in order if i != 4]).whole


@pytest.mark.parametrize("at_record", [0, 1, 4, 9])
def test_a_server_that_dies_in_the_middle_has_taken_a_part_and_takes_the_rest_when_it_comes_again(
    field, monkeypatch, at_record
):
    phone, visit = written(field)
    real, seen = sync.follow, []

    def die(*args, **named):
        seen.append(1)
        if len(seen) == at_record + 1:
            raise SystemExit("killed")
        return real(*args, **named)

    monkeypatch.setattr(sync, "follow", die)
    with pytest.raises(SystemExit):
        phone.send()
    assert VisitRecord.objects.filter(visit=visit, client_id__isnull=False).count() == at_record
    monkeypatch.setattr(sync, "follow", real)
    answer = phone.send()
    assert (len(answer.known), len(answer.taken)) == (at_record, 10 - at_record)
    assert outcome(visit)[0] == VisitState.REPORT_DUE


def test_what_is_forced_happens_once_however_often_the_end_is_looked_at(field):
    phone, visit = written(field)
    queue = list(phone.queue)
    phone.send()
    first = outcome(visit)
    for _ in range(3):
        phone.send(queue)
        concluding.conclude(records.locked(visit.pk), at=phone.now, by=field.ma)
    assert outcome(visit) == first
