"""The legal role prepares a claim: from the docket to a drafted statement of claim, in Chinese."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.browser.steps import enter, look, person
from tests.web.cases.bank import Bank, moment
from tests.web.litigation import claims

from forbear.web.litigation import records, steps
from forbear.web.people.models import Role

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
