"""What a debtor can do without money: complain, dispute, be left in peace, find help. Each thing happens at once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import Bank
from tests.web.complaints.conftest import png
from tests.web.debtor.conftest import NOON

from forbear.web.agreements.models import Matter
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case, Task
from forbear.web.complaints import deciding, services
from forbear.web.complaints.models import Complaint
from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role
from forbear.web.reach import selectors
from forbear.web.replies.models import Page, Reply

SCRIPT = "<script>alert('x')</script>"
DESPAIR = "活不下去了，药我都买好了"
LITERAL = "&lt;script&gt;alert("


def holds(case: Case) -> set[str]:
    return set(open_holds(case, NOON).values_list("kind", flat=True))


def test_a_complaint_gets_a_number_and_a_day_and_can_be_followed(debtor_client: Client, case: Case) -> None:
    page = debtor_client.post(
        "/my/complain/", {"kind": "service", "text": "Nobody answers"}, follow=True
    ).content.decode()
    made = Complaint.objects.get()
    assert made.number in page
    assert "2026-05-27" in page
    assert "complaint" in holds(case)
    assert (made.customer, made.channel) == (case.customer, "page")


def test_a_report_cuts_off_whoever_it_names_and_keeps_the_proof(
    debtor_client: Client, bank: Bank, case: Case
) -> None:
    ContactAttempt.objects.create(
        case=case,
        customer=case.customer,
        channel="voice",
        at=NOON,
        local_day=NOON.date(),
        staff=bank.collector,
    )
    sent = {
        "kind": "threat",
        "named": bank.collector.pk,
        "text": "",
        "proofs": [SimpleUploadedFile("a.png", png())],
    }
    assert debtor_client.post("/my/report/", sent).status_code == 302
    made = Complaint.objects.get()
    assert made.bars.get().user == bank.collector
    assert made.evidence.get().media_type == "image/png"


def test_nobody_can_be_named_whom_the_debtor_never_met(debtor_client: Client, bank: Bank) -> None:
    answer = debtor_client.post("/my/report/", {"kind": "threat", "named": bank.lead.pk, "text": "x"})
    assert answer.status_code == 422
    assert not Complaint.objects.exists()


def test_disguised_files_are_refused_and_nothing_is_kept(debtor_client: Client) -> None:
    for content in (b"MZ\x90", b"<svg onload=alert(1)>", png(4, 3, rows=b"\0" * 9_000_000)):
        sent = {
            "kind": "threat",
            "named": "unknown",
            "text": "x",
            "proofs": [SimpleUploadedFile("photo.jpg", content)],
        }
        assert debtor_client.post("/my/report/", sent).status_code == 422
    assert not Complaint.objects.exists()


def test_another_debtor_sees_and_reviews_nothing(
    debtor_client: Client, other_client: Client, bank: Bank
) -> None:
    debtor_client.post("/my/complain/", {"kind": "service", "text": "x"})
    made, judge = Complaint.objects.get(), bank.person("wang", Role.COMPLIANCE)
    services.assign(made, judge, at=NOON, by=judge)
    services.investigate(made, at=NOON, by=judge)
    deciding.resolve(made, "not_upheld", reason="x", at=NOON, by=judge)
    deciding.answer(made, "We looked: nothing.", at=NOON, by=judge)

    assert made.number not in other_client.get("/my/complaints/").content.decode()
    other_client.post("/my/complaints/review/", {"number": made.number})
    made.refresh_from_db()
    assert made.state == "answered"
    assert "We looked: nothing." in debtor_client.get("/my/complaints/").content.decode()
    debtor_client.post("/my/complaints/review/", {"number": made.number})
    made.refresh_from_db()
    assert made.state == "review_requested"


@pytest.mark.parametrize(
    ("kind", "hold"),
    [("not_mine", "dispute"), ("fraud", "dispute"), ("dispute_amount", "dispute"), ("deceased", "deceased")],
)
def test_each_dispute_has_its_matter_its_hold_and_its_task(
    debtor_client: Client, case: Case, kind: str, hold: str
) -> None:
    assert debtor_client.post("/my/dispute/", {"kind": kind, "text": ""}).status_code == 302
    assert Matter.objects.get(case=case).kind == kind
    assert hold in holds(case)
    assert Task.objects.filter(case=case, kind="proof").exists()


def test_a_payment_claimed_is_looked_for_and_dunning_pauses(debtor_client: Client, case: Case) -> None:
    for _each in range(2):
        debtor_client.post("/my/dispute/", {"kind": "paid", "text": ""})
    assert holds(case) == {"claimed_paid"}
    assert Task.objects.filter(case=case, kind="payment_check").count() == 1


def test_whoever_cannot_pay_has_at_least_three_ways_and_each_opens(debtor_client: Client) -> None:
    page = debtor_client.get("/my/cannot/")
    ways = [reverse(name) for name in ("my_hardship", "my_callback", "my_dispute", "my_help")]
    assert all(f'href="{way}"' in page.content.decode() for way in ways)
    assert {debtor_client.get(way).status_code for way in ways} == {200}


def test_hardship_is_told_once_and_gives_peace(debtor_client: Client, case: Case) -> None:
    debtor_client.post("/my/hardship/", {"text": "公司上个月裁员了"})
    assert "hardship" in holds(case)
    assert Matter.objects.get(case=case).kind == "hardship"


def test_a_call_is_asked_for_at_a_lawful_hour_of_the_next_working_day(
    debtor_client: Client, case: Case
) -> None:
    for hour in ("19", "19", "3", "23"):
        debtor_client.post("/my/callback/", {"hour": hour})
    task = Task.objects.get(case=case, kind="callback")
    assert task.due_at.isoformat() == "2026-05-13T11:00:00+00:00"  # 19:00 in Shanghai


def test_help_says_when_it_was_looked_at_and_what_was_not_called(debtor_client: Client) -> None:
    page = debtor_client.get("/my/help/").content.decode()
    for number in ("12348", "12378", "12363", "12356"):
        assert number in page
    assert "Looked at on 2026-11-24" in page
    assert "We have not called this number ourselves" in page


@pytest.mark.parametrize("address", ["/my/hardship/", "/my/dispute/", "/my/complain/", "/my/report/"])
def test_words_of_despair_stop_everything_and_call_somebody(
    debtor_client: Client, bank: Bank, case: Case, address: str
) -> None:
    bank.person("wang", Role.COMPLIANCE)
    kinds = {"/my/dispute/": "dispute_amount", "/my/complain/": "service", "/my/report/": "threat"}
    answer = debtor_client.post(
        address, {"text": DESPAIR, "kind": kinds.get(address, ""), "named": "unknown"}
    )
    assert answer.url == "/my/care/"
    assert "emergency" in holds(case)
    assert Page.objects.exists()
    assert Reply.objects.get().severity == "critical"
    page = debtor_client.get("/my/care/").content.decode()
    assert "12356" in page
    assert "20,000" not in page


def test_one_button_stops_everything_once(debtor_client: Client, case: Case) -> None:
    for _each in range(2):
        debtor_client.post("/my/care/stop/")
    assert "emergency" in holds(case)
    assert Task.objects.filter(case=case, kind="emergency").count() == 1
    assert "Nobody will ask you for money" in debtor_client.get("/my/care/").content.decode()


def test_a_wish_binds_in_the_same_second(debtor_client: Client, case: Case) -> None:
    sent = {"ways": ["sms", "letter"], "quiet_from": "12:00", "quiet_to": "14:00", "not_at_work": "on"}
    debtor_client.post("/my/wishes/", sent)
    now = selectors.wishes(case.customer.pk, NOON)
    assert set(now.channels_off) == {"voice", "ai_voice", "email", "visit"}
    assert now.quiet_hours == (("12:00", "14:00"),)
    assert now.workplace_off
    debtor_client.post("/my/wishes/", {"ways": ["call", "sms", "email", "letter", "visit"]})
    assert not selectors.wishes(case.customer.pk, NOON)


def test_half_a_wish_is_asked_again(debtor_client: Client, case: Case) -> None:
    assert debtor_client.post("/my/wishes/", {"ways": ["sms"], "quiet_from": "12:00"}).status_code == 422
    assert debtor_client.post("/my/wishes/", {"ways": []}).status_code == 422
    assert debtor_client.post("/my/wishes/", {"ways": ["pigeon"]}).status_code == 422
    assert not selectors.wishes(case.customer.pk, NOON)


def test_script_in_every_text_field_is_printed_as_text(debtor_client: Client) -> None:
    """Each refused form shows again what was typed."""
    fields = {
        "kind": SCRIPT,
        "named": SCRIPT,
        "text": SCRIPT,
        "hour": SCRIPT,
        "ways": SCRIPT,
        "quiet_from": SCRIPT,
    }
    for address in ("/my/complain/", "/my/report/", "/my/dispute/", "/my/callback/", "/my/wishes/"):
        page = debtor_client.post(address, fields).content.decode()
        assert "<script>alert" not in page, address
        assert LITERAL in page, address
