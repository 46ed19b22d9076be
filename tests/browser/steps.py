"""What several journeys do: hire somebody, sign in as somebody else, look at a page, ask whether it keeps anybody out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import PASSWORD

from forbear.web.people.models import User

PICTURES = os.environ.get("FORBEAR_PICTURES")  # a folder for what a person wants to look at


def look(page: Any, name: str) -> None:
    """Take a picture of the whole page, if pictures are wanted."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def person(name: str, role: str) -> User:
    """Return a colleague of a role who signs in by the displayed name and PASSWORD."""
    return User.objects.create_user(
        username=name, password=PASSWORD, display_name=name, staff_no=name, role=role
    )


def enter(page: Any, name: str, then: str = "") -> None:
    """Leave whoever is in, and sign in through the form; it leads to `then`, or to the person's first page."""
    page.context.clear_cookies()
    page.goto(f"/sign-in/?next={then}" if then else "/sign-in/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def serious(page: Any) -> list[str]:
    """Return what axe finds wrong on a page that would keep somebody from using it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
