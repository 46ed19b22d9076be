"""Drive the workbench in a real Chromium against a real server and a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# Playwright keeps an event loop in this thread; Django would otherwise refuse its database calls here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PASSWORD = "a long enough phrase"
CANDIDATES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
SIZE = {"width": 1440, "height": 900}


def chromium_path() -> str | None:
    """Return the system's Chromium: FORBEAR_CHROMIUM, else the usual places."""
    given = os.environ.get("FORBEAR_CHROMIUM")
    return (
        given or next((path for path in CANDIDATES if os.path.exists(path)), None) or shutil.which("chromium")
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return one Chromium for all browser tests, or skip saying what is missing."""
    path = chromium_path()
    if path is None:
        pytest.skip(
            "no Chromium here: install the system package `chromium` or set FORBEAR_CHROMIUM to its path"
        )
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """Return a fresh page at 1440 x 900; the test fails when the page logs an error or breaks the security policy."""
    context = browser.new_context(
        viewport=SIZE, base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    opened.on("console", lambda line: troubles.append(line.text) if is_trouble(line) else None)
    yield opened
    context.close()
    if troubles:
        pytest.fail("the browser complained:\n" + "\n".join(troubles))


# A refused answer (4xx) is what some tests ask for; the chart library brings a style sheet for maps, which we do not
# draw and our policy refuses.
EXPECTED = ("the server responded with a status of 4", "sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o=")


def is_trouble(line: Any) -> bool:
    """Return whether a console line is ours to answer for."""
    return line.type == "error" and not any(words in line.text for words in EXPECTED)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash test passwords quickly; a real hash takes a second on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sign_in() -> Callable[..., None]:
    """Return `sign_in(page, user)`: sign in through the form, as a person would."""

    def through_the_form(page: Any, user: Any, password: str = PASSWORD) -> None:
        page.goto("/sign-in/")
        page.fill("#id_username", user.username)
        page.fill("#id_password", password)
        page.press("#id_password", "Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    return through_the_form


@pytest.fixture
def staff(transactional_db: None) -> Callable[..., Any]:
    """Return `staff(role, **more)`: a colleague of a role who can sign in with PASSWORD."""
    from forbear.web.people import services
    from forbear.web.people.models import Role, User

    def create(role: str = Role.COLLECTOR, **more: Any) -> Any:
        number = str(1001 + User.objects.count())
        skill_group = "early" if role == Role.COLLECTOR else ""
        given = {
            "username": f"{role}{number}",
            "display_name": "陈静",
            "staff_no": number,
            "skill_group": skill_group,
        }
        return services.create_staff(role=role, password=PASSWORD, **given | more)

    return create


PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: Any, live_server: Any) -> Iterator[Any]:
    """Return a phone's page at 390 x 844, Chinese; the test fails when it logs an error or scrolls sideways."""
    context = browser.new_context(
        viewport=PHONE, base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai",
        has_touch=True, is_mobile=True, device_scale_factor=2,
    )  # fmt: skip
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    opened.on("console", lambda line: troubles.append(line.text) if is_trouble(line) else None)
    yield opened
    context.close()
    if troubles:
        pytest.fail("the browser complained:\n" + "\n".join(troubles))
