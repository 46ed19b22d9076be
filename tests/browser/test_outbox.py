"""The outbox board in a browser: charts drawn, a manager settles an uncertain message, in both languages."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import Body, Draft, enqueue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOON = moment("2026-11-24", "12:00:00")


def planned(bank: Bank) -> list[OutboxMessage]:
    from django.db import transaction

    made = []
    for number in range(24):
        case, _ = bank.late_case()
        bank.number(case.customer, f"138001380{number:02d}")
        channel = ("sms", "push")[number % 2]
        with transaction.atomic():
            draft = Draft(case, channel, Body("您好"), "friendly", "1")
            made.append(enqueue(draft, key=f"k{number}", cause="test", at=NOON))
    return made


def spread(messages: list[OutboxMessage]) -> None:
    """Give the messages the states that a working day shows."""
    states = [MessageState.DELIVERED] * 12 + [MessageState.SENT] * 4 + [MessageState.UNCERTAIN] * 3
    states += [MessageState.FAILED, *[MessageState.WITHDRAWN] * 3, MessageState.PLANNED]
    for number, (message, state) in enumerate(zip(messages, states, strict=True)):
        went = state not in (MessageState.WITHDRAWN, MessageState.PLANNED)
        withdrawn = state == MessageState.WITHDRAWN
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=state, handed_over_at=NOON - timedelta(minutes=25 * number) if went else None,
            permit_expires_at=NOON if went else None, settled_at=NOON if withdrawn else None,
            why="refused" if withdrawn else "", rules=["HOUSE-COMPLAINT"] if withdrawn else [],
        )  # fmt: skip


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "发件箱"), ("en", "Outbox")])
def test_a_manager_reads_the_board_and_settles(page, sign_in, settings, language, heading):
    settings.FORBEAR_CLOCK_AT = NOON + timedelta(hours=1)
    bank = Bank()
    spread(planned(bank))
    bank.lead.language = language
    bank.lead.set_password("a long enough phrase")
    bank.lead.save()
    sign_in(page, bank.lead)

    page.goto("/outbox/")
    page.wait_for_selector(".js-plotly-plot")
    assert heading in page.inner_text("h1")
    if folder := os.environ.get("FORBEAR_PICTURES"):
        page.wait_for_timeout(800)
        page.screenshot(path=f"{folder}/outbox-{language}.png", full_page=True)
    row = page.locator("[data-grid=outbox-uncertain] tbody tr").first
    row.locator("input[name=note]").fill("not in the carrier's log")
    row.locator("button[value=no]").click()

    page.wait_for_load_state()
    assert OutboxMessage.objects.filter(state=MessageState.UNCERTAIN).count() == 2
