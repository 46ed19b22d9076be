"""Letters: what they must show, who must have signed, what the printer gets, what the post's answers change."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from pypdf import PdfReader
from tests.channels.messages.peers import letter_box
from tests.web.cases.bank import day
from tests.web.letters.conftest import AT, ON

from forbear import questions
from forbear.channels.letter import read_job
from forbear.documents import template
from forbear.web.cases.models import CaseEvent, Hold
from forbear.web.cases.services import verify_chain
from forbear.web.contact.models import Consent, ContactAttempt
from forbear.web.documents.store import plain
from forbear.web.genuine import codes
from forbear.web.law.current import packs_at
from forbear.web.letters import content, drafting, policy
from forbear.web.letters.drafting import draft_all
from forbear.web.letters.models import LawyerSignature, LetterBatch
from forbear.web.letters.services import LetterRefused, ask, release, sign, verify_signatures
from forbear.web.letters.tracking import take_results
from forbear.web.litigation.limitation import limits
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.policy import post_results
from forbear.web.outbox.selectors import limitation_events
from forbear.web.outbox.worker import Worker
from forbear.web.portfolio.models import Account, ContactPoint

pytestmark = pytest.mark.django_db(transaction=True)
SEVEN = {
    "cardholder_name", "balance", "collection_reason", "legal_basis", "rights_and_duties", "account_inquiry",
    "payment_method", "objection_channel", "evidence_submission", "bank_contact", "seal",
}  # fmt: skip


def drafted(clerk, *cases, kind="letter_notice", **more) -> LetterBatch:
    batch = ask(kind, [case.pk for case in cases], on=ON, at=AT, by=clerk, **more)
    return draft_all(LetterBatch.objects.select_related("asked_by", "agent").get(pk=batch.pk), AT)


def text(letter) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(letter.document))).pages)


def printed(folder, *, at=AT):
    """Run the sender of letters into a folder; return the lines of its jobs."""

    outcomes = post_results(at)  # reads what is published, which may need the database

    async def run():
        box = letter_box(folder, outcomes=outcomes)
        worker = Worker("letter", box, batch=50, in_hand=400, now=lambda: at)
        await worker.run(until_empty=True)

    asyncio.run(run())
    return [line for job in sorted((folder / "out").iterdir()) for line in read_job(job)]


def results(*rows: tuple[str, str, str]) -> bytes:
    return "\n".join(["letter,result,on", *(",".join(row) for row in rows)]).encode()


def test_a_formal_notice_shows_the_seven_items_to_the_cent(debtor, clerk):
    batch = drafted(clerk, debtor())

    assert batch.left_out == []
    letter = batch.letters.get()
    said = text(letter)
    for words in ("张伟明", "20,000.00", "2,000.00", "****0014", "民法典", "12378", "业务章", letter.number):
        assert words in said, words
    assert batch.left_out == []
    kind = policy.kinds(AT)["letter_notice"]
    assert kind["seven_items"]
    assert set(template("letter_notice").items) == set(template("letter_reminder").items) == SEVEN


@pytest.mark.parametrize("item", sorted(SEVEN))
def test_a_letter_that_would_lack_an_item_is_not_made_and_says_which(debtor, clerk, monkeypatch, item):
    """Each item in turn is taken away where its words come from."""
    real = content.content_of
    variables = template("letter_notice").items[item]

    def without(one):
        return real(one) | {variables[0]: None}

    monkeypatch.setattr("forbear.web.letters.drafting.content_of", without)
    batch = drafted(clerk, debtor())

    assert not batch.letters.exists()
    (left,) = batch.left_out
    assert item in left["missing"]


def test_who_cannot_get_a_letter_is_named_with_the_reason(debtor, bank, clerk):
    nameless, homeless, gone, paid, moved = (debtor() for _ in range(5))
    nameless.customer.name = ""
    nameless.customer.save()
    ContactPoint.objects.filter(customer=homeless.customer).delete()
    gone.closed_on = ON
    gone.save()
    bank.pays(Account.objects.get(customer=paid.customer), 2_000_000, value="2026-06-01")
    ContactPoint.objects.filter(customer=moved.customer).update(state="invalid")

    batch = drafted(clerk, nameless, homeless, gone, paid, moved)

    why = {row["case"]: (row["missing"], row["why"]) for row in batch.left_out}
    assert why[nameless.pk] == (["cardholder_name"], "seven_items")
    assert why[homeless.pk][1] == "no_address"
    assert why[moved.pk][1] == "no_address"
    assert why[gone.pk][1] == "ended"
    assert why[paid.pk][1] == "nothing_owed"


def test_drafting_goes_on_where_it_was_killed(debtor, clerk, monkeypatch):
    cases = [debtor(f"示例路{n}号") for n in range(3)]
    batch = ask("letter_notice", [case.pk for case in cases], on=ON, at=AT, by=clerk)
    real, made = drafting.draft, []

    def dies(*given):
        if len(made) == 2:
            raise MemoryError
        made.append(real(*given))

    monkeypatch.setattr(drafting, "draft", dies)
    with pytest.raises(MemoryError):
        draft_all(batch, AT)
    monkeypatch.setattr(drafting, "draft", real)

    draft_all(LetterBatch.objects.get(pk=batch.pk), AT)

    assert sorted(batch.letters.values_list("case_id", flat=True)) == sorted(case.pk for case in cases)
    assert len(set(batch.letters.values_list("number", flat=True))) == 3


def test_nobody_releases_his_own_batch(debtor, clerk, bank):
    batch = drafted(clerk, debtor())

    with pytest.raises(LetterRefused, match="does not release"):
        release(batch, at=AT, by=clerk)
    with pytest.raises(LetterRefused, match="A person releases"):
        release(batch, at=AT, by=None)
    assert release(batch, at=AT, by=bank.lead) == 1
    with pytest.raises(LetterRefused, match="released already"):
        release(batch, at=AT, by=bank.lead)


def test_letters_are_printed_with_a_permit_and_what_the_post_says_is_evidence(debtor, clerk, bank, tmp_path):
    reached, refused, unknown, elsewhere = (debtor(f"示例路{n}号") for n in range(4))
    ContactPoint.objects.filter(customer=elsewhere.customer).update(reserved=False)
    cases = (reached, refused, unknown, elsewhere)
    batch = drafted(clerk, *cases)
    release(batch, at=AT, by=bank.lead)

    lines = printed(tmp_path)

    rows = {row.case_id: row for row in OutboxMessage.objects.all()}
    assert {row.state for row in rows.values()} == {MessageState.SENT}
    assert {line.address for line in lines} == {f"示例路{n}号" for n in range(4)}
    hashes = {letter.message.key: letter.document.sha256 for letter in batch.letters.all()}
    assert {line.letter: line.sha256 for line in lines} == hashes
    assert ContactAttempt.objects.filter(channel="letter", action="LETTER").count() == 4
    told = results(
        (rows[reached.pk].key, "delivered", "2026-11-27"), (rows[refused.pk].key, "refused", "2026-11-27"),
        (rows[unknown.pk].key, "unknown_addressee", "2026-11-28"), (rows[elsewhere.pk].key, "delivered", "2026-11-27"),
    )  # fmt: skip
    file = take_results("post.csv", told, at=AT + timedelta(days=5), by=clerk)
    take_results("again.csv", told, at=AT + timedelta(days=6), by=clerk)

    assert (file.lines, file.unmatched) == (4, 0)
    states = {row.case_id: row.state for row in OutboxMessage.objects.all()}
    assert states == {
        reached.pk: "delivered", refused.pk: "failed", unknown.pk: "failed", elsewhere.pk: "delivered",
    }  # fmt: skip
    points = {p.customer_id: p.state for p in ContactPoint.objects.filter(kind="address")}
    assert [points[case.customer_id] for case in cases] == ["valid", "unverified", "invalid", "valid"]
    # A letter that reached the address on file is a demand of the day it reached it; no other is.
    assert limitation_events(reached) == [
        {"on": "2026-11-27", "kind": "letter", "to_reserved_contact": True, "delivered": True}
    ]
    assert limitation_events(refused) == limitation_events(unknown) == limitation_events(elsewhere) == []
    last = {
        pk: each.last_day
        for pk, each in limits([c.pk for c in cases], day("2026-12-01"), packs_at(AT)).items()
    }
    assert last[reached.pk] > last[refused.pk] == last[unknown.pk]
    line = CaseEvent.objects.get(case=reached, kind="message_delivered")
    assert (line.payload["reached_on"], line.payload["interrupts_limitation"]) == ("2026-11-27", True)
    assert verify_chain(reached) is None


def test_a_letter_that_became_unlawful_waits_for_nobody(debtor, clerk, bank, tmp_path):
    free, paused, silent = (debtor(f"示例路{n}号") for n in range(3))
    batch = drafted(clerk, free, paused, silent)
    release(batch, at=AT, by=bank.lead)
    Hold.objects.create(case=paused, kind="complaint", since=AT)
    Consent.objects.create(customer=silent.customer, kind="channel_off", value="letter", at=AT)

    lines = printed(tmp_path)

    rows = {row.case_id: row for row in OutboxMessage.objects.all()}
    assert [line.letter for line in lines] == [rows[free.pk].key]
    assert (rows[paused.pk].state, rows[paused.pk].why) == ("withdrawn", "refused")
    assert (rows[silent.pk].state, rows[silent.pk].rules[0]) == ("withdrawn", "HOUSE-REFUSED-NUMBER")


def test_a_letter_whose_debtor_paid_since_stays_here(debtor, clerk, bank, tmp_path):
    paid, other = debtor("示例路1号"), debtor("示例路2号")
    batch = drafted(clerk, paid, other)
    entry = bank.pays(Account.objects.get(customer=paid.customer), 50_000, value="2026-11-24")
    entry.batch.applied_at = AT + timedelta(hours=1)
    entry.batch.save()

    assert release(batch, at=AT + timedelta(hours=2), by=bank.lead) == 1

    assert batch.letters.get(case=paid).kept_back == "paid_since"
    assert [row.case_id for row in OutboxMessage.objects.all()] == [other.pk]


def lawyers(clerk, lawyer, *cases):
    return drafted(clerk, *cases, kind="lawyer_letter", agent=lawyer, mandate="授权委托书2026-11")


def test_a_lawyers_letter_goes_out_only_when_that_lawyer_signed_every_copy(
    debtor, clerk, bank, lawyer, counsel, tmp_path
):
    batch = lawyers(clerk, lawyer, debtor("示例路1号"), debtor("示例路2号"))
    with pytest.raises(LetterRefused, match="2 letters are not signed"):
        release(batch, at=AT, by=bank.lead)
    for other in (clerk, bank.lead):
        with pytest.raises(LetterRefused, match="Only 顾言 may sign"):
            sign(batch, at=AT, by=other)

    assert sign(batch, at=AT, by=counsel) == 2
    assert sign(batch, at=AT, by=counsel) == 0
    release(batch, at=AT, by=bank.lead)

    assert len(printed(tmp_path)) == 2
    assert verify_signatures() is None
    for letter in batch.letters.all():
        assert letter.signature.sha256 == letter.document.sha256
        assert (letter.signature.licence_no, letter.signature.licence_evidence) == (
            lawyer.licence_no, lawyer.evidence_sha256,
        )  # fmt: skip
        assert lawyer.licence_no in text(letter)


@pytest.mark.parametrize("what", ["expired", "not yet", "no lawyer", "not proved", "nobody", "no mandate"])
def test_nobody_without_a_licence_that_holds_and_is_proved_writes_as_a_lawyer(debtor, clerk, lawyer, what):
    changes = {
        "expired": {"valid_until": day("2026-11-23")}, "not yet": {"valid_from": day("2026-11-25")},
        "no lawyer": {"is_lawyer": False}, "not proved": {"evidence_sha256": ""},
    }.get(what, {})  # fmt: skip
    for name, value in changes.items():
        setattr(lawyer, name, value)
    lawyer.save()
    given = {
        "agent": None if what == "nobody" else lawyer,
        "mandate": "" if what == "no mandate" else "委托书",
    }

    with pytest.raises(LetterRefused):
        ask("lawyer_letter", [debtor().pk], on=ON, at=AT, by=clerk, **given)

    assert not LetterBatch.objects.exists()


def test_a_licence_that_ends_between_signature_and_release_stops_the_batch(
    debtor, clerk, bank, lawyer, counsel
):
    batch = lawyers(clerk, lawyer, debtor())
    sign(batch, at=AT, by=counsel)
    lawyer.valid_until = ON
    lawyer.save()

    with pytest.raises(LetterRefused, match="does not hold"):
        release(batch, at=AT + timedelta(days=1), by=bank.lead)


def test_a_signature_is_never_changed(debtor, clerk, lawyer, counsel):
    batch = lawyers(clerk, lawyer, debtor())
    sign(batch, at=AT, by=counsel)

    with pytest.raises(IntegrityError, match="append-only"):
        LawyerSignature.objects.update(licence_no="x")
    with connection.cursor() as cursor:  # as somebody with the database's own rights could
        cursor.execute("ALTER TABLE letters_lawyersignature DISABLE TRIGGER append_only")
        cursor.execute("UPDATE letters_lawyersignature SET licence_no = 'x'")
        cursor.execute("ALTER TABLE letters_lawyersignature ENABLE TRIGGER append_only")
    assert verify_signatures() == LawyerSignature.objects.get().pk


def test_a_file_of_results_is_refused_whole(clerk):
    with pytest.raises(LetterRefused, match="line 2: unknown result"):
        take_results("post.csv", results(("k1", "eaten", "2026-11-27")), at=AT, by=clerk)
    file = take_results("post.csv", results(("nobody-sent-this", "lost", "2026-11-27")), at=AT, by=clerk)
    assert file.unmatched == 1


def test_limitation_counts_a_delivered_letter_as_the_question_does():
    facts = {
        "starts_on": "2024-01-10", "as_of": "2026-12-01",
        "events": [{"on": "2026-11-27", "kind": "letter", "to_reserved_contact": True, "delivered": True}],
    }  # fmt: skip
    assert questions.ask("limitation", facts)["answer"]["last_day"] > "2029-11-01"


def test_anybody_can_check_the_code_of_a_letter_and_learns_no_debt(debtor, clerk, bank, client):
    case = debtor()
    batch = drafted(clerk, case)
    letter = batch.letters.get()
    (code,) = re.findall(r"\b\d{4} \d{4} \d{4}\b", text(letter))

    found = client.post("/my/check/", {"code": code}).content.decode()
    unknown = client.post("/my/check/", {"code": "1234 5678 9012"}).content.decode()

    assert codes.check(code, at=AT).subject == f"letter:{letter.number}"
    assert found != unknown
    for secret in ("20,000", "张", letter.number):
        assert secret not in found


def test_the_code_of_a_letter_that_stays_here_vouches_for_nothing(debtor, clerk, bank):
    batch = drafted(clerk, case := debtor())
    (code,) = re.findall(r"\b\d{4} \d{4} \d{4}\b", text(batch.letters.get()))
    entry = bank.pays(Account.objects.get(customer=case.customer), 50_000, value="2026-11-24")
    entry.batch.applied_at = AT + timedelta(hours=1)
    entry.batch.save()

    release(batch, at=AT + timedelta(hours=2), by=bank.lead)

    assert codes.check(code, at=AT + timedelta(hours=3)) is None
