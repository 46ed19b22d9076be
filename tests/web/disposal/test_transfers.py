"""What may be sold, what keeps a debt from it, and that with the transfer all access of ours ends in one moment."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse
from tests.web.cases.bank import day, moment
from tests.web.disposal.book import AT, PROOF, approved, says_yes
from tests.web.disposal.conftest import pem_of

from forbear.web.cases.models import Case, CaseState, Hold
from forbear.web.contact import gate
from forbear.web.contact.many import Wanted, request_permits
from forbear.web.contact.models import Permit
from forbear.web.debtor import access
from forbear.web.disposal import selectors
from forbear.web.disposal.machine import DisposalRefused, broken_at
from forbear.web.disposal.models import TransferItem
from forbear.web.disposal.transfers import approval, eligible, execution, preparation, taking_back
from forbear.web.litigation import records, services
from forbear.web.outbox.body import unseal
from forbear.web.outbox.handover import ask_gate, claim
from forbear.web.outbox.models import OutboxMessage, OutboxWorker
from forbear.web.people.models import Role
from forbear.web.portfolio.vault import vault

pytestmark = pytest.mark.django_db


def call(case, point, user, at=AT):
    return gate.request_permit(
        case=case,
        contact_point=point,
        channel="voice",
        purpose="collect",
        party="debtor",
        user=user,
        at=at,
        extra_facts={"recording": True},
    )


@pytest.fixture
def sold(bank, late, buyer, lawyer):
    case, _account = late
    held = approved(bank, [case], buyer, lawyer)
    execution.carry_out(held, at=AT, by=lawyer)
    case.refresh_from_db()
    held.refresh_from_db()
    return case, held


@pytest.mark.parametrize(
    "kind",
    ["dispute", "hardship", "deceased", "incapacity", "bankruptcy", "emergency", "claimed_paid", "complaint"],
)
def test_a_hold_keeps_a_debt_from_being_sold_and_is_named(late, buyer, lawyer, kind):
    case, _account = late
    Hold.objects.create(case=case, kind=kind, since=AT)
    held = preparation.prepare([case.pk], buyer, at=AT, by=lawyer)
    item = held.items.get()
    assert item.left_out == [kind]
    assert eligible.words(item.left_out, AT.date())
    with pytest.raises(DisposalRefused):
        approval.ask(held, reason="批量转让", at=AT, by=lawyer)


def test_a_mild_class_a_matter_in_court_and_an_ended_case_stay(bank, late, buyer, lawyer):
    case, _account = late
    mild, other = bank.late_case(), bank.late_case()
    Case.objects.filter(pk=mild[0].pk).update(risk_class="special_mention")
    Case.objects.filter(pk=other[0].pk).update(
        risk_class="loss", state=CaseState.CURED, closed_on=day("2026-06-01")
    )
    services.open_matter(case, claim_minor=2_000_000, claim_on=day("2026-06-01"), at=AT, by=lawyer)
    held = preparation.prepare([case.pk, mild[0].pk, other[0].pk], buyer, at=AT, by=lawyer)
    assert {row.case_id: row.left_out for row in held.items.all()} == {
        case.pk: ["matter"],
        mild[0].pk: ["class"],
        other[0].pk: ["ended"],
    }


def test_after_the_pilot_no_law_lets_it_be_sold(bank, late, buyer, lawyer):
    _case, _account = late
    after = moment("2027-01-04")
    assert eligible.law(after)["allowed"] is False
    buyer = buyer | {"certificate": buyer["certificate"]}
    with pytest.raises(DisposalRefused):
        approval.refuse_unlawful(after)


@pytest.mark.parametrize("field", ["buyer", "buyer_code", "buyer_phone", "buyer_address", "certificate"])
def test_a_buyer_without_name_place_or_key_is_refused_by_field(late, buyer, lawyer, field):
    with pytest.raises(DisposalRefused) as refused:
        preparation.prepare([late[0].pk], buyer | {field: " "}, at=AT, by=lawyer)
    assert refused.value.field == field


def test_a_weak_or_outdated_key_is_refused(late, buyer, lawyer, buyers_key):
    weak = pem_of(
        rsa.generate_private_key(public_exponent=65537, key_size=1024), datetime(2025, 1, 1, tzinfo=UTC)
    )
    old = pem_of(buyers_key, datetime(2020, 1, 1, tzinfo=UTC))
    for pem in (weak, old):
        with pytest.raises(DisposalRefused):
            preparation.prepare([late[0].pk], buyer | {"certificate": pem}, at=AT, by=lawyer)


def test_the_file_is_opened_by_the_buyer_alone_and_holds_no_third_person(
    bank, late, buyer, lawyer, buyers_key, buyers_certificate, tmp_path
):
    case, account = late
    bank.number(account.customer, "10013800077", relation="parent", person_name="张母")
    held = approved(bank, [case], buyer, lawyer)
    execution.carry_out(held, at=AT, by=lawyer)
    held.refresh_from_db()
    key, sealed, cert = tmp_path / "k.pem", tmp_path / "f.p7m", tmp_path / "c.pem"
    key.write_bytes(
        buyers_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    sealed.write_bytes(bytes(held.file_cipher))
    cert.write_text(buyers_certificate)
    done = subprocess.run(
        [
            "openssl",
            "cms",
            "-decrypt",
            "-inform",
            "DER",
            "-in",
            sealed,
            "-inkey",
            key,
            "-recip",
            cert,
            "-binary",
        ],
        capture_output=True,
        check=True,
    )
    (row,) = csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig")))
    assert (row["account_no"], row["name"], row["total"], row["mobile"]) == (
        account.account_no,
        "张伟明",
        "20000.00",
        "10013800001",
    )
    assert b"10013800077" not in done.stdout
    assert "张母" not in done.stdout.decode()
    assert account.account_no.encode() not in bytes(held.file_cipher)


def test_the_debtor_is_told_and_the_message_passes_the_gate_although_the_case_has_ended(sold):
    _case, held = sold
    item = held.items.get()
    assert item.notice.kind == "assignment_notice"
    message = OutboxMessage.objects.get(pk=item.message_id)
    assert held.buyer in unseal(message.body_cipher).text
    worker = OutboxWorker.objects.create(channel="sms", host="h", process=1, started_at=AT)
    later = max(message.not_before, AT)
    (going,) = ask_gate(claim(worker, count=5, at=later), at=later)
    assert (going.pk, selectors.proved_on(item)) == (message.pk, None)
    message.refresh_from_db()
    message.state, message.settled_at = "delivered", moment("2026-06-03")
    message.save()
    assert selectors.proved_on(TransferItem.objects.get(pk=item.pk)) == day("2026-06-03")


def test_with_the_transfer_the_gate_refuses_every_call_single_or_in_a_batch(bank, late, buyer, lawyer):
    case, _account = late
    point = bank.number(case.customer, "10013800009")
    held = approved(bank, [case], buyer, lawyer)
    reserved = call(case, point, bank.collector).permit
    assert reserved is not None
    execution.carry_out(held, at=AT + timedelta(seconds=1), by=lawyer)
    reply = call(case, point, bank.collector, AT + timedelta(minutes=1))
    assert (reply.allowed, "HOUSE-PASSED-ON" in [r["rule"] for r in reply.reply["reasons"]]) == (False, True)
    (many,) = request_permits([Wanted(case, point, "sms", "collect", "debtor")], at=AT + timedelta(minutes=1))
    assert not many.allowed
    with pytest.raises(gate.PermitLost):
        gate.start(Permit.objects.get(pk=reserved.pk), at=AT + timedelta(minutes=1))


def test_staff_agencies_and_counsel_lose_it_in_the_same_moment(
    client, bank, late, buyer, lawyer, keeper, settings
):
    settings.FORBEAR_CLOCK_AT = AT
    case, _account = late
    agency = bank.person("wai", Role.COLLECTOR, agency="示例催收公司")
    Case.objects.filter(pk=case.pk).update(owner=agency)
    people = [agency, bank.collector, bank.lead, lawyer]
    client.force_login(agency)
    assert client.get(reverse("case", args=[case.pk])).status_code == 200
    held = approved(bank, [case], buyer, lawyer)
    execution.carry_out(held, at=AT, by=lawyer)
    for person in people:
        client.force_login(person)
        assert client.get(reverse("case", args=[case.pk])).status_code == 403, person
        found = client.post(reverse("search"), {"q": "张伟明"})
        assert f"/cases/{case.pk}/" not in found.content.decode()
        assert "0014" not in found.content.decode()
    client.force_login(keeper)
    assert client.get(reverse("case", args=[case.pk])).status_code == 200


def test_counsel_reads_a_matter_until_the_debt_is_sold(bank, late, buyer, lawyer):
    case, _account = late
    counsel = bank.person("wei", Role.COUNSEL)
    matter = services.open_matter(case, claim_minor=2_000_000, claim_on=day("2026-06-01"), at=AT, by=lawyer)
    services.make_move(matter, "decline", on=day("2026-06-02"), facts={"reason": "转让"}, at=AT, by=lawyer)
    given = records.grant(matter, counsel=counsel, until=AT + timedelta(days=9), at=AT, by=lawyer)
    execution.carry_out(approved(bank, [case], buyer, lawyer), at=AT, by=lawyer)
    given.refresh_from_db()
    assert given.revoked_at == AT


def test_the_debtors_page_names_the_new_creditor_and_takes_no_money(
    client, bank, late, buyer, lawyer, settings
):
    settings.FORBEAR_CLOCK_AT = AT
    case, _account = late
    type(case.customer).objects.filter(pk=case.customer_id).update(
        id_no_cipher=vault().seal("999900199003070010", "id").cipher, id_no_tail="0010"
    )
    client.get(reverse("my_link", args=[access.make_link(case, at=AT, by=lawyer).token]))
    assert client.post(reverse("my_identity"), {"how": "id_tail", "answer": "0010"}).url == reverse("my_home")
    assert "示例资产管理" not in client.get(reverse("my_home")).content.decode()
    execution.carry_out(approved(bank, [case], buyer, lawyer), at=AT, by=lawyer)
    shown = client.get(reverse("my_home")).content.decode()
    assert all(words in shown for words in ("示例资产管理有限公司", "021-00000009"))
    for name in ("my_pay", "my_afford", "my_why", "my_wishes"):
        assert client.get(reverse(name)).url == reverse("my_home")


def test_what_came_up_since_the_approval_keeps_a_case_out(bank, late, buyer, lawyer):
    case, _account = late
    second, other = bank.late_case()
    Case.objects.filter(pk=second.pk).update(risk_class="loss")
    held = approved(bank, [case, second], buyer, lawyer)
    bank.pays(other, 100, value="2026-06-02")
    execution.carry_out(held, at=AT, by=lawyer)
    second.refresh_from_db()
    assert (held.items.get(case=second).left_out, second.state != CaseState.TRANSFERRED) == (
        ["changed"],
        True,
    )


def test_a_mistake_comes_back_as_a_new_case_with_the_buyers_consent(client, bank, sold, settings):
    settings.FORBEAR_CLOCK_AT = AT
    case, held = sold
    item = held.items.get()
    with pytest.raises(DisposalRefused):
        taking_back.take_back(item, reason="误转让", consent=b"", at=AT, by=bank.lead)
    made = taking_back.take_back(item, reason="误转让", consent=PROOF, at=AT, by=bank.lead)
    assert (made.previous_id, made.owner, made.dpd) == (case.pk, bank.collector, 400)
    assert selectors.buyer_of(case) is None
    assert made.documents.filter(kind="assignment_withdrawn").exists()
    client.force_login(bank.collector)
    assert client.get(reverse("case", args=[made.pk])).status_code == 200
    assert call(
        made, bank.number(made.customer, "10013800011"), bank.collector, AT + timedelta(hours=1)
    ).allowed
    assert broken_at(held) is None
    with pytest.raises(DisposalRefused):
        taking_back.take_back(item, reason="误转让", consent=PROOF, at=AT, by=bank.lead)


def test_who_prepared_it_neither_approves_nor_takes_it_back(bank, late, buyer, lawyer, sold):
    with pytest.raises(DisposalRefused):
        taking_back.take_back(sold[1].items.get(), reason="误转让", consent=PROOF, at=AT, by=lawyer)
    other, _account = bank.late_case()
    Case.objects.filter(pk=other.pk).update(risk_class="loss")
    held = preparation.prepare([other.pk], buyer, at=AT, by=lawyer)
    with pytest.raises(DisposalRefused):
        execution.carry_out(held, at=AT, by=lawyer)
    with pytest.raises(ValueError, match="自己"):
        says_yes(approval.ask(held, reason="批量", at=AT, by=lawyer), lawyer)
