"""Letters and wording in a browser: a batch drafted, released, printed and answered; a template written and approved."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.browser.conftest import PASSWORD
from tests.web.cases.bank import Bank, moment
from tests.web.letters.test_letters import printed, results

from forbear.web.letters.drafting import draft_all
from forbear.web.letters.models import LetterBatch
from forbear.web.letters.services import ask
from forbear.web.letters.tracking import take_results
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOON = moment("2026-11-24", "12:00:00")
NAMES = ("张伟明", "李晓红", "王建国", "赵敏", "陈立", "周涛", "吴芳", "郑爽")
ANSWERS = ("delivered", "delivered", "household", "refused", "unknown_addressee", "accepted")


def ready(user: User, language: str) -> User:
    user.language = language
    user.set_password(PASSWORD)
    user.save()
    return user


def debtors(bank: Bank) -> list[int]:
    ids = []
    for number, name in enumerate(NAMES):
        case, account = bank.late_case(owed=1_200_000 + 137_50 * number)
        account.card_no_tail = f"{1200 + number}"
        account.save()
        case.customer.name, case.past_due_minor, case.dpd = name, 200_000, 60
        case.customer.save()
        case.save()
        if number != 5:
            sealed = vault().seal(f"上海市浦东新区示例路{number + 1}号", "address")
            ContactPoint.objects.create(
                customer=case.customer, kind="address", value_cipher=sealed.cipher, value_index=sealed.index,
                source="application", lawful_basis="contract", reserved=True,
            )  # fmt: skip
        ids.append(case.pk)
    return ids


def picture(page, name: str) -> None:
    if folder := os.environ.get("FORBEAR_PICTURES"):
        page.wait_for_timeout(400)
        page.screenshot(path=f"{folder}/{name}.png")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_manager_releases_letters_and_reads_what_became_of_them(
    page, sign_in, settings, tmp_path, language
):
    settings.FORBEAR_CLOCK_AT = NOON
    bank = Bank()
    clerk = bank.person("sun", Role.LEGAL)
    batch = ask("letter_notice", debtors(bank), on=NOON.date(), at=NOON, by=clerk)
    sign_in(page, ready(bank.lead, language))

    page.goto(f"/letters/{batch.pk}/")
    progress = page.inner_text("#progress")
    assert "0 / 8" in progress
    draft_all(LetterBatch.objects.select_related("asked_by").get(pk=batch.pk), NOON)
    page.wait_for_selector("#progress:has-text('8 / 8')")  # it looks again by itself
    page.reload()
    page.click("form[action$='/release/'] button")
    with ThreadPoolExecutor(1) as elsewhere:  # a loop of its own; the browser has one in this thread
        lines = elsewhere.submit(printed, tmp_path).result()
    told = [(line.letter, answer, "2026-11-27") for line, answer in zip(lines, ANSWERS, strict=False)]
    take_results("post-20261127.csv", results(*told), at=NOON + timedelta(days=3), by=clerk)
    page.goto(f"/letters/{batch.pk}/")

    assert page.locator("tbody tr").count() == 7 + 1
    picture(page, f"letters-batch-{language}")
    page.goto("/letters/")
    picture(page, f"letters-{language}")
    assert page.locator("table").first.is_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_template_is_written_with_its_words_marked_and_approved_by_a_colleague(
    page, sign_in, settings, language
):
    settings.FORBEAR_CLOCK_AT = NOON
    bank = Bank()
    debtors(bank)
    other = ready(bank.person("qian", Role.COMPLIANCE), language)
    sign_in(page, ready(bank.lead, language))

    page.goto("/wording/t/notice_1/edit/")
    page.wait_for_selector("#previews .wording-text")
    page.fill("#id_text_zh", "【{bank}】尾号{card_tail}，再不还就打断你的腿，{hotline}。")
    page.wait_for_selector("#previews mark.block")
    page.click("#version button")
    page.wait_for_selector(".error-summary")
    picture(page, f"wording-refused-{language}")
    page.fill("#id_text_zh", "【{bank}】您尾号{card_tail}的账单已到期，可致电{hotline}。")
    page.fill("#id_text_en", "[{bank}] The bill of your card ending {card_tail} is due; call {hotline}.")
    page.wait_for_selector("#previews mark.block", state="detached")
    page.click("#version button")
    page.wait_for_url("**/wording/t/notice_1/")
    picture(page, f"wording-template-{language}")

    page.context.clear_cookies()
    sign_in(page, other)
    page.goto("/wording/t/notice_1/")
    page.click("form[action$='/approve/'] button")
    page.wait_for_url("**/wording/t/notice_1/")
    page.goto("/wording/")
    picture(page, f"wording-{language}")
    assert "notice_1" in page.inner_text("table")
