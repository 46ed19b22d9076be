"""A small book for the gate: debtors, their numbers, people who call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.web.contact.moments import TODAY, at

from forbear.web.cases.models import Case
from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint, Customer


@pytest.fixture
def collector(db: None) -> User:
    return User.objects.create_user(
        username="li",
        password="not-a-real-password",
        display_name="李工",
        staff_no="1023",
        role=Role.COLLECTOR,
    )


@pytest.fixture
def make_case(db: None) -> Callable[..., tuple[Case, ContactPoint]]:
    """Return a maker of a case with one reserved mobile number."""

    def make(number: str = "10013800001", relation: str = "self") -> tuple[Case, ContactPoint]:
        serial = Customer.objects.count() + 1
        customer = Customer.objects.create(customer_no=f"C{serial}", name="张伟明")
        point = ContactPoint.objects.create(
            customer=customer,
            kind="mobile",
            value_cipher=b"sealed",
            value_index=number.encode(),
            value_tail=number[-4:],
            relation=relation,
            source="application",
            lawful_basis="contract",
            reserved=True,
        )
        return Case.objects.create(customer=customer, opened_on=TODAY), point

    return make


@pytest.fixture
def attempts(db: None) -> Callable[..., None]:
    """Return a recorder of past attempts, as an agency's file or the desk would leave them."""

    def record(
        case: Case,
        point: ContactPoint,
        count: int,
        *,
        answered: bool = False,
        clock: str = "09:00:00",
        **facts: object,
    ) -> None:
        for _ in range(count):
            ContactAttempt.objects.create(
                customer=case.customer,
                case=case,
                contact_point=point,
                number_index=bytes(point.value_index),
                channel="voice",
                at=at(clock),
                local_day=TODAY,
                answered=answered,
                effective=answered,
                source="agency",
                **facts,
            )

    return record
