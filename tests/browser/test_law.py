"""Two people of compliance change a rule; a collector reads it by one key."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.browser.steps import enter, look, person
from tests.browser.test_desk import Desk

from forbear.web.cases.models import Case
from forbear.web.contact import gate
from forbear.web.contact.models import GateDecision
from forbear.web.law import current, overlay
from forbear.web.law.models import Acknowledgement, Publication
from forbear.web.law.notices import unread_notices
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint, Customer

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
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


LUNCH = """
  HOUSE-LUNCH:
    question: may_contact
    source: {en: the house leaves lunch in peace, zh: 本行不打扰午休}
    effect: refuse
    from: 2026-05-12
    applies: {collecting: true, channel: [voice]}
    breach: {local_time: {within: [house/contact/lunch_from, house/contact/lunch_to]}}
    text:
      en: "House policy: no calls from {lunch_from} to {lunch_to}."
      zh: "本行政策：{lunch_from}至{lunch_to}不外呼。"
"""
LUNCH_HOURS = """  lunch_from:
    description: {en: Local time from which nobody is called over lunch., zh: 午休停止外呼的当地时间。}
    unit: local_time
    source: {en: the house's own choice, zh: 本行自定}
    values: {2000-01-01: "12:00:00"}
  lunch_to:
    description: {en: Local time at which calls go on after lunch., zh: 午休后恢复外呼的当地时间。}
    unit: local_time
    source: {en: the house's own choice, zh: 本行自定}
    values: {2000-01-01: "13:00:00"}
"""
FILE = "policy/house/contact.yaml"


def in_both(page, user: User, address: str, name: str) -> None:
    """Look at a page in each language."""
    for language in ("en", "zh-hans"):
        User.objects.filter(pk=user.pk).update(language=language)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        look(page, f"{name}-{language[:2]}")


def test_a_reader_finds_a_rule_in_both_languages_with_its_versions_its_use_and_its_end(page):
    reader = person("文合规", Role.COMPLIANCE)
    enter(page, "文合规")
    for words in ("同一联系号码 未接通", "unanswered attempts number"):
        page.goto(f"/law/?q={words}")
        assert page.locator("text=attempts_a_number_a_day_max").count() >= 1
    in_both(page, reader, "/law/?q=期限", "search")
    in_both(page, reader, "/law/parameters/cn/civil-code/limitation/years/", "parameter")
    in_both(page, reader, "/law/rules/CBA26-TRIES/", "rule-tries")
    in_both(page, reader, "/law/rules/TIME-1986/", "rule-expired")
    assert page.locator("h1 .badge, .heading .badge").first.inner_text().endswith("已失效")
    in_both(page, reader, "/law/?status=expired", "expired")
    box, clear = page.locator(".law-filters .button").all()
    assert box.bounding_box()["y"] == clear.bounding_box()["y"]
    assert box.bounding_box()["y"] < page.locator("#id_q").bounding_box()["y"] + 80


def test_a_published_rule_reaches_the_gate_at_its_moment_and_is_read_before_the_next_call(
    page, staff, settings
):
    def stop_clock(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    day = datetime(2026, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    stop_clock(day.replace(hour=12))
    bank = Desk(staff("collector"), staff("manager"), staff("administrator"), stop_clock)
    collector, case = bank.bank.collector, bank.cases[0]
    point = ContactPoint.objects.get(customer=case.customer, relation="self")
    asked = {
        "case": case,
        "contact_point": point,
        "channel": "voice",
        "purpose": "collect",
        "party": "debtor",
    }
    assert gate.request_permit(**asked, user=collector, at=day.replace(hour=12) - timedelta(days=1)).allowed
    author, second = person("文合规", Role.COMPLIANCE), person("秦合规", Role.COMPLIANCE)

    enter(page, "文合规")
    page.goto(f"/law/drafts/new/?file={FILE}")
    shipped = overlay.shipped_text(FILE)
    page.fill(
        "textarea[name=text]",
        shipped.replace("rules:\n", LUNCH_HOURS.replace('"13:00:00"', "13") + "rules:" + LUNCH, 1),
    )
    page.fill("input[name=effective_at]", "2026-05-12T12:30:00")
    page.fill("textarea[name=note]", "午休时间不再外呼，减少投诉。")
    page.click("main form .button-primary")
    in_both(page, author, page.url, "draft-wrong")
    assert page.locator("text=请写带引号的时间").count() == 1
    page.click("main .toolbar a.button")
    page.fill("textarea[name=text]", shipped.replace("rules:\n", LUNCH_HOURS + "rules:" + LUNCH, 1))
    page.click("main form .button-primary")
    page.click("main .toolbar .button-primary")
    page.wait_for_load_state()
    draft = page.url
    in_both(page, author, draft, "draft-what-if")
    assert page.locator("text=前端").count() >= 1
    page.locator("text=前端").first.scroll_into_view_if_needed()
    look(page, "what-if")

    enter(page, "秦合规")
    page.goto(draft)
    page.click("main .toolbar .button-primary")
    page.wait_for_load_state()
    done = Publication.objects.get()
    in_both(page, second, draft, "draft-published")

    stop_clock(day.replace(hour=12, minute=29, second=59))
    enter(page, collector.username)
    assert page.locator("#unread").count() == 0
    stop_clock(day.replace(hour=12, minute=30))
    in_both(page, collector, "/desk/", "day-unread")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk")
    page.keyboard.press("F2")
    page.wait_for_selector(f'a[href="/law/notices/{done.pk}/"]')
    look(page, "dial-unread")
    page.click(f'a[href="/law/notices/{done.pk}/"]')
    page.wait_for_load_state()
    in_both(page, collector, page.url, "notice-collector")
    page.keyboard.press("F2")
    page.wait_for_url("**/desk/")
    assert page.locator("#unread").count() == 0
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk")
    page.keyboard.press("F2")
    page.wait_for_selector("text=HOUSE-LUNCH")
    look(page, "card")
    assert GateDecision.objects.latest("id").answer == "refused"
    stop_clock(day.replace(hour=13))
    page.reload()
    page.wait_for_selector("#desk")
    page.keyboard.press("F2")
    page.wait_for_selector("#call[data-live]")
    assert GateDecision.objects.latest("id").answer == "allowed"
