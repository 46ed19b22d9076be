"""Scenario S11 of the dossier as a dated diary: a large debt, a basement, a child, a neighbour, a conflict, a wrong clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import moment
from tests.web.visits.conftest import ASKED, MORNING
from tests.web.visits.phone import PHOTO, Phone

from forbear.web.cases import approvals
from forbear.web.cases.models import CaseEvent, Hold, Task
from forbear.web.cases.opening import CaseRefused
from forbear.web.contact.models import ContactAttempt
from forbear.web.replies.models import Page
from forbear.web.visits import day as days
from forbear.web.visits import records, services, storing
from forbear.web.visits.models import FieldIncident, Verdict, VisitAlarm, VisitRecord, VisitState

pytestmark = pytest.mark.django_db


def test_visit_by_weather_and_fear(field):
    # 2026-05-12: 300,000.00 and a suit may follow. The team rule asks for legal beside the pair, and says why.
    case = field.debtor(owed=30_000_000)
    visit = field.approved(case, complexity=["litigation_possible"], risk=["minor_at_home"])
    assert visit.roles == ["collector", "second_collector", "legal_specialist"]
    assert visit.state == VisitState.APPROVED
    # A pair alone is not sent to it: the plan leaves it out and says why.
    pair = field.team()
    plan = field.planned()
    assert [(row["visit"], row["why"]) for row in plan.left_out] == [(visit.pk, "nobody_may")]
    pair.delete()
    field.team(field.ma, field.niu, field.shen)
    assert field.planned().left_out == []
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED

    # 2026-05-13 08:30: the day begins on a phone that is 20 minutes slow. No amount and no whole name lies open on it.
    phone = Phone(field.ma, MORNING, slow=timedelta(minutes=20))
    assert phone.carried["skew_ms"] == 20 * 60 * 1_000
    stop = phone.carried["stops"][0]
    assert stop["ask_for"] == "张*明"
    assert "300000" not in str(stop)
    # 09:50, on the way and online: the permit. Then a basement without signal.
    phone.now = moment("2026-05-13", "09:50:00")
    permit, rules = days.ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    assert (permit is not None, rules) == (True, [])
    phone.now = moment("2026-05-13", "10:00:00")
    phone.say(visit, "forbidden_read", codes=["alone", "cash"])
    phone.check_in(visit, [field.niu, field.shen])
    phone.say(visit, "badges")
    phone.say(visit, "notice", way="audio_video", refused=False)
    # Only the twelve-year-old son: they leave, having asked and said nothing. A neighbour asks and learns nothing.
    phone.wait(minutes=2)
    phone.say(visit, "door", who="minor")
    film = phone.film(visit)
    phone.say(visit, "told", told=False)
    # In the yard somebody threatens them: SOS, but there is no signal; the phone shows the number to call.
    phone.wait(minutes=1)
    assert phone.carried["control"]
    assert phone.carried["emergency"] == ["110", "120"]
    phone.say(visit, "sos", place=None)
    phone.say(visit, "result", code="V13", talk="", note="")
    phone.wait(minutes=3)
    phone.check_out(visit)
    assert not VisitRecord.objects.filter(visit=visit, kind="check_in").exists()

    # 15:06: five hours later the phone finds a network. The call for help is read first and calls the managers.
    phone.now = moment("2026-05-13", "15:06:00")
    answer = phone.send()
    assert (len(answer.taken), answer.set_aside, answer.stop) == (10, {}, {})
    assert VisitAlarm.objects.get(visit=visit).kind == "sos"
    assert Page.objects.filter(task__case=case, user=field.lead).exists()
    assert Hold.objects.filter(case=case, kind="emergency").exists()
    # Both clocks are kept, and ours says ten.
    row = VisitRecord.objects.get(visit=visit, kind="check_in")
    assert row.phone_at == moment("2026-05-13", "09:40:00")
    assert row.at == moment("2026-05-13", "10:00:00")
    assert row.received_at == moment("2026-05-13", "15:06:00")
    # Sent again, because the answer was lost: nothing is doubled.
    again = phone.send([*as_sent(phone, visit)])
    assert again.taken == []
    # The film comes last; until then it is named as missing.
    visit.refresh_from_db()
    assert visit.missing == ["files"]
    storing.store(phone.day, film, phone.files[str(film)], received_at=phone.now, by=field.ma)
    visit.refresh_from_db()
    assert (visit.missing, visit.result) == ([], "V13")
    assert visit.state == VisitState.REPORT_DUE  # a call for help is always looked at
    attempt = ContactAttempt.objects.get(case=case, channel="visit")
    assert (attempt.at, attempt.party, attempt.answered, attempt.effective) == (row.at, "P3", True, False)
    assert Task.objects.filter(case=case, kind="callback").count() == 1
    assert FieldIncident.objects.filter(visit=visit, kind="safety").count() == 3

    # 2026-05-14: compliance reviews; whoever went may not.
    with pytest.raises(services.VisitRefused):
        services.review(visit, verdict=Verdict.ACCEPTED, reason="x", at=phone.now, by=field.ma)
    done = services.review(
        visit,
        verdict=Verdict.ACCEPTED,
        reason="孩子独自在家，立即离开",
        at=moment("2026-05-14"),
        by=field.compliance,
    )
    assert (done.state, records.broken(visit)) == (VisitState.REVIEWED, None)
    told = list(CaseEvent.objects.filter(case=case, kind__startswith="visit_").values_list("kind", flat=True))
    assert set(told) == {
        "visit_requested", "visit_approved", "visit_scheduled", "visit_checked_in", "visit_sos", "visit_result", "visit_reviewed",
    }  # fmt: skip


def as_sent(phone, visit):
    """Return the records as the phone still has them when no answer arrived."""
    rows = VisitRecord.objects.filter(visit=visit, client_id__isnull=False).order_by("phone_seq")
    return [
        {
            "id": str(row.client_id), "visit": visit.pk, "seq": row.phone_seq, "kind": row.kind,
            "at": (row.phone_at.astimezone(MORNING.tzinfo)).isoformat(timespec="milliseconds"),
            "previous": bytes(row.phone_previous).hex(), "hash": bytes(row.phone_hash).hex(), "data": row.data,
        }
        for row in rows
    ]  # fmt: skip


def go(field, visit, phone, *, at, who="debtor"):
    """Go through a whole visit online."""
    phone.now = at
    days.ask_permit(phone.day, visit.pk, at=phone.now, by=phone.user)
    phone.say(visit, "forbidden_read", codes=["alone"])
    phone.check_in(visit, [field.niu])
    phone.say(visit, "badges")
    phone.say(visit, "notice", way="audio_video", refused=False)
    phone.say(visit, "door", who=who)


def test_a_visit_that_proves_everything_is_done_and_counts_at_the_gate(field):
    case = field.debtor()
    visit = field.approved(case)
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    go(field, visit, phone, at=moment("2026-05-13", "10:05:00"))
    phone.say(visit, "identity", way="digits", passed=True)
    phone.say(visit, "amount")
    phone.say(visit, "entry", consent=True, entered=True)
    phone.say(visit, "cash")
    film = phone.film(visit)
    phone.say(visit, "letter", left=True)
    photo = phone.film(visit, "letter", PHOTO)
    phone.say(visit, "result", code="V01", talk="B04", note="下月发工资")
    phone.wait(minutes=20)
    phone.check_out(visit)
    phone.send()
    for name in (film, photo):
        storing.store(phone.day, name, phone.files[str(name)], received_at=phone.now, by=field.ma)
    visit.refresh_from_db()
    assert (visit.missing, visit.state) == ([], VisitState.DONE)
    attempt = visit.attempt
    assert (attempt.party, attempt.outcome, attempt.effective, attempt.permit_id) == (
        "P1",
        "B04",
        True,
        visit.permit_id,
    )
    assert VisitRecord.objects.filter(visit=visit, kind__in=["link_sent", "link_not_sent"]).count() == 1
    assert Task.objects.filter(case=case, kind="hardship").exists()  # what B04 forces


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("permit", "permit"), ("forbidden_read", "forbidden_read"), ("badges", "badges"), ("notice", "notice"), ("identity", "identity"),
        ("recording", "recording"), ("mate", "two_people"), ("place", "place"), ("word", "two_people"), ("far", "place"),
        ("film", "files"), ("told", "silence"), ("entry", "entry"), ("clock", "time"), ("result", "result"), ("photo", "letter"),
    ],
)  # fmt: skip
def test_each_proof_that_is_missing_is_named_and_sends_the_visit_to_review(field, left_out, missing):
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = moment("2026-05-13", "10:05:00")
    if left_out != "permit":
        days.ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    more = {
        "place": {"place": None}, "word": {"words": {str(field.niu.pk): "WRONGONE"}},
        "far": {"place": {"lat": 31_330_400, "lon": 121_473_700, "acc": 10}},
    }.get(left_out, {})  # fmt: skip
    steps = {
        "forbidden_read": lambda: phone.say(visit, "forbidden_read", codes=["alone"]),
        "check_in": lambda: phone.check_in(visit, [] if left_out == "mate" else [field.niu], **more),
        "badges": lambda: phone.say(visit, "badges"),
        "notice": lambda: phone.say(visit, "notice", way="audio_video", refused=False),
        "door": lambda: phone.say(visit, "door", who="debtor"),
        "identity": lambda: phone.say(visit, "identity", way="digits", passed=True),
        "amount": lambda: phone.say(visit, "amount"),
        "entry": lambda: phone.say(visit, "entry", consent=left_out != "entry", entered=True),
        "told": lambda: phone.say(visit, "told", told=left_out == "told"),
        "recording": lambda: phone.film(visit),
        "letter": lambda: phone.say(visit, "letter", left=True),
        "photo": lambda: phone.film(visit, "letter", PHOTO),
        "result": lambda: phone.say(visit, "result", code="V01", talk="", note=""),
    }
    for name, step in steps.items():
        if name != left_out or left_out in ("told", "entry"):  # those two are said, and wrongly
            step()
    phone.check_out(visit)
    if left_out == "clock":
        phone.slow = timedelta(minutes=20)  # the clock was moved since the morning
    phone.send()
    for name, content in phone.files.items():
        if left_out != "film":
            storing.store(phone.day, name, content, received_at=phone.now, by=field.ma)
    visit.refresh_from_db()
    assert missing in visit.missing
    # Without the second person a role is empty too; figures shown to nobody known may have been shown to another.
    assert set(visit.missing) <= {missing, "team", *(["silence"] if left_out == "identity" else [])}
    assert visit.state == VisitState.REPORT_DUE


def test_a_visit_needs_an_approval_that_nobody_gives_themselves(field):
    visit = field.asked(field.debtor())
    assert visit.state == VisitState.REQUESTED
    with pytest.raises(CaseRefused):
        approvals.answer(visit.approval, yes=True, at=ASKED, by=field.collector)
    field.team()
    field.planned()
    visit.refresh_from_db()
    assert visit.state == VisitState.REQUESTED
