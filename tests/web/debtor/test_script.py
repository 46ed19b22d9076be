"""A script stored in every text field of every form, then looked for on every page of debtor, helper and staff: it is text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import enter, tell
from tests.web.debtor.test_every_page import NAMES, address
from tests.web.debtor.test_helpers import granted, helping

from forbear.web.cases.models import Case
from forbear.web.complaints.models import Complaint
from forbear.web.debtor.models import Helper
from forbear.web.people.models import Role

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"
FIELD = re.compile(r"<(?:input|textarea)\b[^>]*>")
NOT_TYPED = ("hidden", "radio", "checkbox", "range", "file", "submit")
# What else a form needs to be stored; the text fields get the script.
VALID: dict[str, dict[str, Any]] = {
    "my_complain": {"kind": "service"},
    "my_report": {"kind": "threat", "named": "unknown"},
    "my_dispute": {"kind": "dispute_amount"},
    "my_hardship": {},
    "my_helper_grant": {"relation": "family", "phone": "13900139000", "rights": ["owed"], "until": "2026-06-01", "takes_money": "no"},
}  # fmt: skip


def text_fields(page: str) -> set[str]:
    """Return the names of the fields of a page into which somebody types."""
    main = page.split("<main", 1)[1]
    found = set()
    for tag in FIELD.findall(main):
        name, kind = re.search(r'name="([^"]+)"', tag), re.search(r'type="([^"]+)"', tag)
        if name and not (kind and kind[1] in NOT_TYPED):
            found.add(name[1])
    return found


def is_text(page: str) -> bool:
    return "<script>alert" not in page and "<img src=x" not in page


@pytest.fixture
def forms(case: Case) -> dict[str, set[str]]:
    """Return every page that has text fields, with their names; a field added later is in it by itself."""
    phone = enter(case)
    tell(phone, until="why")
    pages = {
        name: phone.get(address(name, case))
        for name in NAMES
        if name not in ("my_link", "my_for_link", "my_helper_link")
    }
    pages |= {
        f"step:{step}": phone.get(f"/my/afford/{step}/") for step in ("income", "living", "debts", "why")
    }
    stranger = Client()
    stranger.get(f"/my/helping/l/{'A' * 32}/")
    pages["my_helper_in"] = stranger.get("/my/helping/in/")
    html = {
        name: each
        for name, each in pages.items()
        if each.status_code == 200 and each["Content-Type"].startswith("text/html")
    }
    return {name: fields for name, each in html.items() if (fields := text_fields(each.content.decode()))}


def test_every_text_field_answers_with_text(case: Case, forms: dict[str, set[str]]) -> None:
    """Sent as it is, refused or not, nothing comes back as markup."""
    assert len(forms) >= 14, sorted(forms)
    phone = enter(case)
    tell(phone, until="why")
    for name, fields in forms.items():
        path = f"/my/afford/{name[5:]}/" if name.startswith("step:") else address(name, case)
        sent = VALID.get(name, {}) | dict.fromkeys(fields, SCRIPT)
        assert is_text(phone.post(path, sent, follow=True).content.decode()), name
        phone.cookies["my_visit"] = enter(case).cookies["my_visit"].value  # one form lets the visitor go


def test_what_was_stored_is_text_for_everybody_who_reads_it(case: Case, bank: Bank) -> None:
    phone = enter(case)
    for name, more in VALID.items():
        fields = text_fields(phone.get(address(name, case)).content.decode()) - set(more)
        phone.post(
            address(name, case),
            more | dict.fromkeys(fields, SCRIPT[:40] if name == "my_helper_grant" else SCRIPT),
        )
    tell(phone, until="papers", why={"reason": "forgot", "text": SCRIPT, "willing": "on"})
    phone.post("/my/afford/papers/", {})
    phone.post("/my/afford/send/")
    assert Complaint.objects.count() == 2
    assert Helper.objects.get().name.startswith("<script>")

    helper = helping(granted(case, "owed", "agreements", "contacts", "papers", "complain", "pay"))
    leaving = ("my_link", "my_for_link", "my_helper_link", "my_leave")
    for path in [address(name, case) for name in NAMES if name not in leaving]:
        for each in (phone, helper):
            assert is_text(each.get(path).content.decode(errors="replace")), path
    compliance = bank.person("wang", Role.COMPLIANCE)
    staff = Client()
    staff.force_login(compliance)
    numbers = [each.number for each in Complaint.objects.all()]
    paths = [
        reverse("case", args=[case.pk]),
        reverse("agreements_case", args=[case.pk]),
        "/complaints/",
        "/replies/",
    ]
    paths += [f"/complaints/{each}/" for each in numbers]
    for path in paths:
        answer = staff.get(path)
        assert answer.status_code == 200, path
        assert is_text(answer.content.decode()), path
