"""A phone with a camera records at the door without a network, and a debtor checks the badge; a fake camera, a real recorder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.conftest import ARGUMENTS, PHONE, chromium_path
from tests.browser.test_visits import bank, enter, look, ready, still, tap
from tests.web.visits.conftest import DAY, ID_NO, Field

from forbear.web.visits import badges, storing
from forbear.web.visits.models import Visit, VisitEvidence, VisitRecord, VisitState
from forbear.web.visits.storing import EBML

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["bank", "still"]
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A piece ends after a minute; here after two seconds, so that there is more than one.
SHORT_PIECES = "const wait = window.setTimeout; window.setTimeout = (call, time, ...more) => wait(call, time === 60000 ? 2000 : time, ...more);"


@pytest.fixture
def filming(browser: Any, live_server: Any) -> Iterator[Any]:
    """Return a phone whose camera and microphone are Chromium's own fakes; the recorder is the real one."""
    chromium = browser.browser_type.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *CAMERA])
    context = chromium.new_context(
        viewport=PHONE, base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True,
        geolocation={"latitude": 31.2304, "longitude": 121.4737}, permissions=["geolocation", "camera", "microphone"],
    )  # fmt: skip
    page = context.new_page()
    page.add_init_script(SHORT_PIECES)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    chromium.close()
    assert errors == []


def at_the_door(page: Any, bank: Field) -> Visit:
    """Bring a visit to the moment at which the recording is announced, the network gone."""
    (visit,) = ready(bank)
    enter(page, bank.ma.username, "/visits/phone/")
    page.locator(".stop").first.click()
    tap(page, "我们两人都已阅读")
    tap(page, "取得许可")
    page.wait_for_selector("text=许可有效至")
    page.context.set_offline(True)
    page.fill("input[name^=word-]", badges.word_of(bank.niu, DAY))
    tap(page, "签到")
    page.wait_for_selector("text=谁开的门")
    tap(page, "称是本人")
    tap(page, "已出示工作证")
    page.wait_for_selector("text=已告知，对方同意")
    return visit


def test_the_recording_is_made_offline_in_whole_pieces_and_lies_hashed_and_sealed_on_the_server(
    filming, bank
):
    visit = at_the_door(filming, bank)
    tap(filming, "已告知，对方同意")
    filming.wait_for_selector("text=●")
    look(filming, "phone-recording")
    filming.wait_for_timeout(3_500)  # one piece of two seconds ends, the next is going
    tap(filming, "停止录制")
    filming.wait_for_selector("text=/录音录像: [2-9]/")
    filming.fill("input[name=digits]", ID_NO[-6:])
    tap(filming, "核对")
    filming.wait_for_selector("text=张伟明")
    filming.select_option("select[name=result]", "V01")
    filming.select_option("select[name=talk]", "B04")
    tap(filming, "保存")
    tap(filming, "签退")
    filming.wait_for_selector("p.mark.good:has-text('已完成')")
    assert not VisitEvidence.objects.exists()

    filming.context.set_offline(False)
    filming.evaluate("dispatchEvent(new Event('online'))")
    filming.wait_for_selector("#state[data-tone=good]:not(:has-text('待发送'))", timeout=30_000)
    written = {
        each.data["evidence"]: each.data["sha256"]
        for each in VisitRecord.objects.filter(visit=visit, kind="evidence")
        if each.data["what"] == "recording"
    }
    files = list(VisitEvidence.objects.filter(visit=visit).order_by("pk"))
    assert len(files) >= 2
    assert {str(each.client_id): each.sha256 for each in files} == written
    for each in files:
        plain = storing.opened(each)
        assert (each.media_type, len(plain)) == ("video/webm", each.size)
        assert plain.startswith(EBML), "each piece is a film of its own"
        assert hashlib.sha256(plain).hexdigest() == each.sha256
        assert plain[:64] not in bytes(each.content_cipher)
    visit.refresh_from_db()
    assert (visit.state, visit.missing) == (VisitState.DONE, [])


def test_whoever_opens_the_door_checks_the_badge_by_its_code_and_a_strange_code_is_nobody(filming, bank):
    ready(bank)
    enter(filming, bank.niu.username, "/visits/phone/")
    filming.wait_for_selector(".badge span.code")
    code = filming.locator(".badge span.code").text_content()
    assert filming.locator(".badge img").get_attribute("src") == badges.picture_of(code)
    filming.context.clear_cookies()  # the debtor's own phone
    filming.goto("/my/check/?" + badges.address_of(code).partition("?")[2])
    assert bank.niu.staff_no not in filming.content(), "nothing is said before somebody asks"
    filming.click("button[form=check]")
    filming.wait_for_selector(f"text={bank.niu.staff_no}")
    look(filming, "phone-badge-checked")
    for person in (bank.ma, bank.lead):
        assert person.display_name not in filming.content()
    filming.goto("/my/check/?code=00000000")
    filming.click("button[form=check]")
    filming.wait_for_selector("text=没有这个")
    assert bank.niu.staff_no not in filming.content()
