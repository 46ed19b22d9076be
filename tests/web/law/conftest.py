"""Two compliance people, a collector, and a house policy that can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from forbear.web.cases.models import Case
from forbear.web.law import current, overlay, services
from forbear.web.law.models import Draft, Publication
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint, Customer

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)
CONTACT = "policy/house/contact.yaml"
# The house gives up calls after 20:00; the law would allow them until 22:00.
EVENINGS = """
  HOUSE-EVENINGS:
    question: may_contact
    source: {en: the house leaves evenings to people, zh: 本行把傍晚留给客户}
    from: 2026-01-30
    effect: refuse
    applies: {collecting: true, channel: [voice]}
    breach: {local_time: {within: [house/contact/evening_from, cn/cba-2026-guide/quiet_from]}}
    text:
      en: "House policy: no collection calls from {evening_from}."
      zh: "本行政策：{evening_from}以后不拨打催收电话。"
"""
EVENING_FROM = """
  evening_from:
    description: {en: Local time from which the house makes no collection calls., zh: 本行停止拨打催收电话的当地时间。}
    unit: local_time
    source: {en: the house's own choice, zh: 本行自定}
    values: {2000-01-01: "20:00:00"}
"""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget what a process read of another test's publications."""
    current.forget()
    yield
    current.forget()


@pytest.fixture(autouse=True)
def stop_clock(settings) -> Callable[[datetime], None]:
    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


def person(name: str, role: str, **more: str) -> User:
    return User.objects.create_user(
        username=name,
        password="not-a-real-password",
        display_name=name,
        staff_no=name,
        role=role,
        language="en",
        **more,
    )


@pytest.fixture
def author(db: None) -> User:
    return person("wen", Role.COMPLIANCE)


@pytest.fixture
def second(db: None) -> User:
    return person("qin", Role.COMPLIANCE)


@pytest.fixture
def collector(db: None) -> User:
    return person("li", Role.COLLECTOR, skill_group="early")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def evenings() -> str:
    """Return house policy on contact with one rule more."""
    shipped = overlay.shipped_text(CONTACT)
    return shipped.replace("rules:\n", EVENING_FROM.lstrip("\n") + "rules:" + EVENINGS, 1)


@pytest.fixture
def write(author: User, evenings: str) -> Callable[..., Draft]:
    def write(
        text: str = evenings,
        *,
        effective_at: datetime = NOON + timedelta(hours=1),
        file: str = CONTACT,
        **more: object,
    ) -> Draft:
        return services.write_draft(
            by=author,
            at=NOON,
            file=file,
            text=text,
            effective_at=effective_at,
            note="Evenings are left to people.",
            **more,
        )

    return write


@pytest.fixture
def publish(write, author: User, second: User) -> Callable[..., Publication]:
    def publish(*args: object, at: datetime = NOON, **named: object) -> Publication:
        draft = services.submit(write(*args, **named), by=author, at=at)
        return services.publish(draft, by=second, at=at)

    return publish


@pytest.fixture
def case(db: None, collector: User) -> tuple[Case, ContactPoint]:
    customer = Customer.objects.create(customer_no="C1", name="张伟明")
    point = ContactPoint.objects.create(
        customer=customer, kind="mobile", value_cipher=b"sealed", value_index=b"10013800001", value_tail="0001",
        relation="self", source="application", lawful_basis="contract", reserved=True,
    )  # fmt: skip
    return Case.objects.create(customer=customer, opened_on=NOON.date(), owner=collector), point
