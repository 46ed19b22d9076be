"""An inbound call taken by keyboard alone in a real browser; no debt is on the screen at any moment."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role
from forbear.web.reception import services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOON = moment("2026-05-12", "12:00:00")


def test_a_call_is_taken_by_keyboard(
    page: Any, sign_in: Any, staff: Any, settings: Any, tmp_path: Any
) -> None:
    settings.FORBEAR_CLOCK_AT = NOON
    clerk, collector = staff(Role.RECEPTION), staff(Role.COLLECTOR)
    bank = Bank(collector, staff(Role.MANAGER))
    case, _ = bank.late_case()
    type(case.customer).objects.filter(pk=case.customer_id).update(id_no_tail="001X", birth_on="1988-03-07")
    bank.number(case.customer, "10013800001")
    services.put_on_duty(
        collector, starts_at=moment("2026-05-12", "09:00:00"), ends_at=moment("2026-05-12", "18:00:00")
    )
    sign_in(page, clerk)

    page.keyboard.type("10013800001")
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_tail")
    for text in ("张伟明", "001X", "19880307"):
        page.keyboard.type(text)
        page.keyboard.press("Tab" if text != "19880307" else "Enter")
    page.wait_for_selector("b:has-text('陈静')")
    page.screenshot(path=str(tmp_path / "reception.png"))
    assert "20,000" not in page.content()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("#who")

    assert ContactAttempt.objects.get().action == "CALL_IN"
