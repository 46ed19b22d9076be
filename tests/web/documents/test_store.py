"""What is kept is sealed, checked on the way out, and read only by whoever may, with a line in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.privacy import SealBroken
from forbear.web.cases.models import Case
from forbear.web.documents import services
from forbear.web.documents.models import StoredDocument
from forbear.web.people.models import AccessLog, Role
from forbear.web.people.permissions import NotAllowed

AT = moment("2026-05-12")
SCAN = b"%PDF-1.7 a scan of a letter"


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank()


@pytest.fixture
def case(bank: Bank) -> Case:
    return bank.late_case()[0]


@pytest.fixture
def kept(bank: Bank, case: Case) -> StoredDocument:
    return services.receive(case, SCAN, kind="objection", title="书面异议", at=AT, by=bank.collector)


def test_it_is_sealed_and_comes_back_whole(kept: StoredDocument) -> None:
    assert b"scan" not in bytes(kept.cipher)
    assert services.plain(kept) == SCAN


def test_altered_bytes_are_not_given_out(kept: StoredDocument) -> None:
    kept.cipher = bytes(kept.cipher)[:-1] + bytes([bytes(kept.cipher)[-1] ^ 1])
    with pytest.raises(SealBroken):
        services.plain(kept)


def test_another_documents_bytes_are_not_taken_for_these(
    kept: StoredDocument, bank: Bank, case: Case
) -> None:
    other = services.receive(case, SCAN + b"!", kind="objection", title="x", at=AT, by=bank.collector)
    kept.cipher = other.cipher
    with pytest.raises(SealBroken, match="hash differs"):
        services.plain(kept)


def test_a_kept_document_is_never_changed(kept: StoredDocument) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE documents_storeddocument SET sha256 = 'x'")


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_roles_without_the_right_read_nothing(kept: StoredDocument, bank: Bank, role: str) -> None:
    stranger = bank.person("stranger", role)
    with pytest.raises(NotAllowed):
        services.read(kept, by=stranger, at=AT)
    assert not AccessLog.objects.exists()


def test_a_download_is_logged_and_named_without_the_debtor(
    kept: StoredDocument, bank: Bank, settings
) -> None:
    settings.FORBEAR_CLOCK_AT = AT + timedelta(hours=1)
    client = Client()
    client.force_login(bank.collector)
    answer = client.get(f"/documents/{kept.pk}/")

    assert answer.content == SCAN
    assert answer["Content-Disposition"] == f'attachment; filename="objection-{kept.pk}.pdf"'
    assert answer["Cache-Control"].startswith("no-store") or "no-store" in answer["Cache-Control"]
    line = AccessLog.objects.get(what="document")
    assert (line.user, line.customer_id) == (bank.collector, kept.customer_id)


def test_a_collector_reads_no_document_of_a_colleagues_case(
    kept: StoredDocument, bank: Bank, settings
) -> None:
    settings.FORBEAR_CLOCK_AT = AT
    other = bank.person("wu", Role.COLLECTOR, skill_group="late")
    client = Client()
    client.force_login(other)

    assert client.get(f"/documents/{kept.pk}/").status_code == 403
    assert not AccessLog.objects.filter(what="document").exists()
