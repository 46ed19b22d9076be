"""Permits over HTTP: for those who may contact, refused with reasons, never without the gate."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from forbear.web.api.models import ApiToken, make_token
from forbear.web.cases.models import Case
from forbear.web.contact.models import GateDecision, Permit
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint, Customer

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def case_and_point():
    customer = Customer.objects.create(customer_no="C1", name="张伟明")
    point = ContactPoint.objects.create(
        customer=customer, kind="mobile", value_cipher=b"s", value_index=b"n1", value_tail="0001", source="application",
        lawful_basis="contract",
    )  # fmt: skip
    return Case.objects.create(customer=customer, opened_on="2026-11-01"), point


def token_of(role, **more):
    user = User.objects.create_user(
        username=role, password="x", display_name=role, staff_no=role, role=role, **more
    )
    return make_token(user=user, name="dialler", at=datetime(2026, 11, 24, 8, tzinfo=SHANGHAI))


def ask(client, token, case, point, **more):
    body = {
        "case": case.pk,
        "contact_point": point.pk,
        "channel": "voice",
        "facts": {"recording": True},
        **more,
    }
    return client.post(
        "/api/permits",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.fixture
def morning(settings):
    settings.FORBEAR_CLOCK_AT = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)


def test_an_agency_gets_a_permit_under_its_own_name(client, case_and_point, morning):
    response = ask(client, token_of(Role.COLLECTOR, agency="示例资产"), *case_and_point)

    assert response.status_code == 200
    assert Permit.objects.get().pk == response.json()["permit"]
    assert GateDecision.objects.get().agency == "示例资产"


def test_a_call_at_half_past_ten_in_the_evening_is_refused_and_leaves_a_row(client, case_and_point, settings):
    settings.FORBEAR_CLOCK_AT = datetime(2026, 11, 24, 22, 30, tzinfo=SHANGHAI)

    response = ask(client, token_of(Role.COLLECTOR), *case_and_point)

    assert response.status_code == 409
    assert response.json()["permit"] is None
    assert "CBA26-HOURS" in GateDecision.objects.get().rules


def test_nobody_gets_a_permit_without_a_token(client, case_and_point, morning):
    assert ask(client, "guess", *case_and_point).status_code == 401
    assert GateDecision.objects.count() == 0


def test_a_role_that_contacts_nobody_gets_none(client, case_and_point, morning):
    assert ask(client, token_of(Role.ANALYST), *case_and_point).status_code == 403


def test_a_revoked_token_opens_nothing(client, case_and_point, morning):
    token = token_of(Role.COLLECTOR)
    ApiToken.objects.update(revoked_at=datetime(2026, 11, 24, 9, tzinfo=SHANGHAI))

    assert ask(client, token, *case_and_point).status_code == 401


def test_a_contact_point_of_somebody_else_is_not_found(client, case_and_point, morning):
    case, point = case_and_point
    point.customer = Customer.objects.create(customer_no="C2", name="李娜")
    point.save()

    assert ask(client, token_of(Role.COLLECTOR), case, point).status_code == 404


def test_counters_cannot_be_replaced_by_the_caller(client, case_and_point, morning):
    response = ask(
        client, token_of(Role.COLLECTOR), *case_and_point, facts={"effective_calls_today_debtor": 0}
    )

    assert response.status_code == 422
    assert response.json()["field"] == "effective_calls_today_debtor"


def test_only_the_digest_of_a_token_is_kept(case_and_point):
    secret = token_of(Role.COLLECTOR)

    assert secret not in str(ApiToken.objects.values())
