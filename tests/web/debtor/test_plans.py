"""A plan chosen and signed on the phone, alone where policy leaves it to the page, else asked of a person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON, debtor_case, enter, tell

from forbear.web.agreements import options
from forbear.web.agreements.models import Plan
from forbear.web.cases import approvals
from forbear.web.cases.holds import place_hold
from forbear.web.cases.models import Approval, Case, Promise, Task
from forbear.web.codes.models import OneTimeCode
from forbear.web.documents.models import Signature, StoredDocument
from forbear.web.documents.services import verify_signatures
from forbear.web.outbox.body import unseal
from forbear.web.portfolio.vault import vault

INSTALMENT = "ordinary_instalment"


@pytest.fixture
def small(bank: Bank, stop_clock: Any) -> Case:
    """3,000.00 owed: within what policy leaves to the page."""
    return debtor_case(bank, owed=300_000, number="10013800009")


@pytest.fixture
def phone(small: Case) -> Client:
    phone = enter(small)
    tell(phone)
    return phone


def chosen(phone: Client, case: Case, kind: str = INSTALMENT, **more: str) -> Any:
    answer = options.options(case, cash_minor=None, at=NOON, by=None, lang="en")
    plan = answer["options"][kind]["plan"]
    return phone.post("/my/options/choose/", {"option": plan["id"], "instalment": "no", **more})


def code_of(case: Case) -> str:
    """Return the code as the debtor's telephone shows it."""
    sent = OneTimeCode.objects.filter(customer=case.customer, purpose="sign").latest("pk")
    assert sent.message is not None
    found = re.search(r"\d{6}", unseal(sent.message.body_cipher).text)
    assert found is not None
    return found[0]


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_a_plan_is_chosen_read_and_signed_alone(phone: Client, small: Case) -> None:
    assert chosen(phone, small).url == "/my/plan/"
    plan = Plan.objects.get(case=small)
    assert (plan.state, plan.self_service) == ("offered", True)
    page = phone.get("/my/plan/").content.decode()
    assert all(f"{row.amount_minor / 100:,.2f}" in page for row in plan.rows.all())
    assert "Send me the code to sign" in page

    phone.post("/my/plan/code/")
    assert "The digits of the code" in phone.get("/my/plan/").content.decode()
    refused = phone.post("/my/plan/sign/", {"code": wrong(code_of(small))})
    assert refused.status_code == 422
    assert "2 tries left" in refused.content.decode()
    assert phone.post("/my/plan/sign/", {"code": code_of(small)}).status_code == 302

    plan.refresh_from_db()
    small.refresh_from_db()
    assert (plan.state, small.state) == ("active", "plan")
    signature = Signature.objects.get()
    assert (signature.document, signature.witness) == (plan.document, None)
    assert verify_signatures() is None


def test_the_agreement_is_shown_and_kept_as_pdf(phone: Client, small: Case) -> None:
    chosen(phone, small)
    paper = Plan.objects.get(case=small).document
    assert paper is not None
    shown, kept = phone.get(f"/my/papers/{paper.pk}/show/"), phone.get(f"/my/papers/{paper.pk}/")

    assert shown.content.startswith(b"%PDF-")
    assert shown.content == kept.content
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    phone.post("/my/plan/code/")
    phone.post("/my/plan/sign/", {"code": code_of(small)})
    record = Signature.objects.get().record
    assert record is not None
    assert f"/my/papers/{record.pk}/" in phone.get("/my/plan/").content.decode()


def test_codes_cannot_be_guessed_or_used_twice(phone: Client, small: Case) -> None:
    chosen(phone, small)
    phone.post("/my/plan/code/")
    right = code_of(small)
    for _each in range(3):
        phone.post("/my/plan/sign/", {"code": wrong(right)})

    assert phone.post("/my/plan/sign/", {"code": right}).status_code == 422  # spent by wrong tries
    assert Plan.objects.get(case=small).state == "offered"
    for _each in range(10):
        phone.post("/my/plan/code/")
    assert OneTimeCode.objects.filter(customer=small.customer).count() <= 5


