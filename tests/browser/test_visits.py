"""A team's day on a phone of 390 px, truly without a network at the door, and the manager who plans and looks after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import PASSWORD, PHONE, is_trouble
from tests.browser.steps import PICTURES, enter
from tests.web.visits.conftest import DAY, ID_NO, MORNING, Field
from tests.web.visits.phone import PHOTO, Phone

from forbear.web.contact.models import ContactAttempt
from forbear.web.people.models import Role, User
from forbear.web.visits import alarms, badges, planning
from forbear.web.visits.models import RoutePlan, Visit, VisitAlarm, VisitEvidence, VisitRecord, VisitState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def still(settings: Any) -> None:
    settings.FORBEAR_CLOCK_AT = MORNING


@pytest.fixture
def bank(transactional_db: None) -> Field:
    made = Field()
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()
    return made


@pytest.fixture
def phone(browser: Any, live_server: Any) -> Iterator[Any]:
    """Return a phone at 390 x 844 that knows where it is; the test fails when a script does."""
    context = browser.new_context(
        viewport=PHONE, base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True,
        device_scale_factor=2, geolocation={"latitude": 31.2304, "longitude": 121.4737}, permissions=["geolocation"],
    )  # fmt: skip
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    opened.on(
        "console",
        lambda line: (
            troubles.append(line.text) if is_trouble(line) and "ERR_INTERNET" not in line.text else None
        ),
    )
    yield opened
    context.close()
    if troubles:
        pytest.fail("the browser complained:\n" + "\n".join(troubles))


def look(page: Any, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"visits-{name}.png"), full_page=True)


def tap(page: Any, words: str) -> None:
    page.locator("main button", has_text=words).first.click()


def attach(page: Any, words: str, name: str, kind: str, content: bytes) -> None:
    page.locator("label.file", has_text=words).locator("input").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


def ready(bank: Field, visits: int = 1) -> list[Visit]:
    made = [bank.approved(bank.debtor(street=f"南京东路{100 + n}号")) for n in range(visits)]
    bank.team()
    bank.planned()
    for each in made:
        each.refresh_from_db()
    return sorted(made, key=lambda each: each.place_in_route)


def test_a_visit_is_made_without_a_network_and_arrives_whole(phone, bank):
    visit = ready(bank, 2)[0]
    enter(phone, bank.ma.username, "/visits/phone/")
    phone.wait_for_selector(".stop")
    assert phone.locator(".stop").count() == 2
    look(phone, "phone-route")
    phone.evaluate("navigator.serviceWorker.ready")
    phone.locator(".stop").first.click()
    look(phone, "phone-forbidden")
    tap(phone, "我们两人都已阅读")
    tap(phone, "取得许可")
    phone.wait_for_selector("text=许可有效至")

    # The basement. The page itself is opened anew, from what the phone keeps.
    phone.context.set_offline(True)
    phone.reload()
    phone.wait_for_selector(".stop")
    phone.locator(".stop").first.click()
    phone.wait_for_selector("input[name^=word-]")
    look(phone, "phone-check-in")
    tap(phone, "签到")
    phone.wait_for_selector(".wrong")
    phone.fill("input[name^=word-]", "WRONGWRD")
    tap(phone, "签到")
    phone.wait_for_selector("text=口令不对")
    phone.fill("input[name^=word-]", badges.word_of(bank.niu, DAY).lower())
    tap(phone, "签到")
    phone.wait_for_selector("text=谁开的门")
    look(phone, "phone-who")
    tap(phone, "称是本人")
    look(phone, "phone-badge")
    tap(phone, "已出示工作证")
    look(phone, "phone-notice")
    tap(phone, "已告知，对方同意")
    phone.wait_for_selector("input[name=digits]")
    assert "3000.00" not in phone.content()
    assert "张伟明" not in phone.content()
    look(phone, "phone-identity")
    phone.fill("input[name=digits]", "000000")
    tap(phone, "核对")
    phone.wait_for_selector("text=不符")
    phone.fill("input[name=digits]", ID_NO[-6:].lower())
    tap(phone, "核对")
    phone.wait_for_selector("text=张伟明")
    assert "3000.00" not in phone.content()
    tap(phone, "显示金额")
    phone.wait_for_selector("text=3000.00")
    look(phone, "phone-figures")
    tap(phone, "不进门")
    tap(phone, "对方要给现金")
    phone.wait_for_selector("text=我们不收任何钱")
    tap(phone, "已留密封信")
    phone.wait_for_selector("text=拍下信封")
    attach(phone, "拍下信封", "letter.png", "image/png", PHOTO)
    phone.wait_for_selector("text=照片和录音: 1")
    attach(phone, "附上其他设备的录音录像", "film.webm", "video/webm", b"\x1a\x45\xdf\xa3" + b"x" * 200)
    phone.select_option("select[name=result]", "V01")
    phone.select_option("select[name=talk]", "B04")
    phone.fill("textarea[name=note]", "下月发工资")
    look(phone, "phone-result")
    tap(phone, "保存")
    tap(phone, "签退")
    phone.wait_for_selector("p.mark.good:has-text('已完成')")
    look(phone, "phone-done")
    assert not VisitRecord.objects.filter(visit=visit, client_id__isnull=False).exists()

    # Street level again: everything goes, once.
    phone.context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_selector("#state[data-tone=good]:not(:has-text('待发送'))", timeout=20_000)
    visit.refresh_from_db()
    assert (visit.state, visit.missing, visit.result) == (VisitState.DONE, [], "V01")
    assert VisitEvidence.objects.filter(visit=visit).count() == 2
    assert ContactAttempt.objects.filter(case=visit.case, channel="visit", effective=True).count() == 1

    # The end of the day leaves nothing on the phone.
    tap(phone, "返回路线")
    tap(phone, "结束本日并清空手机")
    phone.wait_for_selector("text=今日已结束")
    left = phone.evaluate(
        """async () => { const base = await new Promise((done) => { const asked = indexedDB.open('visits'); asked.onsuccess = () => done(asked.result); });
        const count = (name) => new Promise((done) => { const asked = base.transaction(name).objectStore(name).count(); asked.onsuccess = () => done(asked.result); });
        return [await count('keys'), await count('kept'), await count('records'), await count('files')]; }"""
    )
    assert left == [0, 0, 0, 0]
    assert Visit.objects.exclude(pk=visit.pk).get().state == VisitState.APPROVED  # not reached: planned again


def test_what_lies_on_the_phone_tells_nobody_anything(phone, bank):
    ready(bank)
    enter(phone, bank.ma.username, "/visits/phone/")
    phone.wait_for_selector(".stop")
    phone.evaluate("navigator.serviceWorker.ready")
    held = phone.evaluate(
        """async () => { const text = []; for (const name of await caches.keys()) { const cache = await caches.open(name);
        for (const asked of await cache.keys()) text.push(await (await cache.match(asked)).text()); }
        const base = await new Promise((done) => { const asked = indexedDB.open('visits'); asked.onsuccess = () => done(asked.result); });
        const rows = await new Promise((done) => { const asked = base.transaction('kept').objectStore('kept').getAll(); asked.onsuccess = () => done(asked.result); });
        const key = await new Promise((done) => { const asked = base.transaction('keys').objectStore('keys').get('day'); asked.onsuccess = () => done(asked.result); });
        text.push(...rows.map((row) => new TextDecoder().decode(row.cipher)), JSON.stringify(localStorage));
        return { text: text.join('\\n'), out: key.extractable }; }"""
    )
    assert held["out"] is False
    for secret in ("南京东路", "张", "3000.00", "30000.00", ID_NO[-6:]):
        assert secret not in held["text"]
    assert "phone.js" in held["text"]


def test_help_is_called_at_once_or_by_telephone(phone, bank):
    visit = ready(bank)[0]
    enter(phone, bank.ma.username, "/visits/phone/")
    phone.wait_for_selector(".stop")
    phone.locator(".stop").first.click()
    phone.context.set_offline(True)
    phone.click("#sos")
    phone.wait_for_selector("dialog[open] a[href^='tel:']")
    assert phone.locator("dialog[open] a[href^='sms:']").count() == 1
    assert visit.number in phone.locator("dialog[open] a[href^='sms:']").get_attribute("href")
    look(phone, "phone-sos")
    assert not VisitAlarm.objects.exists()
    phone.context.set_offline(False)
    phone.wait_for_selector("dialog[open] .mark.good", timeout=20_000)  # nobody presses again
    assert VisitAlarm.objects.get(visit=visit).place["lat"] == 31_230_400


def test_a_mate_has_badge_word_and_sos_and_no_debtor(phone, bank):
    ready(bank)
    enter(phone, bank.niu.username, "/visits/phone/")
    phone.wait_for_selector(".word")
    assert phone.locator(".word").text_content() == badges.word_of(bank.niu, DAY)
    assert "南京东路" not in phone.content()
    look(phone, "phone-mate")


def test_the_manager_plans_looks_and_reviews(page, bank):
    for n in range(5):
        case = bank.debtor(street=f"外滩{n}号")
        bank.approved(case)
        place = case.customer
        from forbear.web.visits.models import AddressPlace

        AddressPlace.objects.filter(point__customer=place).update(
            latitude_e6=31_230_400 + 9_000 * (n % 3 - 1) + 2_000 * n,
            longitude_e6=121_473_700 + 14_000 * (n - 2),
        )
    a, b = (
        bank.visitor("甲外访", Role.FIELD, ["collector"]),
        bank.visitor("乙外访", Role.FIELD, ["collector"]),
    )
    bank.team()
    bank.team(a, b)
    enter(page, bank.lead.username, "/visits/routes/?city=上海市&on=2026-05-13")
    page.click("text=规划路线")
    page.wait_for_selector("#progress")
    planning.run(RoutePlan.objects.get())
    page.wait_for_selector(".route-picture", timeout=10_000)
    assert page.locator(".route-stop").count() == 5
    look(page, "routes")
    page.goto("/visits/")
    look(page, "today")
    for name in ("requests", "people"):
        page.goto(f"/visits/{name}/")
        look(page, name)
    page.goto(f"/visits/{Visit.objects.first().pk}/")
    look(page, "visit")


def test_the_manager_looks_after_a_team_that_does_not_come_out_and_ends_the_review(page, bank, settings):
    visit = ready(bank)[0]
    phone = Phone(bank.ma, MORNING)
    phone.now = MORNING + timedelta(hours=2)
    phone.check_in(visit, [bank.niu])
    phone.send()
    visit.refresh_from_db()
    late = alarms.due_out(visit) + timedelta(hours=1)
    alarms.raise_overdue(late)
    settings.FORBEAR_CLOCK_AT = late

    enter(page, bank.lead.username, "/visits/")
    page.wait_for_selector(".visit-alarm >> text=超时未签退")
    look(page, "alarm")
    page.click(".visit-alarm button[name=take]")
    page.wait_for_selector(".visit-alarm >> text=zhao")
    page.click(".visit-alarm button[name=close]")  # nobody closes it without a word about the team
    page.wait_for_selector(".visit-alarm")
    page.fill(".visit-alarm input[name=note]", "已通话，信号不好，人已下楼")
    page.click(".visit-alarm button[name=close]")
    page.wait_for_load_state()
    assert page.locator(".visit-alarm").count() == 0
    assert VisitAlarm.objects.get().closed_at is not None

    phone.now = late
    phone.check_out(visit)
    phone.send()
    page.goto("/visits/reviews/")
    page.click(f"table[data-grid=visit-reviews] a >> text={visit.number}")
    assert page.locator(".error-summary li").count() >= 1
    look(page, "review")
    page.select_option("select[name=verdict]", "void")
    page.click("main form[action$='/review/'] button")  # without a reason it is refused
    page.wait_for_selector(".field-wrong")
    page.fill("textarea[name=reason]", "未出示证件，未录音")
    page.click("main form[action$='/review/'] button")
    page.wait_for_load_state()
    visit.refresh_from_db()
    assert (visit.state, visit.verdict, visit.reviewed_by) == (VisitState.REVIEWED, "void", bank.lead)
    assert page.locator("text=未出示证件，未录音").count() >= 1
    look(page, "reviewed")
