"""The roster: managers write it, reception reads it, and the right person is found by it."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.cases.bank import Bank, moment

from forbear.web.people.models import Role, User
from forbear.web.reception import services
from forbear.web.reception.models import Duty

pytestmark = pytest.mark.django_db
NOON = moment("2026-05-12", "12:00:00")


@pytest.fixture
def bank(db, settings) -> Bank:
    settings.FORBEAR_CLOCK_AT = NOON
    return Bank()


def browser(user: User) -> Client:
    user.language = "en"
    user.save()
    client = Client()
    client.force_login(user)
    return client


def stretch(who: User, **changed: str) -> dict[str, str]:
    return {"user": str(who.pk), "day": "2026-05-12", "begins": "09:00", "until": "18:00"} | changed


def test_a_manager_puts_somebody_on_duty_who_is_then_the_right_person(bank):
    case, _ = bank.late_case()

    page = (
        browser(bank.lead)
        .post("/reception/roster/add/", stretch(bank.collector), follow=True)
        .content.decode()
    )

    assert "li is on the roster" in page
    assert services.on_duty(case, NOON) == bank.collector
    assert services.on_duty(case, moment("2026-05-12", "18:00:00")) is None  # half-open, as every window
    assert services.on_duty(case, moment("2026-05-12", "08:59:59")) is None


def test_without_the_owner_a_colleague_of_the_group_then_a_lead(bank):
    case, _ = bank.late_case()
    colleague = bank.person("wang", Role.COLLECTOR, skill_group="early")
    other = bank.person("xu", Role.COLLECTOR, skill_group="late")
    for user in (other, bank.lead):
        services.put_on_duty(user, starts_at=NOON, ends_at=moment("2026-05-12", "18:00:00"))
    assert services.on_duty(case, NOON) == bank.lead

    services.put_on_duty(colleague, starts_at=NOON, ends_at=moment("2026-05-12", "18:00:00"))

    assert services.on_duty(case, NOON) == colleague


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"until": "09:00"}, "comes after"), ({"until": "08:00"}, "comes after"), ({"day": "2026-02-30"}, "valid date"),
        ({"user": "0"}, "valid choice"), ({"begins": "25:00"}, "valid time"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(bank, changed, said):
    answer = browser(bank.lead).post("/reception/roster/add/", stretch(bank.collector, **changed))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Duty.objects.exists()


def test_nobody_is_on_duty_twice_at_once(bank):
    manager = browser(bank.lead)
    manager.post("/reception/roster/add/", stretch(bank.collector))

    answer = manager.post("/reception/roster/add/", stretch(bank.collector, begins="17:00", until="20:00"))

    assert answer.status_code == 422
    assert "already" in answer.content.decode()
    assert (
        manager.post(
            "/reception/roster/add/", stretch(bank.collector, begins="18:00", until="20:00")
        ).status_code
        == 302
    )


def test_what_comes_goes_what_runs_ends_now_and_what_was_stays(bank):
    manager, until = browser(bank.lead), moment("2026-05-12", "18:00:00")
    over = services.put_on_duty(bank.collector, starts_at=moment("2026-05-12", "08:00:00"), ends_at=moment("2026-05-12", "09:00:00"))  # fmt: skip
    running = services.put_on_duty(bank.collector, starts_at=moment("2026-05-12", "10:00:00"), ends_at=until)
    coming = services.put_on_duty(bank.collector, starts_at=moment("2026-05-13"), ends_at=moment("2026-05-13", "18:00:00"))  # fmt: skip

    for each in (over, running, coming):
        manager.post(f"/reception/roster/{each.pk}/remove/")

    assert {each.pk: each.ends_at for each in Duty.objects.all()} == {over.pk: over.ends_at, running.pk: NOON}


def test_reception_reads_the_roster_and_writes_nothing(bank):
    services.put_on_duty(bank.collector, starts_at=NOON, ends_at=moment("2026-05-12", "18:00:00"))
    clerk = browser(bank.person("wu", Role.RECEPTION))

    page = clerk.get("/reception/roster/").content.decode()

    assert "12:00–18:00" in page
    assert "Put somebody on duty" not in page
    assert clerk.post("/reception/roster/add/", stretch(bank.collector)).status_code == 403
    assert browser(bank.collector).get("/reception/roster/").status_code == 403
