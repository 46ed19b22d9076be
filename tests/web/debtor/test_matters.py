"""What I told you: each matter with its state and answer, and the papers it needs, brought from the phone."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.complaints.conftest import png
from tests.web.debtor.conftest import NOON

from forbear.web.agreements import matters
from forbear.web.agreements.models import Matter
from forbear.web.cases.models import Case, Task
from forbear.web.contact.models import Consent


@pytest.fixture
def matter(case: Case) -> Matter:
    return matters.open_matter(case, "hardship", reason="test", at=NOON, by=None)


def papers(matter: Matter) -> list[str]:
    return [f"/my/matters/papers/{proof.pk}/" for proof in matter.proofs.order_by("pk")]


def sent(content: bytes, **more: str) -> dict[str, object]:
    return {"papers": SimpleUploadedFile("paper.png", content), "consent": "on", **more}


def test_the_last_paper_sets_the_matter_going(debtor_client: Client, matter: Matter) -> None:
    page = debtor_client.get("/my/matters/").content.decode()
    assert all(path in page for path in papers(matter))
    for path in papers(matter):
        assert debtor_client.post(path, sent(png())).url == "/my/matters/"
    matter.refresh_from_db()

    assert matter.state == "under_review"
    assert Consent.objects.get(kind="matter_papers").value is True
    assert Task.objects.filter(case=matter.case, kind="papers").count() == 2
    assert debtor_client.get("/my/matters/").content.decode().count("is with us") == 2


def test_no_paper_without_its_consent_and_no_consent_without_a_paper(
    debtor_client: Client, matter: Matter
) -> None:
    path = papers(matter)[0]
    assert debtor_client.post(path, {"papers": SimpleUploadedFile("a.png", png())}).status_code == 422
    assert debtor_client.post(path, {"consent": "on"}).status_code == 422
    assert not matter.proofs.filter(document__isnull=False).exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "content", [b"MZ\x90", b"<html>", png(4, 3, rows=b"\0" * 9_000_000)], ids=["exe", "html", "bomb"]
)
def test_disguised_files_and_bombs_are_refused(debtor_client: Client, matter: Matter, content: bytes) -> None:
    assert debtor_client.post(papers(matter)[0], sent(content)).status_code == 422
    assert not matter.proofs.filter(document__isnull=False).exists()


def test_another_debtor_neither_sees_nor_brings(other_client: Client, matter: Matter) -> None:
    path = papers(matter)[0]
    assert other_client.get(path).status_code == 404
    assert other_client.post(path, sent(png())).status_code == 404
    assert path not in other_client.get("/my/matters/").content.decode()


def test_what_is_over_takes_no_paper_and_shows_its_answer(
    debtor_client: Client, bank: Bank, matter: Matter
) -> None:
    matters.decide(matter, "rejected", answer="<b>We cannot</b>", at=NOON, by=bank.lead)
    page = debtor_client.get("/my/matters/").content.decode()

    assert "&lt;b&gt;We cannot" in page
    assert papers(matter)[0] not in page
    assert debtor_client.post(papers(matter)[0], sent(png())).url == "/my/matters/"
    assert not matter.proofs.filter(document__isnull=False).exists()
