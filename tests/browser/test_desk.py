"""A collector's day in a real browser, by keyboard, with every key press counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.cases.models import Case, CaseState, Promise
from forbear.web.contact.models import ContactAttempt
from forbear.web.intake.models import ImportBatch
from forbear.web.people.models import AccessLog
from forbear.web.portfolio.models import Account
from forbear.web.runs.models import DayRun, QueueItem

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOON = moment("2026-05-12", "12:00:00")
PEOPLE = (
    ("张伟明", "上海市", "10013800001", 30_000, "broken_promise"),
    ("李秀英", "杭州市", "10013800002", 120_000, "high_value"),
    ("王磊", "成都市", "10013800003", 45_000, "fresh"),
    ("欧阳建华", "武汉市", "10013800004", 80_000, "fresh"),
)


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += len(key.split("+"))
            self.page.keyboard.press(key)

    def until_next_case(self, case: Case) -> None:
        self.page.wait_for_selector(f'#desk[data-case="{case.pk}"]')


class Desk:
    """A bank, a collector and a queue of four cases."""

    def __init__(self, collector: Any, lead: Any, clerk: Any, stop_clock: Callable[[datetime], None]) -> None:
        self.bank = Bank(collector, lead)
        self.clerk = clerk
        self.stop_clock = stop_clock
        self.cases = [self.case(*person) for person in PEOPLE]
        made = DayRun.objects.create(
            as_of=NOON.date(), law_on=NOON.date(), inputs_digest="x", state="committed", started_at=NOON
        )
        for rank, (case, person) in enumerate(zip(self.cases, PEOPLE, strict=True)):
            QueueItem.objects.create(
                run=made, case=case, queue="early", rank=rank, owner=collector, band=person[4]
            )

    def case(self, name: str, city: str, number: str, owed: int, band: str) -> Case:
        bank = self.bank
        customer = bank.customer(name, birth_on="1988-03-07", id_no_tail="0010")
        customer.city = city
        customer.save()
        account = bank.account(customer, number[-4:])
        bank.statement(account, "2026-04-05", "2026-04-23", owed, owed * 10)
        bank.position(
            account, "2026-05-11", principal=owed * 9, interest=owed // 2, compound=owed // 50, late_fee=owed // 20,
            fee=1_500,
        )  # fmt: skip
        bank.number(customer, number)
        bank.number(customer, f"{number[:-4]}9{number[-3:]}", "parent", person_name="李桂芳")
        case = services.open_case(customer, at=moment("2026-05-02"))
        services.assign(case, owner=bank.collector, at=moment("2026-05-02"), by=bank.lead)
        Case.objects.filter(pk=case.pk).update(dpd=19, bucket="M1", past_due_minor=owed, aged_on=NOON.date())
        return case


@pytest.fixture
def stop_clock(settings: Any) -> Callable[[datetime], None]:
    def set_to(at: datetime) -> None:
        settings.FORBEAR_CLOCK_AT = at

    set_to(NOON)
    return set_to


@pytest.fixture
def desk(staff: Callable[..., Any], stop_clock: Callable[[datetime], None]) -> Desk:
    return Desk(staff("collector"), staff("manager"), staff("administrator"), stop_clock)


@pytest.fixture
def picture(page: Any) -> Callable[[str], None]:
    """Return a taker of screenshots into FORBEAR_PICTURES, when that is set."""
    folder = os.environ.get("FORBEAR_PICTURES")

    def take(name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")

    return take


def test_a_collectors_day(
    page: Any, sign_in: Callable[..., None], desk: Desk, picture: Callable[[str], None]
) -> None:
    """Three cases by keyboard, a call refused at 22:00:00, a promise, its payment by file, kept, cured."""
    first, second, third, fourth = desk.cases
    sign_in(page, desk.bank.collector)
    page.wait_for_selector("#begin")
    picture("my-day")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#desk[data-case="{first.pk}"]')
    picture("case")

    # First case: nobody answers. Six key presses at most, the next case loaded included.
    keys = Keys(page)
    keys.press("F2")
    page.wait_for_selector("#call[data-live]")
    keys.press("1", "Control+Enter")
    keys.until_next_case(second)
    assert keys.pressed <= 6
    assert ContactAttempt.objects.get().line == "L02"

    # Second case: the debtor answers, proves who she is, promises what cures her case. Twelve at most.
    assert "1,200.00" not in page.content()
    keys = Keys(page)
    keys.press("F2")
    page.wait_for_selector("#call[data-live]")
    keys.press("F6")
    page.wait_for_selector("#composition")
    picture("case-identity")
    keys.press("p", "1")
    picture("promise")
    keys.press("Control+Enter")
    keys.until_next_case(third)
    assert keys.pressed <= 12
    promise = Promise.objects.get()
    assert (promise.case, promise.amount_minor, promise.due_on.isoformat()) == (second, 120_000, "2026-05-15")

    # Third case, at 22:00:00: refused, with the rule and the moment from which it is lawful again.
    desk.stop_clock(moment("2026-05-12", "22:00:00"))
    page.keyboard.press("F2")
    page.wait_for_selector("#call .verdict-refused")
    picture("refused")
    card = page.inner_text("#call .verdict-refused")
    assert "CBA26-HOURS" in card
    assert "2026-05-13 08:00" in card
    assert ContactAttempt.objects.count() == 2
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f'#desk[data-case="{fourth.pk}"]')

    # Next morning a clerk hands in the repayment file on screen; the promise is kept and the case cured.
    desk.stop_clock(moment("2026-05-13", "09:00:00"))
    hand_in_repayment(page, sign_in, desk.clerk, second, "1200.00", "2026-05-13")
    promise.refresh_from_db()
    second.refresh_from_db()
    assert promise.state == "kept"
    assert second.state == CaseState.CURED
    assert services.verify_chain(second) is None

    sign_in_again(page, sign_in, desk.bank.collector)
    page.goto(f"/desk/cases/{second.pk}/")
    assert page.is_visible("#promises .badge-good")
    assert page.is_visible("#timeline .tone-good")
    picture("cured")
    assert AccessLog.objects.filter(what="case").count() >= 4


def sign_in_again(page: Any, sign_in: Callable[..., None], user: Any) -> None:
    """Change who sits at the browser."""
    page.context.clear_cookies()
    sign_in(page, user)


def hand_in_repayment(
    page: Any, sign_in: Callable[..., None], clerk: Any, case: Case, amount: str, on: str
) -> None:
    """Drop a repayment file into the files room as the clerk would."""
    account = Account.objects.get(customer_id=case.customer_id)
    text = (
        "流水号,交易日期,起息日,入账日期,客户号,账户号,交易码,交易金额,币种,渠道\r\n"
        f"T1,{on},{on},{on},{case.customer.customer_no},{account.account_no},还款,{amount},CNY,手机银行\r\n"
    )
    sign_in_again(page, sign_in, clerk)
    page.goto("/files/")
    page.set_input_files(
        "input[type=file]",
        {
            "name": f"CC_PAY_{on.replace('-', '')}_001.csv",
            "mimeType": "text/csv",
            "buffer": text.encode("gb18030"),
        },
    )
    page.select_option("select[name=layout]", "transactions")
    page.click("[data-drop] .button-primary")
    page.wait_for_load_state("networkidle")
    batch = ImportBatch.objects.filter(layout="transactions").last()
    assert batch is not None, page.inner_text("main")
    assert batch.state == "applied", batch.refusal


def test_a_third_person_by_keyboard(
    page: Any, sign_in: Callable[..., None], desk: Desk, picture: Callable[[str], None]
) -> None:
    """After the debtor's number proved dead the mother may be asked to pass a word on; her refusal is one outcome."""
    case = desk.cases[0]
    other = desk.bank.account(desk.cases[1].customer, "7788")
    desk.bank.statement(other, "2026-03-05", "2026-03-23", 90_000, 900_000)
    desk.bank.position(other, "2026-05-11", principal=870_000, interest=21_050, late_fee=4_500)
    person = desk.bank.collector
    person.language, person.dark_mode = "en", True
    person.save()
    sign_in(page, person)
    page.goto(f"/desk/cases/{case.pk}/")
    keys = Keys(page)
    keys.press("F2")
    page.wait_for_selector("#call[data-live]")
    keys.press("5", "Control+Enter")  # the number does not exist
    keys.until_next_case(desk.cases[1])

    page.goto(f"/desk/cases/{case.pk}/")
    page.click("#points tr:not(.locked) [data-dial]")
    page.wait_for_selector("#call[data-third]")
    keys.press("F6")
    page.wait_for_selector("#wrap-error:not([hidden])")
    assert page.locator("#composition").count() == 0
    keys = Keys(page)
    keys.press("0", "3", "2", "8")
    picture("third-person-dark")
    keys.press("Control+Enter")
    keys.until_next_case(desk.cases[1])
    assert ContactAttempt.objects.filter(outcome="B28").count() == 1
    keys.press("F2")
    page.wait_for_selector("#call[data-live]")
    keys.press("F6")
    page.wait_for_selector("#composition")
    assert page.locator("#composition thead th").count() == 4  # a name, two accounts, the sum
    picture("two-accounts-dark")
    page.goto(f"/desk/cases/{case.pk}/")
    assert page.locator("#points .locked").count() == 2  # the dead number, and the mother's for good
