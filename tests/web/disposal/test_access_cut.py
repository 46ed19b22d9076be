"""After a transfer nobody of the seller who collects reaches the case: by no list, by no address, by no number typed in."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.urls import reverse
from tests.web.cases.bank import Bank, day
from tests.web.disposal.book import AT, ON, approved

from forbear.web.cases import approvals, services
from forbear.web.cases.models import Approval, Case
from forbear.web.cases.opening import CaseRefused
from forbear.web.contact.models import ContactAttempt
from forbear.web.credit import running
from forbear.web.credit.models import CreditLine, CreditObjection
from forbear.web.disposal.transfers.execution import carry_out
from forbear.web.documents.services import receive
from forbear.web.ledger.models import Difference
from forbear.web.letters.models import Letter, LetterBatch
from forbear.web.litigation import services as litigation
from forbear.web.outbox.models import OutboxMessage
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account, ContactPoint, Customer
from forbear.web.portfolio.vault import vault
from forbear.web.recordings.models import Recording
from forbear.web.replies.models import Reply
from forbear.web.replies.services import SEAL
from forbear.web.visits.models import Visit, VisitState

pytestmark = pytest.mark.django_db
NAME = "欧阳秘典"
LISTS = (
    "desk", "desk_queue", "replies", "outbox", "letters", "recordings", "visits", "visits_requests", "visits_routes", "visits_reviews",
    "approvals", "complaints", "credit", "credit_withheld", "credit_objections", "ledger", "court", "court_screening", "court_limitation",
    "court_service", "court_calendar", "court_costs", "disposal", "disposal_write_offs", "disposal_register", "disposal_transfers", "dialler",
    "dialler_floor", "reception", "runs", "board", "board_team", "board_contact", "pay_orders", "home",
)  # fmt: skip


class Sold:
    """A case with something in every room, later passed on."""

    def __init__(self, bank: Bank, case: Case, account: Account, lawyer: User) -> None:
        self.bank, self.case, self.account, self.lawyer = bank, case, account, lawyer
        customer = case.customer
        Customer.objects.filter(pk=customer.pk).update(name=NAME, customer_no="KEHU-7770001")
        Account.objects.filter(pk=account.pk).update(account_no="ZHANGHU-7770002")
        case.customer.refresh_from_db()
        account.refresh_from_db()
        point = bank.number(customer, "10013800022")
        self.attempt = ContactAttempt.objects.create(
            case=case, customer=customer, at=AT - timedelta(days=3), local_day=day("2026-05-30"), channel="voice", party="P1",
            staff=bank.collector, line="L01", answered=True, contact_point=point,
        )  # fmt: skip
        self.recording = Recording.objects.create(
            source="file", external_id="x1", call_id="c", attempt=self.attempt, media_type="audio/wav", made_at=AT, size=1,
            sha256="0" * 64, state="kept", announced_at=AT, path="none",
        )  # fmt: skip
        self.reply = Reply.objects.create(
            key="r1", channel="sms", at=AT, sender_index=b"1", sender_tail="0022", customer=customer, case=case, severity="act",
            text_cipher=vault().seal(f"我是{NAME}", SEAL).cipher,
        )  # fmt: skip
        self.message = OutboxMessage.objects.create(
            key="m1", channel="sms", customer=customer, case=case, contact_point=point, cause="x", template="t", template_version="1",
            language="zh", body_cipher=b"x", body_digest="0" * 64, planned_at=AT, not_before=AT, not_after=AT, state="uncertain", handed_over_at=AT,
        )  # fmt: skip
        self.document = receive(case, b"%PDF-1.7 paper", kind="note", title="单据", at=AT, by=lawyer)
        self.batch = LetterBatch.objects.create(
            kind="letter_reminder", cases=[case.pk], counted_on=day(ON), asked_at=AT, finished_at=AT
        )
        self.letter = Letter.objects.create(
            batch=self.batch,
            case=case,
            number="L1",
            document=self.document,
            contact_point=point,
            words_cipher=b"x",
            pages=1,
        )
        sealed = vault().seal("上海市示例路1号", "address")
        home = ContactPoint.objects.create(
            customer=customer, kind="address", value_cipher=sealed.cipher, value_index=sealed.index, value_tail=sealed.tail,
            relation="self", source="application", lawful_basis="contract",
        )  # fmt: skip
        self.visit = self.visit_of(home, VisitState.REPORT_DUE, "V2026-000001")
        self.waiting = self.visit_of(home, VisitState.APPROVED, "V2026-000002")
        self.approval = approvals.ask(
            case, kind="visit", terms={"visit": self.waiting.pk}, amount_minor=0, roles=["manager"], persons=1, reason="走访", changes=[],
            at=AT, by=bank.collector,
        )  # fmt: skip
        services.add_task(case, kind="callback", due_at=AT + timedelta(hours=1), at=AT, by=bank.collector)
        self.matter = litigation.open_matter(
            case, claim_minor=2_000_000, claim_on=day("2026-06-01"), at=AT, by=lawyer
        )
        litigation.make_move(self.matter, "decline", on=day(ON), facts={"reason": "转让"}, at=AT, by=lawyer)
        self.difference = Difference.objects.create(
            account=account,
            data_on=day("2026-05-01"),
            bank_minor=[1],
            ours_minor=[2],
            absolute_minor=1,
            found_at=AT,
        )
        self.objection = CreditObjection.objects.create(
            number="Y1", case=case, account=account, ground="paid", text_cipher=vault().seal("已还", "credit_objection").cipher, state="answered", received_on=day(ON), respond_by=day(ON), months=[],
        )  # fmt: skip

    def visit_of(self, point, state: str, number: str) -> Visit:
        return Visit.objects.create(
            number=number, case=self.case, point=point, asked_by=self.bank.collector, asked_at=AT, reason="走访", wanted_on=day(ON),
            window_from=time(9), window_to=time(18), minutes=30, state=state, facts={"amount": "20000.00", "stage": "collection", "as_of": ON},
        )  # fmt: skip

    def addresses(self) -> list[tuple[str, list[object]]]:
        """Return every address that names this case or something of it."""
        case, account = [self.case.pk], [self.account.pk]
        of_case = (
            "case", "desk_meter", "desk_dial", "desk_phone", "desk_identity", "desk_wrap_up", "desk_own_page", "desk_note", "desk_later",
            "desk_done", "desk_reopen", "desk_emergency", "desk_ask", "agreements_case", "agreements_open_matter", "agreements_panel",
            "agreements_formula", "agreements_means", "agreements_choose", "agreements_letter", "agreements_proofs", "agreements_code",
            "agreements_sign", "agreements_decline", "agreements_notice", "agreements_breach", "reach_wishes", "visits_panel", "visits_ask",
        )  # fmt: skip
        return [
            *((name, case) for name in of_case),
            ("document", [self.document.pk]), ("letter_pdf", [self.letter.pk]), ("recording_audio", [self.recording.pk]),
            ("visit", [self.visit.pk]), ("visits_call_off", [self.visit.pk]), ("visits_review", [self.visit.pk]), ("visits_place", [self.visit.pk]),
            ("replies_handled", [self.reply.pk]), ("replies_undo", [self.reply.pk]),
            ("ledger_why", account), ("ledger_statement", account), ("ledger_difference", [self.difference.pk]),
            ("credit_account", account), ("credit_object", account), ("credit_served", account), ("credit_objection", [self.objection.number]),
            ("court_matter", [self.matter.pk]), ("court_move", [self.matter.pk, "reopen"]), ("court_answer", [self.matter.pk]),
            ("court_write", [self.matter.pk, "cost"]), ("court_offence", [self.matter.pk]),
        ]  # fmt: skip


@pytest.fixture(autouse=True)
def stopped(settings, tmp_path):
    settings.FORBEAR_CLOCK_AT, settings.HOME = AT, tmp_path


@pytest.fixture
def sold(bank, late, lawyer):
    case, account = late
    return Sold(bank, case, account, lawyer)


@pytest.fixture
def passed_on(sold, buyer, lawyer):
    held = approved(sold.bank, [sold.case], buyer, lawyer)
    assert held.items.get().left_out == []
    running.run_month(running.begin(day("2026-05-31"), at=AT, by=None))
    carry_out(held, at=AT, by=lawyer)
    return sold


def sellers(bank: Bank, lawyer: User) -> list[User]:
    """Return everyone of the seller who works cases: own, an agency's, field, reception, legal, the manager, outside counsel."""
    return [
        bank.collector, bank.person("wai", Role.COLLECTOR, agency="示例催收公司"), bank.person("niu", Role.FIELD),
        bank.person("jie", Role.RECEPTION), lawyer, bank.lead, bank.person("wei", Role.COUNSEL),
    ]  # fmt: skip


