"""Whoever a report names loses the case at once, on every way to it; upheld, they lose their sign-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import Bank
from tests.web.complaints.conftest import NOON
from tests.web.complaints.test_diary import begun, taken

from forbear.web.api.models import ApiToken, digest
from forbear.web.cases.models import Case
from forbear.web.complaints import deciding
from forbear.web.desk.queue import my_day
from forbear.web.people.models import User
from forbear.web.portfolio.models import Account, ContactPoint


@pytest.fixture
def client(bank: Bank, stop_clock: Callable[[datetime], None]) -> Client:
    signed_in = Client()
    signed_in.force_login(bank.collector)
    return signed_in


def ways(client: Client, bank: Bank, case: Case) -> dict[str, bool]:
    """Return for each way to a case whether the collector gets there."""
    point = ContactPoint.objects.filter(customer=case.customer).first() or bank.number(case.customer)
    ApiToken.objects.get_or_create(
        user=bank.collector, digest=digest("secret"), defaults={"name": "t", "made_at": NOON}
    )
    asked = {"case": case.pk, "contact_point": point.pk, "channel": "voice"}
    api = client.post(
        "/api/permits", json.dumps(asked), content_type="application/json", headers={"authorization": "Bearer secret"}
    )  # fmt: skip
    found = client.post(reverse("search"), {"q": case.customer.customer_no}, headers={"hx-request": "true"})
    return {
        "desk": client.get(reverse("case", args=[case.pk])).status_code == 200,
        "queue": case.pk in [row.case_id for row in my_day(bank.collector, NOON).rows],
        "search": f"/{case.pk}/" in found.content.decode(),
        "api": api.status_code not in (403, 404),
    }


def test_the_collector_named_loses_every_way_to_the_case_at_once(
    client: Client, bank: Bank, case: Case
) -> None:
    before = ways(client, bank, case)
    assert set(before.values()) == {True}

    taken(case, "threat", named=[bank.collector])

    assert set(ways(client, bank, case).values()) == {False}
    case.refresh_from_db()
    assert case.owner is None


def test_given_back_by_mistake_it_stays_closed(client: Client, bank: Bank, case: Case) -> None:
    taken(case, "threat", named=[bank.collector])
    Case.objects.filter(pk=case.pk).update(owner=bank.collector)
    assert set(ways(client, bank, case).values()) == {False}


def test_other_cases_stay_with_the_collector(client: Client, bank: Bank, case: Case) -> None:
    other, _account = bank.late_case()
    taken(case, "threat", named=[bank.collector])
    assert client.get(reverse("case", args=[other.pk])).status_code == 200


def test_not_upheld_lets_the_collector_back(client: Client, bank: Bank, case: Case, wang: User) -> None:
    complaint = begun(case, wang, "threat", named=[bank.collector])
    deciding.resolve(complaint, "not_upheld", reason="录音完整，无威胁", at=NOON, by=wang)
    Case.objects.filter(pk=case.pk).update(owner=bank.collector)
    assert client.get(reverse("case", args=[case.pk])).status_code == 200
    bank.collector.refresh_from_db()
    assert bank.collector.is_active


def test_two_reports_and_one_not_upheld_still_keep_away(
    client: Client, bank: Bank, case: Case, wang: User
) -> None:
    first = begun(case, wang, "threat", named=[bank.collector])
    taken(case, "insult", named=[bank.collector])
    deciding.resolve(first, "not_upheld", reason="x", at=NOON, by=wang)
    Case.objects.filter(pk=case.pk).update(owner=bank.collector)
    assert client.get(reverse("case", args=[case.pk])).status_code == 403


def test_upheld_zero_tolerance_ends_the_sign_in_within_a_minute(
    client: Client, bank: Bank, case: Case, wang: User, stop_clock: Callable[[datetime], None]
) -> None:
    complaint = begun(case, wang, "threat", named=[bank.collector])
    assert client.get(reverse("desk")).status_code == 200
    deciding.resolve(complaint, "upheld", reason="录音第 12 秒", at=NOON, by=wang)
    stop_clock(NOON + timedelta(seconds=1))

    ApiToken.objects.create(user=bank.collector, digest=digest("secret"), name="t", made_at=NOON)
    page = client.get(reverse("desk"))
    call = client.post(
        "/api/permits", "{}", content_type="application/json", headers={"authorization": "Bearer secret"}
    )  # fmt: skip

    assert page.status_code == 302
    assert reverse("sign_in") in page["Location"]
    assert call.status_code == 401


def test_upheld_without_zero_tolerance_keeps_away_and_no_more(bank: Bank, case: Case, wang: User) -> None:
    complaint = begun(case, wang, "too_often", named=[bank.collector])
    deciding.resolve(complaint, "upheld", reason="x", at=NOON, by=wang)
    bank.collector.refresh_from_db()
    assert bank.collector.is_active
    assert complaint.bars.get().lifted_at is None


def test_an_amount_is_not_shown_to_whoever_is_kept_away_whatever_the_role(
    bank: Bank, case: Case, wang: User, stop_clock: Callable[[datetime], None]
) -> None:
    account = Account.objects.get(customer=case.customer)
    signed_in = Client()
    signed_in.force_login(wang)
    page = reverse("ledger_why", args=[account.pk])
    assert signed_in.get(page).status_code == 200
    taken(case, "privacy", named=[wang])
    assert signed_in.get(page).status_code == 403
