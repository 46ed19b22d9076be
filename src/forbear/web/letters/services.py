"""Writes on letters: ask for a batch, sign as a lawyer, release to the printer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from forbear.web import evidence
from forbear.web.cases.timeline import append_event
from forbear.web.genuine import codes
from forbear.web.letters import policy
from forbear.web.letters.models import LawyerSignature, Letter, LetterBatch
from forbear.web.outbox.body import unseal
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.services import Draft, enqueue
from forbear.web.runs.models import Message

if TYPE_CHECKING:
    from forbear.web.litigation.models import Agent
    from forbear.web.people.models import User

CHANNEL = "letter"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('lawyer_signature', 0))"
DRAFT = "forbear.web.letters.tasks.draft_letters"
# A payment, or one taken back, that became known after a letter was drafted: what it says is owed is no longer so.
PAID_SINCE = """
SELECT DISTINCT l.id FROM letters_letter l
JOIN documents_storeddocument d ON d.id = l.document_id JOIN cases_case c ON c.id = l.case_id
JOIN portfolio_account a ON a.customer_id = c.customer_id AND a.product = c.product
JOIN portfolio_ledgerentry e ON e.account_id = a.id AND (e.amount_minor > 0 OR e.kind = 'reversal')
JOIN intake_importbatch b ON b.id = e.batch_id
WHERE l.batch_id = %s AND (b.reversed_at > d.made_at OR (b.applied_at > d.made_at AND b.reversed_at IS NULL))
"""


class LetterRefused(ValueError):
    """A batch cannot be asked for, signed or released like this; the message says why."""


@transaction.atomic
def ask(
    kind: str, cases: Sequence[int], *, on: date, at: datetime, by: User, agent: Agent | None = None, mandate: str = ""
) -> LetterBatch:  # fmt: skip
    """Write down a batch and have it drafted in the background; raises LetterRefused."""
    known = policy.kinds(at).get(kind)
    if known is None:
        raise LetterRefused(_("There is no such kind of letter."))
    if not cases:
        raise LetterRefused(_("No case was chosen."))
    if len(cases) > (most := policy.house("batch_max", at)):
        raise LetterRefused(
            ngettext("At most %(most)s letter in one go.", "At most %(most)s letters in one go.", most)
            % {"most": most}
        )
    if on > at.date():
        raise LetterRefused(_("What is owed on a day to come is not known yet."))
    if known["lawyer"]:
        refuse_unlicensed(agent, at)
        if not mandate.strip():
            raise LetterRefused(_("Name the mandate on which the lawyer writes."))
    batch = LetterBatch.objects.create(
        kind=kind, cases=list(dict.fromkeys(cases)), counted_on=on, asked_by=by, asked_at=at,
        agent=agent if known["lawyer"] else None, mandate=mandate.strip() if known["lawyer"] else "",
    )  # fmt: skip
    app.configure_task(DRAFT, queue="files").defer(batch_id=batch.pk)
    return batch


def refuse_unlicensed(agent: Agent | None, at: datetime) -> None:
    """Raise LetterRefused for whoever is no lawyer whose licence holds and is proved on file."""
    if agent is None or not agent.is_lawyer:
        raise LetterRefused(_("A lawyer's letter needs a lawyer of the register."))
    if not agent.holds_on(at.date()):
        raise LetterRefused(_("The licence of %(name)s does not hold today.") % {"name": agent.name})
    if not agent.evidence_sha256:
        raise LetterRefused(_("The licence of %(name)s is not proved on file.") % {"name": agent.name})


@transaction.atomic
def sign(batch: LetterBatch, *, at: datetime, by: User) -> int:
    """Let the named lawyer sign every letter of a batch that is not signed; return how many. Raises LetterRefused.

    Nobody signs for him: the signature is given by the user whom the register names as this lawyer.
    """
    batch = LetterBatch.objects.select_for_update(of=("self",)).select_related("agent").get(pk=batch.pk)
    if batch.agent is None:
        raise LetterRefused(_("No lawyer signs letters of this kind."))
    if batch.agent.user_id != by.pk:
        raise LetterRefused(_("Only %(name)s may sign these letters.") % {"name": batch.agent.name})
    refuse_unlicensed(batch.agent, at)
    if batch.finished_at is None or batch.released_at is not None:
        raise LetterRefused(_("Letters are signed after they are drafted and before they are released."))
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    last = LawyerSignature.objects.order_by("-pk").first()
    previous = bytes(last.hash) if last else evidence.GENESIS
    unsigned = batch.letters.filter(signature__isnull=True).select_related("document", "case")
    letters = list(unsigned.defer("document__cipher").order_by("pk"))
    for letter in letters:
        previous = signed(letter, batch.agent, previous, at=at, by=by)
    return len(letters)


def signed(letter: Letter, agent: Agent, previous: bytes, *, at: datetime, by: User) -> bytes:
    """Append one signature; return its hash."""
    made = LawyerSignature(
        letter=letter, agent=agent, licence_no=agent.licence_no, licence_evidence=agent.evidence_sha256,
        sha256=letter.document.sha256, at=at, by=by, previous_hash=previous,
    )  # fmt: skip
    made.hash = evidence.link(previous, chained(made))
    made.save()
    payload = {"letter": letter.number, "sha256": made.sha256, "licence_no": made.licence_no}
    append_event(letter.case, kind="letter_signed", at=at, by=by, payload=payload)
    return bytes(made.hash)


def chained(signature: LawyerSignature) -> dict[str, Any]:
    """Return what the hash of a signature covers."""
    return {
        "letter": signature.letter_id, "agent": signature.agent_id, "licence_no": signature.licence_no,
        "licence_evidence": signature.licence_evidence, "sha256": signature.sha256, "at": signature.at, "by": signature.by_id,
    }  # fmt: skip


def verify_signatures() -> int | None:
    """Recompute the chain of lawyers' signatures; return the first that does not follow, or None."""
    previous = evidence.GENESIS
    for each in LawyerSignature.objects.order_by("pk"):
        if bytes(each.previous_hash) != previous or evidence.link(previous, chained(each)) != bytes(
            each.hash
        ):
            return each.pk
        previous = bytes(each.hash)
    return None


