"""Who may do what: refusals first, since they are what protects people."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError

from forbear.web.people import services
from forbear.web.people.models import Role, User
from forbear.web.people.permissions import ACTIONS, MATRIX, may, require, roles_that_may

PASSWORD = "a long enough phrase"


def person(role: str, **more) -> User:
    return User(role=role, username=role, is_active=True, **more)


def test_every_role_has_its_line_and_no_unknown_action():
    assert set(MATRIX) == set(Role)
    assert set().union(*MATRIX.values()) <= set(ACTIONS)


def test_every_action_is_open_to_somebody():
    assert [action for action in ACTIONS if not roles_that_may(action)] == []


@pytest.mark.parametrize(
    ("role", "action"),
    [
        (Role.COLLECTOR, "see_all_cases"),
        (Role.COLLECTOR, "see_names"),
        (Role.COLLECTOR, "import_files"),
        (Role.COLLECTOR, "read_access_log"),
        (Role.ANALYST, "see_case"),
        (Role.ANALYST, "unmask_number"),
        (Role.ANALYST, "search"),
        (Role.ADMINISTRATOR, "see_case"),
        (Role.ADMINISTRATOR, "unmask_number"),
        (Role.ADMINISTRATOR, "read_access_log"),
        (Role.COMPLIANCE, "contact"),
        (Role.COMPLIANCE, "manage_users"),
        (Role.MANAGER, "manage_users"),
        (Role.MANAGER, "read_access_log"),
    ],
)
def test_a_role_may_not_do_what_is_not_its_work(role, action):
    assert not may(person(role), action)


@pytest.mark.parametrize(
    ("role", "action"),
    [(Role.COLLECTOR, "contact"), (Role.MANAGER, "see_board"), (Role.COMPLIANCE, "read_access_log"), (Role.ADMINISTRATOR, "import_files")],
)  # fmt: skip
def test_a_role_may_do_its_work(role, action):
    assert may(person(role), action)


def test_whoever_hands_out_roles_reads_no_debtor():
    for role in MATRIX:
        assert not {"manage_users", "see_case"} <= MATRIX[role]


def test_whoever_audits_contacts_makes_none():
    assert "contact" not in MATRIX[Role.COMPLIANCE]


def test_a_stranger_and_a_deactivated_colleague_may_nothing():
    gone = person(Role.MANAGER)
    gone.is_active = False
    for action in ACTIONS:
        assert not may(AnonymousUser(), action)
        assert not may(gone, action)


def test_an_unknown_action_is_a_mistake_not_a_refusal():
    with pytest.raises(KeyError, match="no such action: fly"):
        may(person(Role.MANAGER), "fly")
    with pytest.raises(KeyError, match="no such action: fly"):
        require("fly")


@pytest.mark.django_db
def test_a_refused_page_says_who_may_and_changes_nothing(client):
    collector = services.create_staff(
        username="chen", password=PASSWORD, display_name="陈静", staff_no="1", role=Role.COLLECTOR, skill_group="early", language="en"
    )  # fmt: skip
    client.force_login(collector)

    page = client.get("/staff/")

    assert page.status_code == 403
    assert "Administrator" in page.content.decode()
    assert "Nothing was changed" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/staff/", "/access/", "/board/", "/password/"])
def test_nothing_is_shown_before_sign_in(client, address):
    assert client.get(address)["Location"].startswith("/sign-in/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        (Role.ADMINISTRATOR, "/staff/", 200), (Role.MANAGER, "/staff/", 403), (Role.COMPLIANCE, "/access/", 200),
        (Role.ADMINISTRATOR, "/access/", 403), (Role.MANAGER, "/board/", 200), (Role.ANALYST, "/board/flow/", 200),
        (Role.COLLECTOR, "/board/", 403), (Role.COLLECTOR, "/access/", 403), (Role.LEGAL, "/board/team/", 403),
    ],
)  # fmt: skip
def test_each_room_is_open_only_to_its_roles(client, role, address, status):
    client.force_login(
        services.create_staff(username="u", password=PASSWORD, display_name="x", staff_no="1", role=role)
    )
    assert client.get(address).status_code == status


@pytest.mark.django_db
def test_a_weak_password_is_refused():
    with pytest.raises(ValidationError):
        services.create_staff(
            username="u", password="short", display_name="x", staff_no="1", role=Role.ANALYST
        )


@pytest.mark.django_db
def test_a_role_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError):
        services.create_staff(username="u", password=PASSWORD, display_name="x", staff_no="1", role="king")
