"""Two people cannot take the last slot: measured, not argued."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.web.contact.moments import TODAY, at
from tests.web.contact.racers import database_url, run_racers

from forbear.web.cases.models import Case
from forbear.web.contact.models import ContactAttempt, Permit
from forbear.web.portfolio.models import ContactPoint, Customer

PROCESSES = 8


def lay_out(rounds: int) -> list[tuple[int, int]]:
    """Make one debtor per round with a single slot left: by effective calls, or by tries of a shared number."""
    customers = Customer.objects.bulk_create(
        Customer(customer_no=f"R{number}", name="竞争") for number in range(rounds)
    )
    points = ContactPoint.objects.bulk_create(
        ContactPoint(
            customer=customer, kind="mobile", value_cipher=b"sealed", value_tail="0001", source="application",
            value_index=f"number-{number // 2 * 2 if number % 4 else number}".encode(), lawful_basis="contract",
        )
        for number, customer in enumerate(customers)
    )  # fmt: skip
    cases = Case.objects.bulk_create(Case(customer=customer, opened_on=TODAY) for customer in customers)
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            customer=customer, number_index=f"own-{number}-{tries}".encode(), channel="voice", at=at("09:00:00"),
            local_day=TODAY, answered=True, effective=True, source="agency",
        )
        for number, customer in enumerate(customers)
        for tries in range(2)
    )  # fmt: skip
    return [(case.pk, point.pk) for case, point in zip(cases, points, strict=True)]


def shared_numbers(pairs: int) -> list[tuple[int, int]]:
    """Make pairs of debtors who share a number of which one try of the day is left."""
    slots = []
    for pair in range(pairs):
        index = f"shared-{pair}".encode()
        for side in range(2):
            customer = Customer.objects.create(customer_no=f"S{pair}-{side}", name="同号")
            point = ContactPoint.objects.create(
                customer=customer, kind="home_phone", value_cipher=b"sealed", value_index=index, value_tail="0001",
                source="application", lawful_basis="contract",
            )  # fmt: skip
            slots.append((Case.objects.create(customer=customer, opened_on=TODAY).pk, point.pk))
        ContactAttempt.objects.bulk_create(
            ContactAttempt(
                customer_id=customer.pk, number_index=index, channel="voice", at=at("09:00:00"), local_day=TODAY,
                source="agency",
            )
            for _ in range(5)
        )  # fmt: skip
    return slots


def race(rounds: int, pairs: int) -> None:
    slots = lay_out(rounds) + shared_numbers(pairs)

    granted = run_racers(database_url(connection.settings_dict), slots, PROCESSES)

    assert granted[:rounds] == [1] * rounds  # the third effective call: one winner each time, seven refusals
    of_pairs = [sum(granted[n : n + 2]) for n in range(rounds, len(granted), 2)]
    assert of_pairs == [1] * pairs  # five tries of the number were made, one of six is left for both debtors
    assert Permit.objects.count() == rounds + pairs


@pytest.mark.django_db(transaction=True)
def test_eight_processes_never_over_grant_a_last_slot():
    race(rounds=60, pairs=20)


@pytest.mark.stress
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_collisions_for_a_last_slot():
    race(rounds=8_000, pairs=1_000)
