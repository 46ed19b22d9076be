"""The people who work at the demo bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from forbear.web.people.models import User
from forbear.web.people.services import create_staff

PLAN: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("staff.yaml").read_text(encoding="utf-8"))
PASSWORD: str = PLAN["password"]


def hire() -> list[User]:
    """Create whoever is missing; return everybody in the order of the plan."""
    for number, person in enumerate(PLAN["staff"], start=1001):
        if not User.objects.filter(username=person["username"]).exists():
            create_staff(**person, password=PASSWORD, staff_no=str(number))
    known = {user.username: user for user in User.objects.all()}
    return [known[person["username"]] for person in PLAN["staff"]]
