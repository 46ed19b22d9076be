"""Signing in: the right person quickly, a guesser slowly, and nobody learns which names exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forbear.web.people import services, throttle
from forbear.web.people.models import Role, SignInAttempt, User

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


@pytest.fixture
def collector() -> User:
    return services.create_staff(
        username="chen",
        password=PASSWORD,
        display_name="陈静",
        staff_no="1001",
        role=Role.COLLECTOR,
        skill_group="early",
    )


def sign_in(client, name="chen", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": name, "password": password, **more})


def test_the_right_password_leads_home(client, collector):
    reply = sign_in(client)

    assert reply.status_code == 302
    assert reply["Location"] == "/"
    assert client.get("/")["Location"] == "/desk/"


def test_each_role_starts_in_its_own_room(client):
    homes = {
        Role.COLLECTOR: "/desk/", Role.FIELD: "/desk/", Role.LEGAL: "/desk/", Role.MANAGER: "/board/",
        Role.ANALYST: "/board/", Role.COMPLIANCE: "/access/", Role.ADMINISTRATOR: "/files/",
    }  # fmt: skip
    for number, (role, home) in enumerate(homes.items()):
        user = services.create_staff(
            username=f"u{number}", password=PASSWORD, display_name="x", staff_no=str(number), role=role
        )
        client.force_login(user)
        assert client.get("/")["Location"] == home


def test_a_wrong_name_and_a_wrong_password_get_the_same_words(client, collector):
    wrong_password = sign_in(client, password="not this one")
    wrong_name = sign_in(client, name="nobody", password="not this one")

    assert wrong_password.status_code == wrong_name.status_code == 422
    words = [
        error for reply in (wrong_password, wrong_name) for error in reply.context["form"].non_field_errors()
    ]
    assert len(words) == 2
    assert words[0] == words[1]


def test_the_sixth_wrong_try_has_to_wait_even_with_the_right_password(client, collector):
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 422

    assert sign_in(client).status_code == 429
    assert "_auth_user_id" not in client.session


def test_an_unknown_name_has_to_wait_in_the_same_way(client):
    codes = [sign_in(client, name="nobody", password="wrong").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_after_the_window_one_may_try_again():
    start = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    for _ in range(6):
        last = throttle.begin(name="chen", address="10.0.0.1", at=start)
    assert last is None

    assert (
        throttle.begin(name="chen", address="10.0.0.1", at=start + timedelta(minutes=15, seconds=1))
        is not None
    )


def test_a_stranger_at_another_address_does_not_lock_the_owner_out():
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    for _ in range(7):
        throttle.begin(name="chen", address="203.0.113.9", at=at)

    assert throttle.begin(name="chen", address="10.0.0.1", at=at) is not None


def test_one_address_that_tries_many_names_is_slowed(settings):
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    replies = [throttle.begin(name=f"name{n}", address="203.0.113.9", at=at) for n in range(31)]

    assert replies[29] is not None
    assert replies[30] is None


def test_success_clears_the_failed_tries_before_it(client, collector):
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)
    client.post("/sign-out/")

    codes = [sign_in(client, password="wrong").status_code for _ in range(5)]
    assert codes == [422] * 5


def test_what_was_typed_as_a_name_is_not_kept_readable(client):
    sign_in(client, name="my-password-by-mistake", password="x")

    assert b"my-password" not in bytes(SignInAttempt.objects.get().name_index)


def test_a_deactivated_colleague_cannot_sign_in(client, collector):
    collector.is_active = False
    collector.save()

    assert sign_in(client).status_code == 422


def test_only_our_own_pages_follow_the_sign_in(client, collector):
    assert sign_in(client, next="https://evil.example/")["Location"] == "/"
    client.post("/sign-out/")
    assert sign_in(client, next="/board/")["Location"] == "/board/"


def test_signing_out_ends_the_session_and_needs_a_post(client, collector):
    client.force_login(collector)

    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/").status_code == 302
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_chinese_is_spoken_unless_the_reader_chose_english(client):
    page = client.get("/sign-in/", headers={"accept-language": "en"})
    assert page["Content-Language"] == "zh-hans"

    client.post("/preferences/", {"language": "en", "next": "/sign-in/"})
    assert client.get("/sign-in/")["Content-Language"] == "en"


def test_a_person_keeps_their_language_and_dark_mode(client, collector):
    client.force_login(collector)
    client.post("/preferences/", {"language": "en", "dark_mode": "on", "next": "/password/"})

    collector.refresh_from_db()
    assert (collector.language, collector.dark_mode) == ("en", True)
    assert b'lang="en" data-theme="dark"' in client.get("/password/").content


def test_a_language_we_do_not_have_is_refused(client, collector):
    client.force_login(collector)
    assert client.post("/preferences/", {"language": "xx"}).status_code == 422


def test_every_page_forbids_foreign_and_inline_script(client):
    policy = client.get("/sign-in/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_pages_are_not_kept_by_browsers_or_proxies(client):
    assert "no-store" in client.get("/sign-in/")["Cache-Control"]


def test_a_form_from_elsewhere_is_refused_with_our_own_page(collector):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    reply = strict.post("/sign-in/", {"username": "chen", "password": PASSWORD})

    assert reply.status_code == 403
    assert reply["Content-Security-Policy"]
    assert "<style" not in reply.content.decode()


def test_a_fault_of_ours_is_said_plainly_and_shows_no_inside(client, collector, monkeypatch):
    from forbear.web.people import views

    def broken(**_more):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(views.throttle, "begin", broken)
    client.raise_request_exception = False
    reply = sign_in(client)

    assert reply.status_code == 500
    assert "secret inside" not in reply.content.decode()
    assert 'class="plain"' in reply.content.decode()