@transaction.atomic
def release(batch: LetterBatch, *, at: datetime, by: User | None) -> int:
    """Give the letters of a batch to the outbox; return how many. Raises LetterRefused.

    Each then asks the gate like any other contact, at the moment it is printed. A letter whose debtor paid since it was
    drafted stays here. By nobody is released only what the day's run planned.
    """
    batch = LetterBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    refuse_release(batch, at=at, by=by)
    with connection.cursor() as cursor:
        cursor.execute(PAID_SINCE, [batch.pk])
        stale = {pk for (pk,) in cursor.fetchall()}
    letters = batch.letters.select_related("case__customer", "contact_point", "document", "run_message")
    until = at + timedelta(days=policy.house("post_days", at))
    for letter in letters.defer("document__cipher").order_by("pk"):
        if letter.pk in stale:
            letter.kept_back = "paid_since"
            codes.revoke(CHANNEL, f"letter:{letter.number}", at=at)  # nobody will ever hold this letter
            letter.save(update_fields=["kept_back"])
            if letter.run_message is not None:
                Message.objects.filter(pk=letter.run_message.pk, state="planned").update(state="withdrawn")
        else:
            letter.message = planned(letter, at=at, until=until)
            letter.save(update_fields=["message"])
    batch.released_at, batch.released_by = at, by
    batch.save(update_fields=["released_at", "released_by"])
    return batch.letters.filter(message__isnull=False).count()


def refuse_release(batch: LetterBatch, *, at: datetime, by: User | None) -> None:
    """Raise LetterRefused for a batch that may not go out."""
    kind = policy.kinds(at)[batch.kind]
    if batch.released_at is not None:
        raise LetterRefused(_("This batch is released already."))
    if batch.finished_at is None:
        raise LetterRefused(_("This batch is not drafted yet."))
    if by is None and batch.run_id is None:
        raise LetterRefused(_("A person releases what a person asked for."))
    if by is not None and kind["four_eyes"] and batch.asked_by_id == by.pk:
        raise LetterRefused(_("Whoever asked for a batch does not release it."))
    if kind["lawyer"]:
        unsigned = batch.letters.filter(signature__isnull=True).count()
        if unsigned:
            raise LetterRefused(
                ngettext(
                    "%(count)s letter is not signed by the lawyer.",
                    "%(count)s letters are not signed by the lawyer.",
                    unsigned,
                )
                % {"count": unsigned}
            )
        refuse_unlicensed(batch.agent, at)


def planned(letter: Letter, *, at: datetime, until: datetime) -> OutboxMessage:
    """Plan one letter in the outbox."""
    document = letter.document
    draft = Draft(
        case=letter.case, channel=CHANNEL, body=unseal(letter.words_cipher), template=document.kind,
        template_version=f"{document.kind}@{document.template_version}", contact_point=letter.contact_point,
        language="zh-hans" if document.lang == "zh" else document.lang, document=document,
    )  # fmt: skip
    row = enqueue(
        draft, key=f"letter-{letter.number}", cause=f"letters {letter.batch_id}", at=at, not_before=at, not_after=until
    )  # fmt: skip
    if letter.run_message_id:
        row.run_message = letter.run_message
        row.save(update_fields=["run_message"])
    return row
