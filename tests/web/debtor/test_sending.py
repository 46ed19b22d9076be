"""Staff send the link: through the gate and the outbox, bound to its message, with no word of debt in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import ID_TAIL, NOON

from forbear.web.cases.models import Case
from forbear.web.debtor.models import AccessLink
from forbear.web.outbox.body import unseal
from forbear.web.outbox.models import OutboxMessage
from forbear.web.portfolio.models import ContactPoint


def colleague(bank: Bank) -> Client:
    client = Client()
    client.force_login(bank.collector)
    return client


def test_the_link_that_was_sent_opens_the_page(bank: Bank, case: Case) -> None:
    answer = colleague(bank).post(f"/desk/cases/{case.pk}/own-page/")

    assert answer.status_code == 302
    message = OutboxMessage.objects.get()
    assert (message.purpose, message.channel, message.contact_point.customer_id) == (
        "service",
        "sms",
        case.customer_id,
    )
    assert AccessLink.objects.get().message == message
    said = unseal(message.body_cipher).text
    for hidden in (case.customer.name, "20,000", "欠", "逾期", "0014", "催"):
        assert hidden not in said
    phone = Client()
    found = re.search(r"/my/l/[\w-]+/", said)
    assert found
    phone.get(found[0])
    assert phone.post("/my/identity/", {"how": "id_tail", "answer": ID_TAIL}).url == "/my/"


def test_twice_in_a_row_is_once(bank: Bank, case: Case, stop_clock: Any) -> None:
    client = colleague(bank)
    for _ in range(3):
        client.post(f"/desk/cases/{case.pk}/own-page/")
    assert AccessLink.objects.count() == 1

    stop_clock(NOON + timedelta(minutes=11))
    client.post(f"/desk/cases/{case.pk}/own-page/")
    assert AccessLink.objects.count() == 2


def test_a_number_left_alone_gets_none(bank: Bank, case: Case) -> None:
    ContactPoint.objects.filter(customer=case.customer).update(do_not_contact=True)
    colleague(bank).post(f"/desk/cases/{case.pk}/own-page/")

    assert not AccessLink.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_somebody_without_the_case_sends_nothing(bank: Bank, case: Case) -> None:
    other = bank.person("wang", "collector", skill_group="late")
    client = Client()
    client.force_login(other)

    assert client.post(f"/desk/cases/{case.pk}/own-page/").status_code == 403
    assert not AccessLink.objects.exists()
