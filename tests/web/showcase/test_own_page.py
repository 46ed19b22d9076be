"""The demo prints an address that works, once."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment
from tests.web.debtor.conftest import ID_TAIL, debtor_case

from forbear.web.showcase.own_page import own_page

pytestmark = pytest.mark.django_db


def test_the_link_of_the_demo_opens_a_debtors_page(settings: object) -> None:
    settings.FORBEAR_CLOCK_AT = moment("2026-05-12", "12:00:00")  # type: ignore[attr-defined]
    case = debtor_case(Bank())
    case.__class__.objects.filter(pk=case.pk).update(past_due_minor=200_000)
    made = own_page()
    assert made is not None
    address, answer = made
    assert answer == ID_TAIL
    phone = Client()
    phone.get("/my/" + address.split("/my/", 1)[1])
    assert phone.post("/my/identity/", {"how": "id_tail", "answer": answer}).url == "/my/"
    assert "20,000.00" in phone.get("/my/").content.decode()


def test_a_bank_without_debtors_prints_none() -> None:
    assert own_page() is None
