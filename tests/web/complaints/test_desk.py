"""The desk of complaints, as compliance uses it: what is offered, refused, logged and printed literally."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import Bank
from tests.web.complaints.conftest import NOON, png
from tests.web.complaints.test_diary import begun, taken

from forbear.web.cases.models import Case
from forbear.web.complaints import services
from forbear.web.complaints.models import Complaint
from forbear.web.complaints.services import Said
from forbear.web.complaints.uploads import take
from forbear.web.people.models import AccessLog, User

SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def client(wang: User, stop_clock: Callable[[datetime], None]) -> Client:
    signed_in = Client()
    signed_in.force_login(wang)
    return signed_in


def do(client: Client, complaint: Complaint, step: str, **more: object) -> str:
    """Send one step; return the page after it."""
    data = {"step": step, **more}
    return client.post(reverse("complaint_step", args=[complaint.number]), data, follow=True).content.decode()


def test_the_queue_begins_with_the_first_last_day(client: Client, bank: Bank, case: Case, wang: User) -> None:
    newer = taken(case)
    older = services.take_in(
        case, Said("amount", "x", channel="12378", received_at=NOON.replace(day=1)), at=NOON, by=wang
    )  # fmt: skip
    page = client.get(reverse("complaints")).content.decode()
    assert page.index(older.number) < page.index(newer.number)
    assert "张伟明" not in page


def test_a_complaint_is_dealt_with_on_its_page(client: Client, case: Case, wang: User) -> None:
    complaint = taken(case)
    do(client, complaint, "assign", handler=wang.pk)
    do(client, complaint, "investigate")
    do(client, complaint, "extend", reason="more papers")
    do(client, complaint, "resolve", finding="upheld", reason="true")
    do(client, complaint, "answer", answer="We are sorry.")
    do(client, complaint, "close")
    page = do(client, complaint, "root_cause", root_cause="process", reason="one list for both teams")
    complaint.refresh_from_db()
    assert (complaint.state, complaint.term) == ("root_cause", "complaint_reply_complex")
    assert "We are sorry." in page


def test_a_refusal_is_said_and_nothing_is_changed(client: Client, case: Case, wang: User) -> None:
    complaint = begun(case, wang)
    assert "Say what was found." in do(client, complaint, "resolve", finding="upheld", reason="")
    complaint.refresh_from_db()
    assert complaint.state == "investigating"


@pytest.mark.parametrize("step", ["", "delete", "__class__", "x" * 50])
def test_an_unknown_step_changes_nothing(client: Client, case: Case, step: str) -> None:
    complaint = taken(case)
    assert "Nothing was changed" in do(client, complaint, step)


def test_reading_a_complaint_and_its_files_is_logged(client: Client, case: Case) -> None:
    files = take([SimpleUploadedFile("a.png", png())], NOON.date())
    complaint = taken(case, files=files)
    client.get(reverse("complaint", args=[complaint.number]))
    sent = client.get(reverse("complaint_evidence", args=[complaint.number, complaint.evidence.get().pk]))
    assert sent.content == png()
    assert sent["Content-Disposition"].startswith("attachment")
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert AccessLog.objects.filter(what="complaint", customer=case.customer_id).count() == 2
    assert bytes(complaint.evidence.get().cipher) != png()


def test_another_complaints_file_is_not_found(client: Client, case: Case) -> None:
    files = take([SimpleUploadedFile("a.png", png())], NOON.date())
    file, other = taken(case, files=files).evidence.get(), taken(case, "amount")
    assert client.get(reverse("complaint_evidence", args=[other.number, file.pk])).status_code == 404


def test_stored_script_is_printed_as_text(client: Client, case: Case, wang: User) -> None:
    complaint = services.take_in(case, Said("service", SCRIPT), at=NOON, by=None)
    services.assign(complaint, wang, at=NOON, by=wang)
    services.investigate(complaint, at=NOON, by=wang)
    do(client, complaint, "extend", reason=SCRIPT)
    do(client, complaint, "resolve", finding="upheld", reason=SCRIPT)
    page = do(client, complaint, "answer", answer=SCRIPT)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") == 4


def test_one_that_came_by_telephone_is_taken_in_with_the_person_named(
    client: Client, bank: Bank, case: Case
) -> None:
    data = {
        "case": case.pk, "kind": "threat", "channel": "12378", "stage": "supervisor", "received_on": "2026-05-10",
        "named": bank.collector.staff_no, "text": "说要找我家人",
    }  # fmt: skip
    client.post(reverse("complaint_new"), data)
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.stage, str(complaint.respond_by)) == (
        "12378",
        "supervisor",
        "2026-05-25",
    )
    assert complaint.bars.get().user == bank.collector


def test_what_cannot_be_taken_in_says_why(client: Client, case: Case) -> None:
    data = {
        "case": case.pk, "kind": "threat", "channel": "12378", "stage": "first", "received_on": "2026-05-13",
        "named": "", "text": "x",
    }  # fmt: skip
    assert b"later than now" in client.post(reverse("complaint_new"), data).content
    assert b"no case" in client.post(reverse("complaint_new"), data | {"case": 999999}).content
    named = client.post(reverse("complaint_new"), data | {"named": "nobody", "received_on": "2026-05-12"})
    assert b"Nobody has this staff number" in named.content
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("name", ["complaints", "complaint_new"])
def test_collectors_and_managers_do_not_come_in(bank: Bank, name: str, stop_clock: object) -> None:
    for person in (bank.collector, bank.lead):
        signed_in = Client()
        signed_in.force_login(person)
        assert signed_in.get(reverse(name)).status_code == 403


def test_whom_it_names_does_not_read_it(client: Client, case: Case, wang: User) -> None:
    complaint = taken(case, "privacy", named=[wang])
    assert client.get(reverse("complaint", args=[complaint.number])).status_code == 403
