"""Reception: found in an instant, shown nothing of a debt, identified by what is said, handed to the right person."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import CaseEvent, Task
from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt, Permit
from forbear.web.people.models import AccessLog, Role
from forbear.web.reach import selectors as reach
from forbear.web.reception import services
from forbear.web.reception.models import Inbound

pytestmark = pytest.mark.django_db
NOON = moment("2026-05-12", "12:00:00")
SAID = {"name": "张伟明", "id_tail": "001X", "birth": "1988-03-07"}


class Front:
    """A receptionist's browser in a bank with one late debtor."""

    def __init__(self, settings) -> None:
        settings.FORBEAR_CLOCK_AT = NOON
        self.bank = Bank()
        self.case, _ = self.bank.late_case()
        customer = self.case.customer
        type(customer).objects.filter(pk=customer.pk).update(id_no_tail="001X", birth_on="1988-03-07")
        self.point = self.bank.number(customer, "10013800001")
        self.clerk = self.bank.person("wu", Role.RECEPTION, language="en")
        self.client = Client()
        self.client.force_login(self.clerk)

    def look_up(self, text: str, **more: str):
        return self.client.post("/reception/look-up/", {"q": text, **more}, follow=True)


@pytest.fixture
def front(db, settings) -> Front:
    return Front(settings)


@pytest.mark.parametrize("text", ["10013800001", "100 1380 0001", "+86 10013800001", "001x"])
def test_a_caller_is_found_by_number_or_tail_masked_and_logged(front, text):
    page = front.look_up(text)

    said = page.content.decode()
    assert "张*明" in said
    assert "张伟明" not in said
    assert AccessLog.objects.get(what="reception").customer == front.case.customer
    assert "10013800001" not in AccessLog.objects.get(what="reception").detail


def test_reception_sees_no_debt_before_or_after_identity(front):
    page = front.look_up("10013800001")
    inbound = Inbound.objects.get()
    after = front.client.post(f"/reception/{inbound.pk}/identity/", SAID, follow=True)

    for said in (page.content.decode(), after.content.decode()):
        for secret in ("2,000.00", "20,000.00", "M1", "0014", "逾期", "overdue", "past due"):
            assert secret not in said
    assert "Identity passed" in after.content.decode()
    assert front.client.get(f"/desk/cases/{front.case.pk}/").status_code == 403


def test_a_stranger_is_told_nothing_and_may_leave_a_message(front):
    page = front.look_up("10099990000")

    assert "Not on file" in page.content.decode()
    front.client.post(f"/reception/{Inbound.objects.get().pk}/finish/", {"topic": "other", "note": "x"})
    assert Inbound.objects.get().closed_at == NOON
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize("text", ["", "12", "abc", "1" * 30, "' or 1=1 --"])
def test_what_is_no_number_is_refused(front, text):
    assert front.look_up(text).status_code == 422
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": "张伟"}, {"id_tail": "0010"}, {"birth": "1988-03-08"}, {"birth": ""}]
)
def test_one_wrong_answer_is_enough_and_three_end_it(front, wrong):
    front.look_up("10013800001")
    url = f"/reception/{Inbound.objects.get().pk}/identity/"

    for _ in range(3):
        page = front.client.post(url, SAID | wrong)
        assert page.status_code == 422
        assert "张伟明" not in page.content.decode()
        assert "1988" not in page.content.decode().replace(wrong.get("birth", "-") or "-", "")
    page = front.client.post(url, SAID)
    assert page.status_code == 422
    assert Inbound.objects.get().identified_at is None


def test_a_call_in_is_an_attempt_on_the_timeline_that_uses_no_outbound_slot(front):
    before = gate.meter(front.case, front.point, NOON)
    front.look_up("10013800001")
    inbound = Inbound.objects.get()
    front.client.post(f"/reception/{inbound.pk}/identity/", SAID)
    front.client.post(f"/reception/{inbound.pk}/finish/", {"topic": "pay", "callback_at": "15:30"})

    attempt = ContactAttempt.objects.get()
    assert (attempt.action, attempt.party, attempt.answered, attempt.effective) == (
        "CALL_IN",
        "P1",
        True,
        False,
    )
    assert gate.meter(front.case, front.point, NOON) == before
    assert not Permit.objects.exists()
    assert CaseEvent.objects.get(case=front.case, kind="inbound").payload["topic"] == "pay"
    callback = Task.objects.get(kind="callback")
    assert (callback.due_at, callback.owner) == (moment("2026-05-12", "15:30:00"), front.bank.collector)


