"""The administrator's screens: add, change role, deactivate, new password."""

from __future__ import annotations

import pytest

from forbear.web.people import services
from forbear.web.people.models import Role, User

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


def staff(username, role, **more):
    return services.create_staff(
        username=username,
        password=PASSWORD,
        display_name=username,
        staff_no=username,
        role=role,
        language="en",
        **more,
    )


@pytest.fixture
def admin(client):
    user = staff("admin", Role.ADMINISTRATOR)
    client.force_login(user)
    return user


@pytest.fixture
def collector():
    return staff("chen", Role.COLLECTOR, skill_group="early")


NEW = {
    "username": "li", "display_name": "李强", "staff_no": "1002", "role": "collector", "skill_group": "late",
    "agency": "", "password": PASSWORD,
}  # fmt: skip


def test_an_administrator_adds_a_colleague_who_can_sign_in(client, admin):
    assert client.post("/staff/new/", NEW).status_code == 302
    client.post("/sign-out/")

    assert client.post("/sign-in/", {"username": "li", "password": PASSWORD}).status_code == 302


def test_a_collector_without_a_skill_group_is_refused_at_the_field(client, admin):
    reply = client.post("/staff/new/", NEW | {"skill_group": ""})

    assert reply.status_code == 422
    assert "skill_group" in reply.context["form"].errors
    assert not User.objects.filter(username="li").exists()


def test_a_user_name_or_staff_number_in_use_is_refused_at_the_field(client, admin, collector):
    reply = client.post("/staff/new/", NEW | {"username": "chen", "staff_no": "chen"})

    assert reply.status_code == 422
    assert {"username", "staff_no"} <= set(reply.context["form"].errors)


def test_a_weak_first_password_is_refused(client, admin):
    assert client.post("/staff/new/", NEW | {"password": "123"}).status_code == 422


def test_a_new_role_takes_effect_and_drops_the_skill_group(client, admin, collector):
    client.post(f"/staff/{collector.pk}/", {"do": "role", "role": "manager", "skill_group": "early"})

    collector.refresh_from_db()
    assert (collector.role, collector.skill_group) == ("manager", "")


def test_nobody_changes_their_own_role(client, admin):
    reply = client.post(f"/staff/{admin.pk}/", {"do": "role", "role": "manager", "skill_group": ""})

    admin.refresh_from_db()
    assert reply.status_code == 422
    assert admin.role == Role.ADMINISTRATOR
    assert "another administrator" in reply.content.decode()


def test_nobody_deactivates_themselves(client, admin):
    assert client.post(f"/staff/{admin.pk}/", {"do": "deactivate"}).status_code == 422
    admin.refresh_from_db()
    assert admin.is_active


def test_a_deactivated_colleague_loses_the_open_session(client, admin, collector, django_user_model):
    other = type(client)()
    other.force_login(collector)
    client.post(f"/staff/{collector.pk}/", {"do": "deactivate"})

    assert other.get("/password/").status_code == 302


def test_a_new_password_ends_open_sessions(client, admin, collector):
    other = type(client)()
    other.force_login(collector)
    client.post(f"/staff/{collector.pk}/", {"do": "password", "new_password": "another long phrase"})

    assert other.get("/password/").status_code == 302


def test_what_is_not_offered_is_refused(client, admin, collector):
    assert client.post(f"/staff/{collector.pk}/", {"do": "promote"}).status_code == 422


def test_one_changes_ones_own_password_and_stays_signed_in(client, collector):
    client.force_login(collector)
    given = {
        "old_password": PASSWORD,
        "new_password1": "another long phrase",
        "new_password2": "another long phrase",
    }

    assert client.post("/password/", given).status_code == 302
    assert client.get("/password/").status_code == 200


def test_the_old_password_has_to_be_right(client, collector):
    client.force_login(collector)
    given = {
        "old_password": "wrong",
        "new_password1": "another long phrase",
        "new_password2": "another long phrase",
    }

    assert client.post("/password/", given).status_code == 422
    collector.refresh_from_db()
    assert collector.check_password(PASSWORD)


def test_the_list_takes_the_same_queries_for_any_number_of_staff(client, admin, django_assert_num_queries):
    for number in range(20):
        staff(f"a{number}", Role.ANALYST)
    with django_assert_num_queries(4):  # session, user, emergencies, staff
        client.get("/staff/")