def test_a_code_for_another_thing_signs_nothing(phone: Client, small: Case, bank: Bank) -> None:
    chosen(phone, small)
    phone.post("/my/plan/code/")
    other = debtor_case(bank, owed=250_000, number="10013800008")
    stranger = enter(other)
    tell(stranger)
    chosen(stranger, other)
    answer = stranger.post("/my/plan/sign/", {"code": code_of(small)})

    assert answer.status_code == 422
    assert not Signature.objects.exists()


def test_above_the_pages_authority_a_person_is_asked(bank: Bank, stop_clock: Any) -> None:
    case = debtor_case(bank, owed=3_000_000, number="10013800007")
    phone = enter(case)
    tell(phone)
    assert chosen(phone, case).url == "/my/plan/"
    plan = Plan.objects.get(case=case)

    assert plan.state == "under_review"
    assert "Somebody looks at your plan" in phone.get("/my/plan/").content.decode()
    assert phone.post("/my/plan/code/").status_code == 422
    approvals.answer(plan.approval, yes=True, at=NOON, by=bank.lead)
    assert "Read it, then sign it" in phone.get("/my/plan/").content.decode()


def test_a_plan_can_be_left_before_it_is_signed(phone: Client, small: Case) -> None:
    chosen(phone, small)
    assert phone.post("/my/plan/withdraw/").url == "/my/options/"
    assert Plan.objects.get(case=small).state == "declined"
    assert chosen(phone, small).url == "/my/plan/"


@pytest.mark.parametrize("option", ["waive-everything", "", "<script>alert(1)</script>", "x" * 500])
def test_an_option_nobody_offered_is_not_agreed(phone: Client, option: str) -> None:
    answer = phone.post("/my/options/choose/", {"option": option, "cash": "x"}, follow=True)

    assert "look again" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert not Plan.objects.exists()
    assert not Task.objects.filter(kind="plan_wish").exists()


def test_a_way_that_lacks_something_goes_to_the_desk_as_a_wish(phone: Client, small: Case) -> None:
    answer = options.options(small, cash_minor=None, at=NOON, by=None, lang="en")
    plan = answer["options"][INSTALMENT]["plan"]
    for _each in range(2):
        phone.post("/my/options/choose/", {"option": plan["id"], "instalment": ""})

    task = Task.objects.get(kind="plan_wish")
    assert task.detail["option"] == plan["id"]
    assert task.due_at.isoformat() == "2026-05-14T16:00:00+00:00"  # end of the second working day in Shanghai


def test_before_there_is_a_plan_nothing_is_sent_or_signed(debtor_client: Client) -> None:
    assert "There is no plan yet" in debtor_client.get("/my/plan/").content.decode()
    for path in ("code", "sign", "withdraw"):
        assert debtor_client.post(f"/my/plan/{path}/", {"code": "1"}).status_code == 302
    assert not OneTimeCode.objects.exists()


# ---- promise a date ----


def promise(phone: Client, amount: str = "2000", due: str = "2026-05-15", channel: str = "transfer") -> Any:
    return phone.post("/my/promise/", {"amount": amount, "due_on": due, "pay_channel": channel})


def test_a_date_is_promised_and_replaced_by_a_new_one(debtor_client: Client, case: Case) -> None:
    assert promise(debtor_client).url == "/my/agreements/"
    made = Promise.objects.get(case=case)
    assert (made.amount_minor, str(made.due_on), made.made_by, made.speaker) == (
        200_000,
        "2026-05-15",
        None,
        "debtor",
    )
    assert "You have promised 2,000.00 by 2026-05-15" in debtor_client.get("/my/promise/").content.decode()
    promise(debtor_client, due="2026-05-14")
    assert [each.state for each in Promise.objects.filter(case=case).order_by("pk")] == ["superseded", "open"]


