"""What can I pay? Step by step, kept sealed with consent only, gone on with later, papers agreed to apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.web.complaints.conftest import png
from tests.web.debtor.conftest import NOON, TOLD, enter, tell

from forbear.web.agreements.models import Means
from forbear.web.cases.models import Case, Task
from forbear.web.contact.models import Consent
from forbear.web.debtor import drafts
from forbear.web.debtor.models import Draft
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.store import plain

DESPAIR = "活不下去了，药我都买好了"


def photo(name: str = "IMG_1.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png())


def test_every_step_leads_to_the_next_and_back(debtor_client: Client) -> None:
    assert debtor_client.get("/my/afford/").url == "/my/afford/consent/"
    tell(debtor_client, until="debts")
    page = debtor_client.get("/my/afford/debts/").content.decode()
    assert "Step 4 of 7" in page
    assert 'href="/my/afford/living/"' in page
    assert debtor_client.get("/my/afford/nothing/").status_code == 404


def test_one_goes_on_where_one_stopped_on_another_day_and_another_phone(case: Case, settings: object) -> None:
    tell(enter(case), until="why")
    later = NOON + timedelta(days=3)
    settings.FORBEAR_CLOCK_AT = later  # type: ignore[attr-defined]
    phone = enter(case, at=later)

    assert phone.get("/my/afford/").url == "/my/afford/why/"
    assert 'value="6000"' in phone.get("/my/afford/income/").content.decode()


def test_without_consent_nothing_is_asked_or_kept(debtor_client: Client) -> None:
    assert debtor_client.post("/my/afford/consent/", {}).status_code == 422
    for step in ("income", "living", "debts", "why", "papers", "send"):
        assert debtor_client.post(f"/my/afford/{step}/", TOLD.get(step, {})).url == "/my/afford/consent/"
    assert not Draft.objects.exists()
    assert not Consent.objects.filter(kind=drafts.DATA).exists()


def test_what_is_unfinished_is_sealed_and_forgotten_after_its_days(debtor_client: Client, case: Case) -> None:
    tell(debtor_client, until="papers", income={"income": "54321"})
    row = Draft.objects.get()

    assert b"54321" not in bytes(row.cipher)
    assert drafts.answers(case.customer_id, NOON)["income"] == "54321"
    assert drafts.forget_old(NOON + timedelta(days=13)) == 0
    assert drafts.answers(case.customer_id, NOON + timedelta(days=14)) == {}
    assert drafts.forget_old(NOON + timedelta(days=14)) == 1


def test_what_was_sent_is_no_longer_unfinished(debtor_client: Client) -> None:
    tell(debtor_client)

    assert Means.objects.count() == 1
    assert not Draft.objects.exists()


def test_consent_can_be_taken_back_and_asked_again(debtor_client: Client, case: Case) -> None:
    tell(debtor_client, until="why")
    debtor_client.post("/my/afford/withdraw/")

    assert not Draft.objects.exists()
    assert not drafts.consents(case.customer_id, drafts.DATA)
    assert list(Consent.objects.filter(kind=drafts.DATA).values_list("value", flat=True)) == [True, False]
    assert debtor_client.get("/my/afford/income/").url == "/my/afford/consent/"
    debtor_client.post("/my/afford/consent/", {"consent": "on"})
    assert drafts.consents(case.customer_id, drafts.DATA)


def test_nothing_is_sent_before_every_step_is_answered(debtor_client: Client) -> None:
    tell(debtor_client, until="why")
    assert debtor_client.post("/my/afford/send/").url == "/my/afford/why/"
    assert not Means.objects.exists()


def test_every_answer_is_shown_before_it_is_sent_and_can_be_changed(debtor_client: Client) -> None:
    tell(debtor_client, until="papers")
    debtor_client.post("/my/afford/papers/", {})
    page = debtor_client.get("/my/afford/send/").content.decode()
    assert all(value in page for value in ("6,000.00", "2,000.50", "500.00"))
    assert debtor_client.post("/my/afford/income/", {"income": "7000"}).url == "/my/afford/send/"
    assert "7,000.00" in debtor_client.get("/my/afford/send/").content.decode()


@pytest.mark.parametrize(
    "wrong", ["-1", "1e9", "NaN", "Infinity", "abc", "999999999999", "1.234", "", "<script>"]
)
def test_amounts_that_cannot_be_meant_are_asked_again(debtor_client: Client, wrong: str) -> None:
    tell(debtor_client, until="income")
    assert debtor_client.post("/my/afford/income/", {"income": wrong}).status_code == 422
    assert "income" not in str(drafts.answers(Draft.objects.get().customer_id, NOON).get("done"))


def test_papers_are_kept_sealed_with_a_consent_of_their_own(debtor_client: Client, case: Case) -> None:
    tell(debtor_client, until="papers")
    sent = {"photo": photo(), "papers": [photo("a.png"), photo("b.png")]}
    assert debtor_client.post("/my/afford/papers/", sent).status_code == 422
    assert not StoredDocument.objects.exists()

    sent = {"photo": photo(), "papers": [photo("a.png"), photo("b.png")], "papers_consent": "on"}
    assert debtor_client.post("/my/afford/papers/", sent).url == "/my/afford/send/"
    kept = StoredDocument.objects.filter(customer=case.customer, received=True)
    assert kept.count() == 3
    assert b"PNG" not in bytes(kept[0].cipher)
    assert plain(kept[0]) == png()
    assert drafts.consents(case.customer_id, drafts.PAPERS)
    assert Task.objects.filter(case=case, kind="papers").count() == 1
    assert "3 papers are with us" in debtor_client.get("/my/afford/papers/").content.decode()


def test_the_camera_is_offered_and_no_script_is_needed(debtor_client: Client) -> None:
    tell(debtor_client, until="papers")
    page = debtor_client.get("/my/afford/papers/").content.decode()
    assert 'capture="environment"' in page
    assert 'enctype="multipart/form-data"' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90", b"<svg onload=alert(1)>", b"PK\x03\x04", b"GIF89a", b"%PDF-1.7 /JavaScript %%EOF", png(4, 3, rows=b"\0" * 9_000_000)],
    ids=["empty", "program", "svg", "zip", "gif", "active pdf", "bomb"],
)  # fmt: skip
def test_disguised_files_and_bombs_are_refused_and_nothing_is_kept(
    debtor_client: Client, content: bytes
) -> None:
    tell(debtor_client, until="papers")
    for field in ("photo", "papers"):
        sent = {field: SimpleUploadedFile("photo.jpg", content), "papers_consent": "on"}
        answer = debtor_client.post("/my/afford/papers/", sent)
        assert answer.status_code == 422
    assert not StoredDocument.objects.exists()


def test_words_of_despair_lead_to_care(debtor_client: Client, case: Case) -> None:
    tell(debtor_client, until="why")
    answer = debtor_client.post("/my/afford/why/", {"reason": "forgot", "text": DESPAIR})
    assert answer.url == "/my/care/"


def test_another_debtor_sees_none_of_it(debtor_client: Client, other_client: Client) -> None:
    tell(debtor_client, until="why", income={"income": "54321"})
    tell(other_client, until="income")
    assert "54321" not in other_client.get("/my/afford/income/").content.decode()
    other_client.post("/my/afford/withdraw/")
    assert Draft.objects.count() == 1
