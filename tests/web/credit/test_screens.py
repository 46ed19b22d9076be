"""The credit room's pages: who may see what, refusals in words, every look and every file carried away kept."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.web.cases.bank import Bank, day, moment
from tests.web.credit.diary import bills, tells, told

from forbear.web.cases import services
from forbear.web.complaints.models import Bar, Complaint
from forbear.web.credit import objections
from forbear.web.credit.models import CreditDownload, CreditNotice, CreditObjection, CreditRun
from forbear.web.credit.tasks import tell_month
from forbear.web.people.models import AccessLog, Role, User
from forbear.web.portfolio.models import Account

pytestmark = pytest.mark.django_db
NOW = moment("2026-06-05", "15:00:00")


@pytest.fixture(autouse=True)
def still(settings):
    settings.FORBEAR_CLOCK_AT = NOW


@pytest.fixture
def account(bank: Bank, keeper: User) -> Account:
    made = bank.account(bank.customer(id_no_tail="0010"))
    bills(bank, made)
    case = services.open_case(made.customer, at=moment("2026-04-27"))
    tells("2026-04-30", "2026-05-02")
    told(bank, case, "2026-05-20", keeper)
    tells("2026-05-31", "2026-06-02")
    return made


def at(page: str, *args: object) -> str:
    return reverse(page, args=args)


@pytest.mark.parametrize("page", ["credit", "credit_withheld", "credit_objections", "credit_account"])
def test_the_pages_answer_compliance_and_nobody_who_collects(client, bank, keeper, account, page):
    where = at(page, account.pk) if page == "credit_account" else at(page)
    client.force_login(keeper)
    assert client.get(where).status_code == 200
    client.force_login(bank.collector)
    assert client.get(where).status_code == 403


def test_a_manager_looks_and_changes_nothing(client, bank, account):
    client.force_login(bank.lead)
    assert client.get(at("credit")).status_code == 200
    for page, args in (
        ("credit_tell", ()),
        ("credit_correct", ()),
        ("credit_notices", ()),
        ("credit_carry", ("month", 1)),
        ("credit_object", (account.pk,)),
    ):
        assert client.post(at(page, *args)).status_code == 403


def test_the_account_withheld_is_named_with_what_to_do(client, keeper, account):
    client.force_login(keeper)
    run = CreditRun.objects.order_by("month").first()
    shown = client.get(at("credit_withheld") + f"?run={run.pk}&why=no_notice").content.decode()
    assert account.account_no in shown
    assert "报送前未告知" in shown


def test_the_picture_has_a_letter_a_month_and_the_look_is_kept(client, keeper, account):
    client.force_login(keeper)
    shown = client.get(at("credit_account", account.pk)).content.decode()
    assert 'title="2026-05 · 逾期31–60天"' in shown
    assert AccessLog.objects.filter(user=keeper, what="credit", customer=account.customer).exists()


def test_a_month_begun_on_screen_is_told_by_the_worker(client, keeper, account, settings):
    settings.FORBEAR_CLOCK_AT = moment("2026-07-02")
    client.force_login(keeper)
    assert client.post(at("credit_tell"), {"month": "2026-06-30"}).status_code == 302
    run = CreditRun.objects.latest("month")
    assert "等待执行" in client.get(at("credit_progress", run.pk)).content.decode()
    tell_month.func(run.pk)
    run.refresh_from_db()
    assert (run.finished_at is not None, run.step) == (True, "done")


@pytest.mark.parametrize("month", ["2026-06-30", "2026-04-30", "2026-05-30", "", "x"])
def test_a_month_that_cannot_be_told_is_refused_in_words(client, keeper, account, month):
    client.force_login(keeper)
    answer = client.post(at("credit_tell"), {"month": month})
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()


def test_carrying_a_file_away_is_kept_and_the_file_is_whole(client, keeper, account):
    client.force_login(keeper)
    run = CreditRun.objects.latest("month")
    content = b"".join(client.post(at("credit_carry", "month", run.pk)).streaming_content)
    assert (content[:2], len(content)) == (b"H|", run.bytes)
    assert CreditDownload.objects.get().by == keeper


def test_an_objection_goes_through_the_screens(client, keeper, account):
    client.force_login(keeper)
    given = {"months": ["2026-05-31"], "ground": "paid", "text": "五月已还", "received_on": "2026-06-05"}
    answer = client.post(at("credit_object", account.pk), given)
    held = CreditObjection.objects.get()
    assert answer.url == at("credit_objection", held.number)
    steps = (
        {"step": "check"},
        {"step": "uphold", "letter_202605": "N", "why": "已入账"},
        {"step": "answer", "text": "已更正。"},
    )
    for step in steps:
        assert client.post(at("credit_step", held.number), step).status_code == 302
    shown = client.get(answer.url).content.decode()
    assert "打开答复函" in shown
    assert client.get(at("document", CreditObjection.objects.get().letter_id)).status_code == 200


def test_what_is_wrong_with_an_objection_is_said_beside_the_field(client, keeper, account):
    client.force_login(keeper)
    answer = client.post(
        at("credit_object", account.pk), {"ground": "paid", "text": "", "received_on": "2026-06-05"}
    )
    assert (answer.status_code, CreditObjection.objects.count()) == (422, 0)
    held = objections.take_in(
        account,
        [day("2026-05-31")],
        ground="paid",
        text="已还",
        received_on=day("2026-06-05"),
        at=NOW,
        by=keeper,
    )
    wrong = client.post(at("credit_step", held.number), {"step": "uphold", "why": "x"})
    assert (wrong.status_code, client.post(at("credit_step", held.number), {"step": "burn"}).status_code) == (
        422,
        422,
    )


def test_a_paper_notice_is_kept_with_its_proof(client, keeper, account):
    client.force_login(keeper)
    given = {"served_on": "2026-06-04", "file": SimpleUploadedFile("ems.pdf", b"%PDF-1.7 signed")}
    assert client.post(at("credit_served", account.pk), given).status_code == 302
    assert CreditNotice.objects.filter(served_on=day("2026-06-04")).exists()
    wrong = client.post(at("credit_served", account.pk), given | {"file": SimpleUploadedFile("a.exe", b"MZ")})
    assert wrong.status_code == 422


def test_who_is_kept_away_from_a_debtor_reads_no_record(client, keeper, account):
    case = account.customer.cases.get()
    complaint = Complaint.objects.create(
        number="TS1", customer=account.customer, case=case, kind="threat", unlawful=True, channel="page", text_cipher=b"x",
        received_at=NOW, term="complaint_reply", respond_by=day("2026-06-20"),
    )  # fmt: skip
    Bar.objects.create(complaint=complaint, user=keeper, customer=account.customer, since=NOW)
    client.force_login(keeper)
    assert client.get(at("credit_account", account.pk)).status_code == 403


def test_the_case_screen_links_to_the_record_for_those_who_may(client, bank, account):
    lawyer = bank.person("qian", Role.LEGAL)
    case = account.customer.cases.get()
    client.force_login(lawyer)
    assert at("credit_of_case", case.pk) in client.get(at("case", case.pk)).content.decode()
    assert client.get(at("credit_of_case", case.pk)).url == at("credit_account", account.pk)