def test_before_it_the_pages_do_open_so_that_the_refusals_below_mean_something(client, sold, keeper):
    opens = {"case": sold.bank.collector, "visit": sold.bank.lead, "ledger_why": sold.bank.lead, "credit_account": sold.bank.lead,
             "agreements_case": sold.bank.collector, "court_matter": sold.lawyer, "ledger_difference": sold.bank.lead,
             "document": sold.bank.lead, "letter_pdf": sold.bank.lead, "credit_objection": sold.bank.lead}  # fmt: skip
    addresses = dict(sold.addresses())
    for name, person in opens.items():
        client.force_login(person)
        assert client.get(reverse(name, args=addresses[name])).status_code == 200, name
    client.force_login(sold.bank.lead)
    shown = {
        name: client.get(reverse(name)).content.decode()
        for name in ("replies", "recordings", "visits_requests", "outbox", "ledger")
    }
    assert NAME in shown["replies"]
    assert reverse("recording_audio", args=[sold.recording.pk]) in shown["recordings"]
    assert sold.visit.number in shown["visits_requests"]
    assert sold.case.customer.customer_no in shown["outbox"]
    assert sold.account.account_no in shown["ledger"]


def test_no_address_of_it_answers_anybody_of_the_seller(client, passed_on, lawyer):
    opened = []
    for person in sellers(passed_on.bank, lawyer):
        client.force_login(person)
        for name, args in passed_on.addresses():
            for ask in (client.get, client.post):
                answer = ask(reverse(name, args=args))
                if answer.status_code not in (403, 404, 405) and not (
                    answer.status_code == 204 and not answer.content
                ):
                    opened.append((person.username, name, ask.__name__, answer.status_code))
    assert opened == []


