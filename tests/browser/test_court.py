"""The legal role prepares a claim and, years on, enforces the judgment: from the docket to an asset that wakes a sleeping case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.browser.steps import enter, look, person
from tests.web.cases.bank import Bank, day, moment
from tests.web.litigation import claims
from tests.web.litigation.test_papers import ALL, NUMBER, go, papers_of

from forbear.web.litigation import records, services, steps
from forbear.web.litigation.models import LegalMatter
from forbear.web.people.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)
NOW = moment("2026-06-02", "15:00:00")


@pytest.fixture(autouse=True)
def still(settings):
    settings.FORBEAR_CLOCK_AT = NOW


def test_legal_prepares_a_claim_and_counsel_reads_it_under_a_watermark(page):
    lawyer, outside = person("秦法务", Role.LEGAL), person("魏律师", Role.COUNSEL)
    held = claims.cases(Bank(), 6)
    claims.contracts(held[1:], lawyer)
    matters = claims.matters(held, lawyer, claims.agent(lawyer))
    for each in matters[:3]:
        steps.step(each, "gather", on=NOW.date(), facts={"route": "suit"}, at=NOW, by=lawyer)
    records.grant(matters[1], counsel=outside, until=NOW + timedelta(days=3), at=NOW, by=lawyer)

    enter(page, "秦法务")
    page.goto("/court/")
    assert page.locator("table[data-grid=docket] tbody tr").count() == 6
    look(page, "court-docket")
    page.goto(f"/court/matters/{matters[0].pk}/")
    page.click("#next summary >> text=批准")
    assert page.locator("#next .wrong", has_text="已签署的领用合约").count() >= 1
    look(page, "court-matter-lacks")
    page.goto(f"/court/matters/{matters[1].pk}/")
    page.click("summary >> text=生成文书")
    page.check("input[name=kinds][value=complaint]")
    page.check("input[name=kinds][value=calculation_annex]")
    page.click("form[action$='/write/papers/'] button")
    page.wait_for_load_state()
    assert page.locator("a", has_text="PDF").count() == 2
    look(page, "court-matter")
    for name in ("screening", "limitation", "batch", "calendar", "service", "costs", "counsel"):
        page.goto(f"/court/{name}/")
        look(page, f"court-{name}")
    page.goto(f"/court/matters/{matters[1].pk}/offence/")
    page.click("main form .button-primary")
    page.wait_for_load_state()
    look(page, "court-offence")

    enter(page, "魏律师")
    assert page.locator("table[data-grid=docket] tbody tr").count() == 1
    page.click(f"text={matters[1].number}")
    assert page.locator(".court-mark").count() == 1
    look(page, "court-counsel-reads")


def heard(lawyer: User) -> LegalMatter:
    """Return a matter whose hearing is on 3 August 2026."""
    bank = Bank()
    (case,) = claims.cases(bank, 1, paid=False)
    claims.contracts([case], lawyer)
    (matter,) = claims.matters([case], lawyer, claims.agent(lawyer))
    matter = go(matter, lawyer, ("2026-06-01", "gather", {"route": "suit"}))
    asked = steps.step(
        matter, "approve", on=day("2026-06-02"), facts={"balance_on": day("2026-06-02")}, at=NOW, by=lawyer
    )
    assert not isinstance(asked, LegalMatter)
    steps.answer(asked, yes=True, at=NOW, by=bank.lead)
    papers_of(matter, ALL, "2026-06-05", lawyer)
    fee = steps.fee_due(LegalMatter.objects.get(), on=day("2026-06-15"), at=moment("2026-06-15"))
    return go(
        matter, lawyer, ("2026-06-05", "hand_in"), ("2026-06-10", "file", {"court_case_no": NUMBER}),
        ("2026-06-15", "pay_fee", {"fee": fee}), ("2026-07-01", "serve"), ("2026-07-06", "set_hearing", {"hearing_on": day("2026-08-03")}),
    )  # fmt: skip


def make(page, code: str, **given: str) -> None:
    """Make a move through its form; the day is today."""
    box = page.locator(f"details.court-move:has(form[action$='/move/{code}/'])")
    box.locator("summary").click()
    for name, value in given.items():
        field = box.locator(f"[name={code}-{name}]")
        field.check() if value == "yes" else field.fill(value)
    box.locator("form button").click()
    page.wait_for_load_state()


def test_legal_enforces_a_judgment_that_sleeps_and_wakes(page, settings):
    lawyer = person("秦法务", Role.LEGAL)
    matter = heard(lawyer)
    here = f"/court/matters/{matter.pk}/"

    def on(when: str) -> None:
        """Come back to the matter on another day, signed in anew."""
        settings.FORBEAR_CLOCK_AT = moment(when, "15:00:00")
        enter(page, "秦法务")
        page.goto(here)

    def state() -> str:
        return page.locator("h1 .badge, h1 .mark").first.text_content()

    on("2026-08-03")
    make(page, "decide", amount_awarded="20000.00")
    assert "已判决" in state()
    on("2026-08-04")
    make(page, "stands")  # the debtor may still appeal
    assert page.locator("#next .error-summary").count() == 1
    on("2026-08-19")
    make(page, "stands")
    make(page, "set_performance", perform_by="2026-09-01")
    assert "履行期" in state()
    assert page.locator("td", has_text="申请执行期间").count() >= 1

    on("2026-09-02")
    assert page.locator("details.court-move .wrong", has_text="强制执行申请书").count() == 1
    page.click("summary >> text=生成文书")
    for kind in ("enforcement_application", "power_of_attorney"):
        page.check(f"input[name=kinds][value={kind}]")
    page.fill("input[name=assets]", "工资账户")
    page.click("form[action$='/write/papers/'] button")
    page.wait_for_load_state()
    look(page, "court-enforcement-papers")
    make(page, "apply_enforcement")
    on("2026-09-07")
    make(page, "begin_enforcement", court_case_no="(2026)沪0115执7号")
    assert "执行中" in state()
    page.click("a[href$='/reserve/']")
    page.fill("input[name=monthly_income]", "6000.00")
    page.fill("input[name=dependants]", "2")
    page.select_option("select[name=region]", "310000")
    page.click("main form .button-primary")
    page.wait_for_load_state()
    assert page.locator("dd", has_text="1215.00").count() == 1
    assert page.locator("text=未经核实").count() >= 1
    look(page, "court-reserve")

    on("2026-12-31")
    make(page, "suspend", search_exhausted="yes", consumption_limited="yes")
    assert "终结本次执行" in state()
    look(page, "court-dormant")
    on("2031-05-06")
    make(page, "revive", asset_lead="名下车辆")
    assert "执行中" in state()
    look(page, "court-revived")
    matter.refresh_from_db()
    assert (matter.state, services.broken_moves(matter)) == ("enforcing", [])
