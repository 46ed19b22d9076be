"""The wording desk: versions, the second pair of eyes, words marked on save, and real debtors beside the text."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.people.models import AccessLog, User
from forbear.web.wording import selectors, services
from forbear.web.wording.models import TemplateVersion

AT = moment("2026-05-12", "10:00:00")
GOOD = {
    "key": "notice_1", "kind": "sms", "title_zh": "提示", "title_en": "Notice",
    "text_zh": "【{bank}】您尾号{card_tail}的账单已到期，可致电{hotline}。", "text_en": "[{bank}] The bill of your card ending {card_tail} is due; call {hotline}.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def at(settings) -> None:
    settings.FORBEAR_CLOCK_AT = AT


def sign_in(client, user: User):
    user.language = "en"
    user.save()
    client.force_login(user)
    return client


def test_the_list_names_the_version_in_use_and_what_waits(client, bank: Bank) -> None:
    sign_in(client, bank.lead).post("/wording/t/notice_1/edit/", GOOD)

    page = client.get("/wording/").content.decode()

    assert "notice_1" in page
    assert "friendly" in page
    assert "to be approved" in page


def test_a_version_is_saved_by_one_and_used_once_another_approved_it(
    client, bank: Bank, compliance: User
) -> None:
    sign_in(client, bank.lead).post("/wording/t/notice_1/edit/", GOOD)
    version = TemplateVersion.objects.get()
    assert version.variables == ["bank", "card_tail", "hotline"]

    own = client.post(f"/wording/version/{version.pk}/approve/", follow=True).content.decode()
    assert "does not approve" in own
    assert services.current("notice_1", AT).number == 1
    sign_in(client, compliance).post(f"/wording/version/{version.pk}/approve/")

    assert services.current("notice_1", AT).number == 2
    page = client.get("/wording/t/notice_1/").content.decode()
    assert "in use" in page


def test_a_threat_is_not_saved_and_its_words_are_marked(client, bank: Bank) -> None:
    threat = GOOD | {"text_zh": "【{bank}】尾号{card_tail}，再不还就打断你的腿，{hotline}。"}

    answer = sign_in(client, bank.lead).post("/wording/t/notice_1/edit/", threat)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert not TemplateVersion.objects.exists()
    assert '<mark class="block"' in page
    assert "打断" in page.split('<mark class="block"')[1].split("</mark>")[0]
    assert "再不还就打断你的腿" in page  # what was typed is not lost


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text_en": "[{bank}] call {hotline}."}, "not those declared"),
        ({"text_en": "[{bank}] {card_tail} {hotline} {amount}"}, "declared"),
        ({"text_zh": ""}, "required"),
        ({"text_zh": "【{bank}】尾号{card_tail}欠款5000元，{hotline}"}, "no debt figure"),
        ({"kind": "pigeon"}, "pigeon"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field(client, bank: Bank, change, said) -> None:
    answer = sign_in(client, bank.lead).post("/wording/t/notice_1/edit/", GOOD | change)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not TemplateVersion.objects.exists()


def test_the_preview_shows_real_debtors_and_writes_down_whom(client, bank: Bank) -> None:
    case, _ = bank.late_case()

    page = sign_in(client, bank.lead).post("/wording/preview/", GOOD).content.decode()

    assert "尾号0014的账单" in page
    assert "card ending 0014" in page
    assert AccessLog.objects.filter(
        user=bank.lead, customer=case.customer, detail="template preview"
    ).exists()


def test_without_any_case_an_example_is_shown(client, bank: Bank) -> None:
    page = sign_in(client, bank.lead).post("/wording/preview/", GOOD).content.decode()

    assert "尾号0000的账单" in page
    assert "no case is open" in page


def test_doubts_of_lint_need_a_person_who_looked(client, bank: Bank, compliance: User, monkeypatch) -> None:
    """A version that lint is unsure of is saved, and approved only by somebody who says that he looked."""
    doubt = {"rule": "HOUSE-LANGUAGE", "text": "账单", "severity": "review", "start": 0, "end": 2}
    monkeypatch.setattr(services, "improper", lambda text, context, on: [doubt])
    sign_in(client, bank.lead).post("/wording/t/notice_1/edit/", GOOD)
    version = TemplateVersion.objects.get()
    assert {each["lang"] for each in version.doubts} == {"zh-hans", "en"}

    sign_in(client, compliance).post(f"/wording/version/{version.pk}/approve/")
    assert services.current("notice_1", AT).number == 1
    client.post(f"/wording/version/{version.pk}/approve/", {"looked_at": "yes"})

    assert services.current("notice_1", AT).number == 2


def test_a_new_template_has_a_name_of_its_own(client, bank: Bank) -> None:
    sign_in(client, bank.lead).post("/wording/new/", GOOD | {"key": "welcome_back"})

    assert TemplateVersion.objects.get().key == "welcome_back"
    assert client.get("/wording/t/welcome_back/").status_code == 200
    assert client.get("/wording/t/nobody_wrote_this/").status_code == 404
    assert client.get("/wording/t/notice_2/edit/").status_code == 200


def test_collectors_see_no_wording_desk(client, bank: Bank) -> None:
    assert sign_in(client, bank.collector).get("/wording/").status_code == 403
    assert client.post("/wording/t/notice_1/edit/", GOOD).status_code == 403


def test_marks_never_overlap_and_the_words_stay_whole() -> None:
    hits = [
        {"start": 2, "end": 5, "severity": "review", "rule": "B"}, {"start": 2, "end": 4, "severity": "block", "rule": "A"},
        {"start": 3, "end": 9, "severity": "block", "rule": "C"}, {"start": 7, "end": 7, "severity": "block", "rule": "D"},
    ]  # fmt: skip

    pieces = selectors.marked("0123456789", hits)

    assert "".join(text for text, _, _ in pieces) == "0123456789"
    assert [(text, rule) for text, _, rule in pieces if rule] == [("23", "A")]
