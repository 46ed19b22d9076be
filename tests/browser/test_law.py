"""Two people of compliance change a rule; a collector reads it by one key."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.browser.conftest import PASSWORD

from forbear.web.cases.models import Case
from forbear.web.law import current, overlay
from forbear.web.law.models import Acknowledgement, Publication
from forbear.web.law.notices import unread_notices
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Customer

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PICTURES = os.environ.get("FORBEAR_PICTURES")  # a folder for what a person wants to look at
RULE = """rules:
  HOUSE-LUNCH:
    question: may_contact
    source: {en: the house leaves lunch in peace, zh: 本行不打扰午休}
    effect: refuse
    from: 2026-11-25
    applies: {collecting: true, channel: [voice]}
    breach: {local_time: {within: [cn/cba-2026-guide/quiet_from, cn/cba-2026-guide/quiet_to]}}
    text:
      en: "House policy: no calls over lunch."
      zh: "本行政策：午休时间不外呼。"
"""


@pytest.fixture(autouse=True)
def still(settings):
    settings.FORBEAR_CLOCK_AT = NOON
    current.forget()
    yield
    current.forget()


def look(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def person(name: str, role: str) -> User:
    return User.objects.create_user(
        username=name, password=PASSWORD, display_name=name, staff_no=name, role=role
    )


def enter(page, name: str) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit], form .button-primary")
    page.wait_for_load_state()


def test_a_rule_changes_and_is_acknowledged_by_one_key(page, settings):
    for name, role in (("文合规", Role.COMPLIANCE), ("秦合规", Role.COMPLIANCE), ("李催收", Role.COLLECTOR)):
        person(name, role)
    enter(page, "文合规")
    page.goto("/law/?q=投诉")
    assert page.locator("text=HOUSE-COMPLAINT").count() >= 1
    page.goto("/law/")
    look(page, "library")
    page.goto(
        "/law/rules/CBA26-VISIT/"
        if page.request.get("/law/rules/CBA26-VISIT/").ok
        else "/law/rules/CBA26-HOURS/"
    )
    look(page, "rule")
    page.goto("/law/drafts/new/?file=policy/house/contact.yaml")
    text = overlay.shipped_text("policy/house/contact.yaml").replace("rules:\n", RULE, 1)
    page.fill("textarea[name=text]", text)
    page.fill("textarea[name=note]", "午休时间不再外呼，减少投诉。")
    look(page, "form")
    page.click("main form .button-primary")
    look(page, "draft")
    page.click("main .toolbar .button-primary")

    enter(page, "秦合规")
    page.goto("/law/drafts/")
    look(page, "drafts")
    page.click("main table tbody a")
    look(page, "approve")
    page.click("main .toolbar .button-primary")
    page.wait_for_load_state()
    done = Publication.objects.get()

    settings.FORBEAR_CLOCK_AT = NOON + timedelta(days=1)
    enter(page, "李催收")
    page.goto(f"/law/notices/{done.pk}/")
    look(page, "notice")
    page.keyboard.press("F2")
    page.wait_for_url("**/desk/**")
    assert Acknowledgement.objects.get().user.username == "李催收"
    assert unread_notices(User.objects.get(username="李催收"), NOON + timedelta(days=1)) == ()


def test_capacity_draws_its_chart_and_conflicts_are_read(page):
    person("文合规", Role.COMPLIANCE)
    customer = Customer.objects.create(customer_no="C1", name="张伟明")
    Case.objects.create(customer=customer, opened_on=NOON.date())
    enter(page, "文合规")
    page.goto("/law/capacity/")
    page.wait_for_selector("[data-chart][data-drawn]")
    look(page, "capacity")
    page.goto("/law/conflicts/")
    assert page.locator("#night_hours").count() == 1
    look(page, "conflicts")
    page.goto("/law/rules/GBT45251-CALLS/")
    assert page.locator("#calls_a_day").count() == 1
    look(page, "rule-conflict")
