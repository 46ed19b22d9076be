"""The dialler by keyboard: who is next, the call it placed taken up on the case, the result, a break; on the board too."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from tests.channels.sip.peer import Exchange
from tests.web.cases.bank import Bank, moment

from forbear.channels.sip import Line
from forbear.web import clock
from forbear.web.cases import services as cases
from forbear.web.cases.models import Case
from forbear.web.contact.models import ContactAttempt, GateDecision
from forbear.web.people.models import AccessLog
from forbear.web.runs.models import DayRun, QueueItem
from forbear.web.telephony import services
from forbear.web.telephony.dialling import serve_dialler
from forbear.web.telephony.line import LineSettings, Placing
from forbear.web.telephony.models import PhoneCall, Seat

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOON = moment("2026-05-12", "12:00:00")
PEOPLE = (("张伟明", "10013800001"), ("李秀英", "2001380002"), ("王磊", "10013800003"))  # 1 talks, 2 is busy


class Watch:
    """A clock that runs, and can be set ahead."""

    def __init__(self, monkeypatch: Any) -> None:
        self.base, self.began = NOON, time.perf_counter()
        monkeypatch.setattr(clock, "now", self.now)

    def now(self) -> datetime:
        return self.base + timedelta(seconds=time.perf_counter() - self.began)

    def ahead(self, seconds: int) -> None:
        self.base += timedelta(seconds=seconds)


@contextmanager
def line_and_dialler() -> Iterator[None]:
    """Run what `forbear line hold` runs, with an exchange on loopback as the other end."""
    stop = threading.Event()

    async def both() -> None:
        exchange = await Exchange(talk_for=60).open()
        placing = Placing(
            LineSettings(Line("127.0.0.1", exchange.port, "desk", t1=0.05), "udp", "127.0.0.1", "95555")
        )
        until = asyncio.Event()
        serving = [asyncio.create_task(placing.run(until)), asyncio.create_task(serve_dialler())]
        while not stop.is_set():
            await asyncio.sleep(0.05)
        until.set()
        serving[1].cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        exchange.close()

    def alone() -> None:
        try:
            asyncio.run(both())
        finally:
            connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


@pytest.fixture
def floor(staff: Callable[..., Any], settings: Any, monkeypatch: Any) -> Any:
    settings.FORBEAR_SIP = "udp://desk@127.0.0.1:1"
    watch = Watch(monkeypatch)
    bank = Bank(staff("collector"), staff("manager"))
    run = DayRun.objects.create(
        as_of=NOON.date(), law_on=NOON.date(), inputs_digest="x", state="committed", started_at=NOON
    )
    made = []
    for rank, (name, number) in enumerate(PEOPLE):
        customer = bank.customer(name, birth_on="1988-03-07", id_no_tail="0010")
        bank.number(customer, number)
        case = cases.open_case(customer, at=moment("2026-05-02"))
        cases.assign(case, owner=bank.collector, at=moment("2026-05-02"), by=bank.lead)
        Case.objects.filter(pk=case.pk).update(dpd=19, bucket="M1", aged_on=NOON.date())
        QueueItem.objects.create(
            run=run, case=case, queue="early", rank=rank, owner=bank.collector, band="fresh"
        )
        made.append(case)
    services.set_handset(bank.collector, "7001", NOON)
    return bank, made, watch


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("FORBEAR_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


def test_the_dialler_by_keyboard(page: Any, browser: Any, live_server: Any, sign_in: Any, floor: Any) -> None:
    bank, (first, second, third), watch = floor
    with line_and_dialler():
        sign_in(page, bank.collector)
        page.wait_for_selector('#dialler[data-state="offline"]')
        page.keyboard.press("F7")

        # A look at the case first: who, why, what the gate says. Nothing rings yet.
        page.wait_for_selector('#dialler[data-state="preview"] .dialler-next')
        text = page.inner_text("#dialler")
        assert "0/6" in text or "0/3" in text
        assert not PhoneCall.objects.exists()
        picture(page, "dialler-preview")

        # Passed over for today; the next number is busy, and the line itself writes that down.
        page.keyboard.press("s")
        page.wait_for_selector(f'#dialler .dialler-next a[href$="/cases/{second.pk}/"]')
        watch.ahead(11)
        page.wait_for_selector(f'#dialler .dialler-next a[href$="/cases/{third.pk}/"]', timeout=20_000)
        assert ContactAttempt.objects.get().line == "L03"

        # The third answers: its case opens by itself with the call in progress.
        watch.ahead(11)
        page.wait_for_selector(f'#desk[data-case="{third.pk}"] #call[data-live]', timeout=20_000)
        page.wait_for_selector('#phone[data-state="answered"]', timeout=10_000)
        picture(page, "dialler-call")
        assert AccessLog.objects.filter(what="number_revealed").count() == 1
        the_board_shows(browser, live_server, sign_in, bank.lead, "on_call", picture)

        # A break asked for now comes after the call; the call goes on.
        page.keyboard.press("F7")
        page.wait_for_selector('#dialler[data-state="break"]')
        assert PhoneCall.objects.get(case=third).state == "answered"
        page.keyboard.press("F6")
        page.wait_for_selector("#composition")
        page.keyboard.type("08")
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#desk", state="attached")
        written(page, third)

    assert Seat.objects.get(user=bank.collector).state == "break"
    assert GateDecision.objects.count() == 2
    assert not PhoneCall.objects.filter(case=first).exists()


def written(page: Any, case: Case) -> None:
    """Wait until the result of a case's call is stored."""
    for _turn in range(50):
        if PhoneCall.objects.filter(case=case, attempt__isnull=False).exists():
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.inner_text("#wrap-error") or "the result was not stored")


def the_board_shows(browser: Any, live_server: Any, sign_in: Any, lead: Any, state: str, take: Any) -> None:
    """Look at the manager's board in another browser."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="zh-CN"
    )
    board = context.new_page()
    sign_in(board, lead)
    board.goto("/board/team/")
    board.wait_for_selector(f'#floor tr[data-state="{state}"]')
    take(board, "dialler-board")
    context.close()
