"""The panel, the inbox and the page of a case: who sees what, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from tests.web.agreements.conftest import terms
from tests.web.cases.bank import Bank, moment

from forbear.web.agreements import plans
from forbear.web.agreements.models import Means, Plan
from forbear.web.people.models import AccessLog
from forbear.web.portfolio.models import ContactPoint

NOON = moment("2026-05-12", "12:00:00")
TOLD = {
    "reason": "unemployment", "reason_text": "停工", "income": "6,000.00", "other_debts": "800", "housing": "4200", "willing": "yes",
    "income_evidenced": "on", "expenses_evidenced": "on", "other_debts_evidenced": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def still(settings: Any) -> Callable[[datetime], None]:
    settings.FORBEAR_CLOCK_AT = NOON
    return lambda at: setattr(settings, "FORBEAR_CLOCK_AT", at)


@pytest.fixture
def client(bank: Bank) -> Client:
    bank.collector.language = "en"
    bank.collector.save()
    signed_in = Client()
    signed_in.force_login(bank.collector)
    return signed_in


def passed(client: Client, case: Any) -> None:
    """Dial the debtor and pass the identity."""
    point = ContactPoint.objects.get()
    client.post(f"/desk/cases/{case.pk}/dial/", {"point": point.pk})
    client.post(f"/desk/cases/{case.pk}/identity/")


def test_no_figure_and_no_panel_before_the_identity(client: Client, hard_case) -> None:
    case, _ = hard_case
    assert client.get(f"/agreements/cases/{case.pk}/panel/").status_code == 403
    page = client.get(f"/agreements/cases/{case.pk}/").content.decode()
    assert "20,000.00" not in page
    assert client.post(f"/agreements/cases/{case.pk}/means/", TOLD).status_code == 403
    assert Means.objects.count() == 1


def test_the_panel_records_means_and_finds_options(client: Client, hard_case) -> None:
    case, _ = hard_case
    case.past_due_minor = 200_000
    case.save()
    passed(client, case)
    page = client.get(f"/agreements/cases/{case.pk}/panel/")
    assert page.status_code == 200, page.content.decode()[:2000]
    live = client.post(f"/agreements/cases/{case.pk}/formula/", TOLD).content.decode()
    assert "6000.00 - living 4200.00 - payments to others 800.00 = 1000.00" in live
    shown = client.post(f"/agreements/cases/{case.pk}/means/", TOLD).content.decode()

    assert 'data-option="personalised_instalment"' in shown
    assert AccessLog.objects.filter(what="means", user__username="li").exists()


@pytest.mark.parametrize(
    ("field", "value"), [("income", "6k"), ("housing", "1.234"), ("dependants", "two"), ("reason", "luck")]
)
def test_what_cannot_be_read_is_said_and_nothing_is_kept(
    client: Client, hard_case, field: str, value: str
) -> None:
    case, _ = hard_case
    passed(client, case)
    answer = client.post(f"/agreements/cases/{case.pk}/means/", TOLD | {field: value})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Means.objects.count() == 1


def test_the_lead_answers_in_the_inbox_and_the_collector_has_none(
    client: Client, bank: Bank, hard_case
) -> None:
    plan = plans.propose(hard_case[0], terms(), reason="lost work", at=NOON, by=bank.collector)
    lead = Client()
    lead.force_login(bank.lead)
    page = lead.get("/agreements/approvals/").content.decode()

    assert "lost work" in page
    assert "20,000.00" in page
    assert "张*明" in page
    assert client.post(f"/agreements/approvals/{plan.approval.pk}/", {"answer": "yes"}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "under_review"
    lead.post(f"/agreements/approvals/{plan.approval.pk}/", {"answer": "yes"})
    plan.refresh_from_db()
    assert plan.state == "offered"


def test_what_a_plan_changes_is_read_in_the_leads_language(bank: Bank, hard_case) -> None:
    with translation.override("en"):
        plan = plans.propose(hard_case[0], terms(), reason="lost work", at=NOON, by=bank.collector)
    labels = [[label, before] for label, before, _after in plan.approval.changes[:2]]
    assert labels == [
        [{"zh": "欠款", "en": "Debt"}, "20,000.00"], [{"zh": "催收", "en": "Collection"}, {"zh": "继续", "en": "goes on"}]
    ]  # fmt: skip
    lead = Client()
    lead.force_login(bank.lead)
    page = lead.get("/agreements/approvals/").content.decode()
    assert '<th scope="row">欠款</th>' in page
    assert "stops when signed" not in page


def test_a_page_of_a_case_lists_documents_and_changes_for_a_lead(bank: Bank, offered: Plan) -> None:
    lead = Client()
    lead.force_login(bank.lead)
    page = lead.get(f"/agreements/cases/{offered.case_id}/").content.decode()

    assert offered.document.number in page
    assert "20,000.00" in page
