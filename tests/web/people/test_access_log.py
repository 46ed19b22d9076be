"""Every read of a person's data leaves one line, and compliance can find it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from forbear.web.people import services
from forbear.web.people.models import AccessLog, Role
from forbear.web.portfolio.models import Customer

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "a long enough phrase"


@pytest.fixture(autouse=True)
def stopped_clock(settings):
    settings.FORBEAR_CLOCK_AT = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)


@pytest.fixture
def compliance(client):
    user = services.create_staff(
        username="wu",
        password=PASSWORD,
        display_name="吴昊",
        staff_no="9",
        role=Role.COMPLIANCE,
        language="en",
    )
    client.force_login(user)
    return user


@pytest.fixture
def collector():
    return services.create_staff(
        username="chen",
        password=PASSWORD,
        display_name="陈静",
        staff_no="1",
        role=Role.COLLECTOR,
        skill_group="early",
    )


@pytest.fixture
def zhang():
    return Customer.objects.create(customer_no="C1", name="张伟明")


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE)


def test_one_read_is_one_insert(collector, zhang, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.log_access(collector, zhang, "case", at(24))
    with django_assert_num_queries(1):
        services.log_accesses(collector, [zhang.pk] * 20, "search", at(24))
    assert AccessLog.objects.count() == 21


def test_nobody_found_is_no_insert(collector, django_assert_num_queries):
    with django_assert_num_queries(0):
        services.log_accesses(collector, [], "search", at(24))


def test_the_list_names_reader_and_customer_and_masks_the_name(client, compliance, collector, zhang):
    services.log_access(collector, zhang, "number_revealed", at(24), "mobile ****8000")
    page = client.get("/access/").content.decode()

    assert "陈静" in page
    assert "C1" in page
    assert "张*明" in page
    assert "张伟明" not in page
    assert "Whole number shown" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, 2),  # the week up to the 24th
        ({"first": "2026-11-01", "last": "2026-11-24"}, 3),
        ({"first": "2026-11-23", "last": "2026-11-23"}, 1),
        ({"what": "case"}, 1),
        ({"customer_no": "C2"}, 0),
        ({"customer_no": "C1", "what": "search"}, 1),
        ({"first": "2026-11-25"}, 0),
    ],
)
def test_the_filter_finds_the_reads_asked_for(client, compliance, collector, zhang, query, shown):
    services.log_access(collector, zhang, "case", at(24))
    services.log_access(collector, zhang, "search", at(23))
    services.log_access(collector, zhang, "case", at(3))

    assert client.get("/access/", query).context["page"].paginator.count == shown


def test_the_filter_by_reader(client, compliance, collector, zhang):
    services.log_access(collector, zhang, "case", at(24))
    services.log_access(compliance, zhang, "case", at(24))

    assert client.get("/access/", {"staff": collector.pk}).context["page"].paginator.count == 1


def test_midnight_belongs_to_the_day_that_begins(client, compliance, collector, zhang):
    services.log_access(collector, zhang, "case", datetime(2026, 11, 23, 0, 0, 0, tzinfo=ZONE))
    services.log_access(collector, zhang, "case", datetime(2026, 11, 22, 23, 59, 59, tzinfo=ZONE))

    day = {"first": "2026-11-23", "last": "2026-11-23"}
    assert client.get("/access/", day).context["page"].paginator.count == 1


def test_a_date_that_is_none_is_said_to_be_wrong(client, compliance):
    page = client.get("/access/", {"first": "24.11.2026"})
    assert page.status_code == 200
    assert "first" in page.context["form"].errors


def test_a_long_log_is_paged_and_takes_the_same_queries(
    client, compliance, collector, zhang, django_assert_num_queries
):
    services.log_accesses(collector, [zhang.pk] * 450, "search", at(24))
    with django_assert_num_queries(
        7
    ):  # session, user, count, page with reader and customer, readers, choice of readers
        page = client.get("/access/", {"page": 2})

    assert len(page.context["page"].object_list) == 200
    assert "Page 2 of 3" in page.content.decode()


def test_nobody_else_reads_the_log(client, collector):
    client.force_login(collector)
    assert client.get("/access/").status_code == 403
