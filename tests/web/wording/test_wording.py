"""Templates: four eyes, versions, typed slots, and lint at the moment of sending."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from tests.web.cases.bank import Bank, moment

from forbear.web.people.models import User
from forbear.web.wording import services
from forbear.web.wording.models import TemplateVersion
from forbear.web.wording.services import WordingRefused

AT = moment("2026-05-12", "10:00:00")
LATER = moment("2026-05-12", "11:00:00")
VALUES = {"bank": "示范银行信用卡中心", "card_tail": "1234", "app": "手机银行", "hotline": "100-0000"}
CARE = {
    "key": "notice_1",
    "title": {"zh": "提示", "en": "Notice"},
    "text": {"zh-hans": "【{bank}】您的账单已到期，可致电{hotline}。", "en": "[{bank}] Your bill is due; call {hotline}."},
    "variables": ["bank", "hotline"],
}  # fmt: skip


def render(key: str = "notice_1", values=VALUES, at=AT, **context):
    return services.render(key, "zh-hans", values, context, at=at)


@pytest.mark.parametrize("key", ["friendly", "notice_1", "notice_2", "notice_3"])
@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_shipped_templates_are_the_first_versions(db: None, key: str, lang: str) -> None:
    made = services.render(key, lang, VALUES, {"kind": "sms"}, at=AT)

    assert made.template_version == f"{key}@1"
    assert "示范银行" in made.text
    assert "{" not in made.text


def test_a_version_counts_once_another_approved_it(bank: Bank, compliance: User) -> None:
    version = services.write(**CARE, at=AT, by=bank.lead)
    few = {name: VALUES[name] for name in CARE["variables"]}
    assert render().template_version == "notice_1@1"
    with pytest.raises(WordingRefused, match="approve"):
        services.approve(version, at=AT, by=bank.lead)

    services.approve(version, at=LATER, by=compliance)

    assert render(values=few, at=LATER).template_version == "notice_1@2"
    assert render().template_version == "notice_1@1"  # before that moment it was another


def test_the_database_itself_keeps_four_eyes(bank: Bank) -> None:
    version = services.write(**CARE, at=AT, by=bank.lead)

    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(approved_by=bank.lead, approved_at=AT)


def test_a_collector_writes_no_template(bank: Bank) -> None:
    with pytest.raises(PermissionDenied):
        services.write(**CARE, at=AT, by=bank.collector)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": {"zh-hans": "您好{bank}{hotline}"}}, "text"),
        ({"text": CARE["text"] | {"en": "[{bank}] call"}}, "text.en"),
        ({"text": CARE["text"] | {"en": "[{bank}] {hotline} {x!r}"}}, "text.en"),
        ({"text": CARE["text"] | {"zh-hans": "【{bank}】再不还就打断你的腿，{hotline}"}}, "text.zh-hans"),
        ({"key": "Notice 1"}, "key"),
        ({"kind": "carrier_pigeon"}, "kind"),
    ],
)
def test_a_wrong_version_is_not_saved(bank: Bank, change: dict[str, object], field: str) -> None:
    with pytest.raises(WordingRefused) as refused:
        services.write(**CARE | change, at=AT, by=bank.lead)

    assert refused.value.field == field
    assert not TemplateVersion.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {k: v for k, v in VALUES.items() if k != "app"},
        VALUES | {"amount": "1.00"},
        VALUES | {"app": " "},
        VALUES | {"app": "{hotline}"},
        VALUES | {"card_tail": "12a4"},
        VALUES | {"card_tail": "9999990000000014"},
        VALUES | {"hotline": "call me"},
        VALUES | {"bank": "two\nlines"},
    ],
)
def test_values_are_exactly_those_declared(db: None, values: dict[str, str]) -> None:
    with pytest.raises(WordingRefused):
        render(values=values)


def test_what_a_value_makes_improper_is_not_sent(db: None) -> None:
    with pytest.raises(WordingRefused) as refused:
        render(values=VALUES | {"app": "手机银行，再不还就打断你的腿"})

    assert "threat" in {hit["category"] for hit in refused.value.hits}


def test_the_context_of_sending_counts(db: None) -> None:
    with pytest.raises(WordingRefused):
        render(party="unrelated_third_party")


def test_an_unknown_template_is_refused(db: None) -> None:
    with pytest.raises(WordingRefused, match="no approved"):
        render("no_such")