def test_an_inbound_call_ends_the_proof_that_the_debtor_cannot_be_reached(front):
    for hour in ("09:00:00", "10:00:00", "11:00:00"):
        at = moment("2026-05-12", hour)
        ContactAttempt.objects.create(
            customer=front.case.customer, case=front.case, contact_point=front.point, channel="voice", at=at,
            local_day=at.date(), answered=False,
        )  # fmt: skip
    mother = front.bank.number(front.case.customer, "10013800099", relation="parent")

    def may_ask() -> bool:
        reply = gate.judge(
            case=front.case,
            contact_point=mother,
            channel="voice",
            purpose="locate",
            party="related_third_party",
            at=NOON,
        )
        return reply["answer"] != "refused"

    assert may_ask()
    front.look_up("10013800001")
    inbound = Inbound.objects.get()
    front.client.post(f"/reception/{inbound.pk}/identity/", SAID)
    front.client.post(f"/reception/{inbound.pk}/finish/", {"topic": "callback"})
    assert not may_ask()


def test_distress_freezes_the_case_and_calls_for_help_at_once(front):
    front.look_up("10013800001")
    front.client.post(
        f"/reception/{Inbound.objects.get().pk}/finish/", {"topic": "distress", "note": "药都买好了"}
    )

    front.case.refresh_from_db()
    assert front.case.state == "hold"
    assert Task.objects.filter(kind="emergency", case=front.case).exists()


def test_the_right_person_is_the_owner_on_duty_then_the_group_then_a_lead(front):
    bank = front.bank
    start, end = moment("2026-05-12", "09:00:00"), moment("2026-05-12", "18:00:00")
    assert services.on_duty(front.case, NOON) is None
    services.put_on_duty(bank.lead, starts_at=start, ends_at=end)
    assert services.on_duty(front.case, NOON) == bank.lead
    other = bank.person("sun", Role.COLLECTOR, skill_group="early")
    services.put_on_duty(other, starts_at=start, ends_at=end)
    assert services.on_duty(front.case, NOON) == other
    services.put_on_duty(bank.collector, starts_at=start, ends_at=end)
    assert services.on_duty(front.case, NOON) == bank.collector
    assert services.on_duty(front.case, end) is None


def test_a_past_callback_or_an_unknown_topic_is_refused_and_nothing_is_written(front):
    front.look_up("10013800001")
    url = f"/reception/{Inbound.objects.get().pk}/finish/"

    for form in (
        {"topic": "pay", "callback_at": "11:00"},
        {"topic": "gossip"},
        {"topic": "pay", "callback_at": "soon"},
    ):
        assert front.client.post(url, form).status_code == 422
    assert not ContactAttempt.objects.exists()


def test_a_look_up_uses_the_index(front):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        services.look_up("10013800001", at=NOON, by=front.clerk)
    sql = next(each["sql"] for each in asked if "portfolio_contactpoint" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        assert "Index" in "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR, Role.COLLECTOR])
def test_others_do_not_look_up_here(front, role):
    person = front.bank.person(f"p{role}", role)
    client = Client()
    client.force_login(person)

    assert client.get("/reception/").status_code == 403
    assert client.post("/reception/look-up/", {"q": "10013800001"}).status_code == 403


def test_a_contact_of_a_colleague_is_not_touched(front):
    front.look_up("10013800001")
    other = front.bank.person("he", Role.RECEPTION)
    client = Client()
    client.force_login(other)

    assert client.get(f"/reception/{Inbound.objects.get().pk}/").status_code == 404


def test_a_stop_of_an_identified_debtor_binds_before_the_next_call(front):
    front.look_up("10013800001")
    row = Inbound.objects.get()
    front.client.post(f"/reception/{row.pk}/identity/", {**SAID, "birth": "19880307"})
    held = permit_of(front)

    front.client.post(f"/reception/{row.pk}/finish/", {"topic": "stop"})

    assert held().state == "released"
    assert reach.wishes(front.case.customer_id, NOON).channels_off == ("ai_voice", "visit", "voice")
    front.point.refresh_from_db()
    assert front.point.do_not_contact


def test_a_stop_of_a_stranger_is_looked_at_and_stops_nothing_by_itself(front):
    front.look_up("10013800001")
    row = Inbound.objects.get()
    refused = front.client.post(f"/reception/{row.pk}/wishes/", {"off": "voice"})
    front.client.post(f"/reception/{row.pk}/finish/", {"topic": "stop"})

    assert refused.status_code == 403
    assert not reach.wishes(front.case.customer_id, NOON)
    assert Task.objects.get(case=front.case).kind == "review"


def permit_of(front):
    """Reserve a call, and return a reader of what became of it."""
    reply = gate.request_permit(
        case=front.case, contact_point=front.point, channel="voice", purpose="collect", party="debtor",
        user=front.bank.collector, at=NOON,
    )  # fmt: skip
    return lambda: Permit.objects.get(pk=reply.permit.pk)