@pytest.mark.parametrize(
    "sent",
    [{"due": "2026-05-11"}, {"due": "2027-01-01"}, {"due": "soon"}, {"amount": "0"}, {"amount": "99999999"}, {"amount": "<script>"}, {"channel": "crypto"}],
)  # fmt: skip
def test_what_cannot_be_promised_is_asked_again(debtor_client: Client, sent: dict[str, str]) -> None:
    answer = promise(debtor_client, **sent)
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode()
    assert not Promise.objects.exists()


def test_one_promise_too_many_is_asked_of_a_lead(debtor_client: Client, bank: Bank, case: Case) -> None:
    for on, due in (("2026-05-02", "2026-05-04"), ("2026-05-05", "2026-05-07")):
        bank.promises(case, 100_000, due=due, on=on)
    bank.night("2026-05-12")
    promise(debtor_client)
    asked = Approval.objects.get(case=case)

    assert (asked.kind, asked.self_service) == ("promise", True)
    assert not Promise.objects.filter(case=case, state="open").exists()
    approvals.answer(asked, yes=True, at=NOON, by=bank.lead)
    assert Promise.objects.get(case=case, state="open").approved_by == bank.lead


def test_above_the_pages_authority_a_promise_is_asked(bank: Bank, stop_clock: Any) -> None:
    case = debtor_case(bank, owed=3_000_000, number="10013800006")
    promise(enter(case), amount="25000")
    assert Approval.objects.get(case=case).amount_minor == 2_500_000
    assert not Promise.objects.exists()


# ---- can it wait ----


def test_whoever_cannot_defer_alone_hears_why_and_is_answered(debtor_client: Client, case: Case) -> None:
    page = debtor_client.get("/my/later/").content.decode()
    assert "A person can look at it" in page
    for _each in range(2):
        debtor_client.post("/my/later/ask/")
    assert Task.objects.get(case=case, kind="plan_wish").note == "deferral"
    assert "Your wish is with us" in debtor_client.get("/my/later/").content.decode()


def test_a_deferral_that_is_possible_is_asked_with_its_real_day(bank: Bank, stop_clock: Any) -> None:
    case = debtor_case(bank, owed=300_000, number="10013800005")
    phone = enter(case)
    tell(phone, income={"income": "9000"})
    place_hold(case, kind="hardship", at=NOON, by=None, reason="test")
    option = options.options(case, at=NOON, by=None, lang="en")["options"]["deferral"]
    page = phone.get("/my/later/").content.decode()
    if not option["offered"]:
        assert all(each["text"] in page for each in option["why_not"])
        pytest.fail(f"the solver offers no deferral here: {option['why_not']} {option['needs']}")
    assert all(row["pay_by"] in page for row in option["plan"]["rows"])
    assert (
        phone.post("/my/options/choose/", {"option": option["plan"]["id"], "instalment": "no"}).url
        == "/my/plan/"
    )
    assert Plan.objects.get(case=case).kind == "deferral"


# ---- papers ----


@pytest.mark.parametrize(
    "kind", ["complaint", "lawyer_letter", "letter_notice", "evidence_list", "enforcement_application"]
)
def test_drafts_and_court_papers_are_not_the_debtors_to_find(
    debtor_client: Client, case: Case, kind: str
) -> None:
    draft = StoredDocument.objects.create(
        case=case, customer_id=case.customer_id, kind=kind, title="草稿", media_type="application/pdf", size=4, sha256="0" * 64,
        cipher=vault().seal_bytes(b"%PDF", "document"), made_at=NOON,
    )  # fmt: skip
    assert "草稿" not in debtor_client.get("/my/agreements/").content.decode()
    for path in (f"/my/papers/{draft.pk}/", f"/my/papers/{draft.pk}/show/"):
        assert debtor_client.get(path).status_code == 404