def test_no_list_names_it(client, passed_on, lawyer):
    secret = (
        NAME, passed_on.account.account_no, passed_on.case.customer.customer_no, f"/cases/{passed_on.case.pk}/", passed_on.visit.number,
        passed_on.matter.number, reverse("recording_audio", args=[passed_on.recording.pk]), reverse("letter_pdf", args=[passed_on.letter.pk]),
    )  # fmt: skip
    named = []
    for person in sellers(passed_on.bank, lawyer):
        client.force_login(person)
        pages = [reverse(name) for name in LISTS]
        pages += [
            reverse("letters_batch", args=[passed_on.batch.pk]), reverse("replies") + "?show=handled", reverse("credit_objections") + "?view=done",
            reverse("complaints") + "?view=done", reverse("court") + "?view=ended", reverse("ledger") + "?view=closed",
        ]  # fmt: skip
        for page in pages:
            answer = client.get(page)
            assert answer.status_code in (200, 286, 302, 403, 404), (page, answer.status_code)
            said = answer.content.decode()
            named += [(person.username, page, each) for each in secret if each in said]
    assert named == []


@pytest.mark.parametrize("asked", [NAME, "10013800022", "0014"])
def test_no_search_finds_it(client, passed_on, lawyer, asked):
    for person in sellers(passed_on.bank, lawyer):
        client.force_login(person)
        said = client.post(reverse("search"), {"q": asked}).content.decode()
        assert f"/cases/{passed_on.case.pk}/" not in said, person.username


def test_no_permit_is_had_through_the_interface(client, passed_on):
    client.force_login(passed_on.bank.collector)
    asked = {
        "case": passed_on.case.pk,
        "contact_point": passed_on.attempt.contact_point_id,
        "channel": "voice",
    }
    answer = client.post("/api/permits", asked, content_type="application/json")
    assert answer.status_code in (401, 403, 404)


def test_what_waited_is_called_off_and_nothing_is_decided_any_more(client, passed_on):
    passed_on.waiting.refresh_from_db()
    assert passed_on.waiting.state == VisitState.CALLED_OFF
    question = Approval.objects.get(pk=passed_on.approval.pk)
    assert question.pk not in [each.pk for each in approvals.answerable(passed_on.bank.lead, AT)]
    with pytest.raises(CaseRefused):
        approvals.answer(question, yes=True, at=AT, by=passed_on.bank.lead)


def test_compliance_reads_on(client, passed_on, keeper):
    client.force_login(keeper)
    assert client.get(reverse("case", args=[passed_on.case.pk])).status_code == 200
    assert NAME in client.get(reverse("replies")).content.decode()
    assert CreditLine.objects.filter(account=passed_on.account).exists()
