"""Legal, manager and compliance go their ways in a real browser: radar to enforcement, an objection to its letter, a write-off to its yes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.browser.steps import enter, look, person
from tests.web.cases.bank import Bank, moment
from tests.web.credit.diary import bills, tells, told
from tests.web.disposal.book import demanded
from tests.web.litigation import claims

from forbear.web.cases import services
from forbear.web.cases.models import Case
from forbear.web.litigation import records, steps
from forbear.web.litigation.models import LegalMatter
from forbear.web.people.models import Role

pytestmark = pytest.mark.django_db(transaction=True)
NOW = moment("2026-06-05", "15:00:00")


@pytest.fixture(autouse=True)
def still(settings, tmp_path):
    settings.FORBEAR_CLOCK_AT = NOW
    settings.HOME = tmp_path


def test_an_objection_goes_from_the_record_to_its_letter(page):
    bank, keeper = Bank(), person("林合规", Role.COMPLIANCE)
    account = bank.account(bank.customer(id_no_tail="0010"))
    bills(bank, account, first="2026-01-05", months=5)
    case = services.open_case(account.customer, at=moment("2026-01-27"))
    told(bank, case, "2026-01-27", keeper)
    for month, on in (
        ("2026-01-31", "2026-02-02"),
        ("2026-02-28", "2026-03-02"),
        ("2026-03-31", "2026-04-02"),
        ("2026-04-30", "2026-05-02"),
        ("2026-05-31", "2026-06-02"),
    ):
        tells(month, on)
    quiet = bank.account(bank.customer("李四"), tail="1236")
    bills(bank, quiet)

    enter(page, "林合规")
    page.goto("/credit/")
    look(page, "credit-months")
    page.fill("#find", account.account_no)
    page.press("#find", "Enter")
    page.wait_for_load_state()
    assert page.locator(".months .letter-bad").count() == 5
    page.click("#object summary")
    page.check("input[name=months][value='2026-04-30']")
    page.select_option("select[name=ground]", "paid")
    page.fill("textarea[name=text]", "四月二十日已经还了，有回单。")
    page.click("#object button.button-primary")
    page.wait_for_load_state()
    page.click("button[value=check]")
    page.wait_for_load_state()
    page.select_option("select[name=letter_202604]", "N")
    page.fill("#why-yes", "回单属实，四月已按时还款")
    look(page, "credit-objection")
    page.click("button[value=uphold]")
    page.wait_for_load_state()
    page.fill("#answer-text", "经核查，您四月的还款属实，记录已更正。")
    page.click("button[value=answer]")
    page.wait_for_load_state()
    assert page.locator("a", has_text="打开答复函").count() == 1
    page.goto(f"/credit/accounts/{account.pk}/")
    assert page.locator(".months .letter-corrected").count() == 1
    look(page, "credit-record")
    page.goto("/credit/withheld/")
    look(page, "credit-withheld")


def test_a_write_off_goes_from_the_list_to_the_managers_yes(page):
    bank, _lawyer, lead = Bank(), person("沈法务", Role.LEGAL), person("何经理", Role.MANAGER)
    case, _account = bank.late_case()
    Case.objects.filter(pk=case.pk).update(dpd=400, risk_class="loss", total_minor=2_000_000)
    demanded(bank, case)

    enter(page, "沈法务")
    page.goto("/disposal/")
    page.check(f"input[name=case][value='{case.pk}']")
    look(page, "disposal-candidates")
    page.click("button[formaction$='/begin/'].button-primary")
    page.wait_for_load_state()
    assert page.locator("li.wrong", has_text="财产查询记录").count() == 1
    look(page, "write-off-lacks")
    page.select_option("select[name=proof]", "search")
    page.set_input_files(
        "input[name=file]",
        {"name": "search.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 search"},
    )
    page.click("form[action$='/proof/'] button")
    page.wait_for_load_state()
    page.fill("input[name=reason]", "追索一年以上，无可供执行财产")
    page.click("form[action$='/ask/'] button")
    page.wait_for_load_state()

    enter(page, "何经理")
    page.goto("/agreements/approvals/")
    assert page.locator("article.question h2", has_text="核销").count() == 1
    look(page, "write-off-approval")
    page.click("article.question button[value=yes]")
    page.wait_for_load_state()
    page.goto("/disposal/register/")
    assert page.locator("table[data-grid=register] tbody tr").count() == 1
    look(page, "write-off-register")
    assert lead.role == Role.MANAGER


def test_legal_and_manager_go_from_the_radar_to_enforcement(page):
    lawyer, lead = person("沈法务", Role.LEGAL), person("何经理", Role.MANAGER)
    held = claims.cases(Bank(), 3)
    claims.contracts(held, lawyer)
    matters = claims.matters(held[:1], lawyer, claims.agent(lawyer))
    matter = matters[0]
    steps.step(matter, "gather", on=NOW.date(), facts={"route": "payment_order"}, at=NOW, by=lawyer)

    enter(page, "沈法务")
    page.goto("/court/limitation/")
    look(page, "court-radar")
    page.goto("/court/screening/")
    look(page, "court-screening")
    page.goto(f"/court/matters/{matter.pk}/")
    page.click("#next summary >> text=批准")
    page.fill("form[action$='/move/approve/'] input[name$=balance_on]", NOW.date().isoformat())
    page.click("form[action$='/move/approve/'] button")
    page.wait_for_load_state()

    enter(page, "何经理")
    page.goto(f"/court/matters/{matter.pk}/")
    page.click("button[name=yes][value='1']")
    page.wait_for_load_state()

    enter(page, "沈法务")
    page.goto(f"/court/matters/{matter.pk}/")
    page.click("summary >> text=生成文书")
    for kind in ("payment_order_application", "calculation_annex", "evidence_list", "power_of_attorney"):
        page.check(f"input[name=kinds][value={kind}]")
    page.click("form[action$='/write/papers/'] button")
    page.wait_for_load_state()
    move(page, matter, "apply_payment_order", payment_order_open=True)
    move(page, matter, "po_accept", court_case_no="(2026)沪0115民督12号")
    page.click("details:has(form[action$='/write/hearing/']) > summary")
    page.fill("form[action$='/write/hearing/'] input[name=begins_at]", "2026-07-01T09:30")
    page.fill("form[action$='/write/hearing/'] input[name=judge]", "周法官")
    page.click("form[action$='/write/hearing/'] button")
    page.wait_for_load_state()
    look(page, "court-matter")
    page.goto("/court/calendar/")
    assert page.locator("td", has_text="周法官").count() == 1
    with page.expect_download() as coming:
        page.click("a[href$='calendar.ics']")
    assert "BEGIN:VEVENT" in Path(coming.value.path()).read_text("utf-8")
    for on, code, facts in (
        ("2026-06-12", "po_issue", {}), ("2026-06-20", "po_serve", {}), ("2026-07-07", "po_effective", {}),
        ("2026-07-07", "set_performance", {"perform_by": (NOW + timedelta(days=45)).date()}),
    ):  # fmt: skip
        at = moment(on)
        matter = steps.step(
            LegalMatter.objects.get(pk=matter.pk), code, on=at.date(), facts=facts, at=at, by=lawyer
        )
    page.goto(f"/court/matters/{matter.pk}/")
    look(page, "court-enforcement")
    assert (LegalMatter.objects.get(pk=matter.pk).stage, lead.role, records.SEAL) == (
        "enforcement",
        Role.MANAGER,
        "court_evidence",
    )


def move(page, matter, code: str, **facts: object) -> None:
    """Make a move through its form."""
    form = f"form[action$='/matters/{matter.pk}/move/{code}/']"
    page.locator(f"details:has({form}) > summary").click()
    for name, value in facts.items():
        field = page.locator(f"{form} [name$={name}]")
        field.check() if value is True else field.fill(str(value))
    page.click(f"{form} button")
    page.wait_for_load_state()
