"""The shell as a person meets it: sign in, keys, search, tables, charts, light and dark, 200 % zoom."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from forbear.web.cases.models import Case
from forbear.web.people import services
from forbear.web.people.models import AccessLog, Role
from forbear.web.portfolio.models import Customer
from forbear.web.runs.models import DayRun, QueueItem, RollRate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def stopped_clock(settings):
    settings.FORBEAR_CLOCK_AT = NOW


def a_case(number: int, name: str) -> Case:
    customer = Customer.objects.create(customer_no=f"C{number}", name=name)
    return Case.objects.create(
        customer=customer, opened_on=date(2026, 11, 1), bucket="M2", past_due_minor=123450 + number
    )


def test_a_wrong_password_is_said_in_chinese_and_the_focus_is_on_it(page, staff):
    colleague = staff(Role.MANAGER)
    page.goto("/sign-in/")
    page.keyboard.type(colleague.username)  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")

    assert "用户名" in page.inner_text(".error-summary")


def test_the_rooms_are_reached_by_g_and_a_letter(page, staff, sign_in):
    sign_in(page, staff(Role.ADMINISTRATOR))
    page.goto("/staff/new/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/staff/")


def test_letters_typed_into_a_field_go_nowhere(page, staff, sign_in):
    sign_in(page, staff(Role.ADMINISTRATOR))
    page.goto("/staff/new/")
    page.fill("#id_username", "")
    page.type("#id_username", "gs?/")

    assert page.input_value("#id_username") == "gs?/"
    assert page.url.endswith("/staff/new/")


def test_the_keys_are_shown_by_a_question_mark_and_closed_by_escape(page, staff, sign_in):
    sign_in(page, staff(Role.COMPLIANCE))
    page.goto("/access/")
    page.keyboard.press("?")
    assert page.is_visible("#keys-help")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys-help")


def test_search_by_slash_shows_a_masked_person_and_leaves_nothing_in_the_address(page, staff, sign_in):
    a_case(1, "张伟明")
    sign_in(page, staff(Role.COMPLIANCE))
    page.goto("/board/")
    page.keyboard.press("/")
    page.keyboard.type("张伟")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found a")

    assert "M2" in page.inner_text("#found")
    assert "1,234.51" not in page.inner_text("#found")  # amounts are for the case, after identity
    assert "q=" not in page.url
    assert AccessLog.objects.filter(what="search").count() == 1


def test_a_table_sorts_filters_sums_and_is_walked_by_keyboard(page, staff, sign_in):
    admin = staff(Role.ADMINISTRATOR, display_name="甲")
    staff(Role.COLLECTOR, display_name="乙")
    staff(Role.COLLECTOR, display_name="丙")
    sign_in(page, admin)
    page.goto("/staff/")
    rows = "table[data-grid=staff] tbody tr:not([hidden])"

    page.keyboard.press("f")
    page.keyboard.type("collector")
    assert page.locator(rows).count() == 2
    assert "2 / 3" in page.inner_text(".grid-sum")

    page.keyboard.press("Escape")
    page.click("table[data-grid=staff] th:nth-child(2) button.sort")
    page.click("table[data-grid=staff] th:nth-child(2) button.sort")
    assert page.locator(rows).first.locator("td").nth(1).inner_text() == "1003"
    page.locator(rows).first.focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/*/")


def test_a_saved_view_comes_back(page, staff, sign_in):
    sign_in(page, staff(Role.ADMINISTRATOR))
    page.goto("/staff/")
    page.fill(".grid-tools input[type=search]", "nobody")
    page.click(".grid-tools details:nth-of-type(2) summary")
    page.fill(".grid-tools details input[type=text]", "空")
    page.click(".grid-tools details button:has-text('保存视图')")
    page.reload()
    page.click(".grid-tools details:nth-of-type(2) summary")
    page.click(".grid-tools details button:text-is('空')")

    assert page.input_value(".grid-tools input[type=search]") == "nobody"


def test_an_export_holds_what_is_shown_and_no_formula(page, staff, sign_in):
    admin = staff(Role.ADMINISTRATOR, display_name="甲")
    staff(Role.ANALYST, display_name="=1+1")
    sign_in(page, admin)
    page.goto("/staff/")
    with page.expect_download() as download:
        page.click(".grid-tools button:has-text('导出')")
    text = download.value.path().read_text(encoding="utf-8-sig")

    assert "甲" in text
    assert "'=1+1" in text


def test_the_board_draws_its_charts_without_inline_style(page, staff, sign_in):
    run = DayRun.objects.create(
        as_of=NOW.date(), law_on=NOW.date(), inputs_digest="x", state="committed", started_at=NOW
    )
    RollRate.objects.create(run=run, from_bucket="M1", to_bucket="M2", accounts=30, balance_minor=900)
    RollRate.objects.create(run=run, from_bucket="M1", to_bucket="cured", accounts=70, balance_minor=100)
    QueueItem.objects.create(run=run, case=a_case(1, "张伟明"), queue="early", rank=1, band="fresh")
    sign_in(page, staff(Role.MANAGER))
    page.goto("/board/flow/")
    page.wait_for_selector("#flow [data-drawn] .sankey-link")
    assert page.locator("#flow .sankey-link").count() == 2
    page.click("#flow summary")
    assert "30" in page.inner_text("#flow table")

    page.goto("/board/")
    page.wait_for_selector("#queue-ageing [data-drawn] .bars")


def test_dark_mode_and_language_stay_with_the_person(page, staff, sign_in):
    sign_in(page, staff(Role.COMPLIANCE))
    page.goto("/access/")
    page.click(".menu > summary")
    page.click(".menu button[name=dark_mode][value=on]")
    page.click(".menu > summary")
    page.click(".menu button[name=language][value=en]")

    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.inner_text("h1") == "Who read whose data"


def test_at_200_percent_zoom_nothing_is_cut_off_sideways(page, staff, sign_in):
    sign_in(page, staff(Role.MANAGER))
    page.set_viewport_size({"width": 720, "height": 450})  # 1440 x 900 at 200 %
    for address in ("/board/", "/board/team/", "/password/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


CONTRAST = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((s, c, i) => s + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest("svg, .hidden, .skip, :disabled")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName} "${node.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return poor;
}
"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_has_enough_contrast(page, staff, sign_in, dark):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    colleague = staff(Role.COMPLIANCE)
    services.set_preferences(user=colleague, dark_mode=dark)
    services.log_access(colleague, a_case(1, "张伟明").customer, "case", NOW)
    sign_in(page, colleague)
    for address in ("/access/", "/board/", "/board/contact/", "/password/", "/staff/"):
        page.goto(address)
        assert page.evaluate(CONTRAST) == [], address


@pytest.mark.parametrize("address", ["/access/", "/board/", "/board/contact/", "/password/"])
def test_every_field_and_button_has_a_name(page, staff, sign_in, address):
    """WCAG 2.2, 4.1.2."""
    sign_in(page, staff(Role.COMPLIANCE))
    page.goto(address)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary, a[href]")]
            .filter((n) => n.checkVisibility() && !n.labels?.length && !n.getAttribute("aria-label") && !n.textContent.trim())
            .map((n) => n.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
