"""Drafting a batch, case by case: what lacks something is left out and named; started again it goes on where it stopped."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from forbear.channels.letter.jobs import page_count
from forbear.documents import BadDocument, html, render, template
from forbear.web.cases.models import Case
from forbear.web.documents.store import store
from forbear.web.genuine import codes
from forbear.web.law.current import packs_at
from forbear.web.letters import policy
from forbear.web.letters.content import NoLetter, Subject, content_of, refuse_incomplete
from forbear.web.letters.models import Letter, LetterBatch
from forbear.web.litigation.limitation import limits
from forbear.web.outbox.body import Body, seal
from forbear.web.outbox.handover import ENDED_CASES
from forbear.web.outbox.lint import blocked_by
from forbear.web.outbox.points import best_points
from forbear.web.portfolio.models import ContactPoint
from forbear.web.runs.models import Message

CHANNEL = "letter"
TOLD_EVERY = 20  # letters between two looks at the progress
TAG = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]*>", re.DOTALL)
LINE_ENDS, BLANKS = re.compile(r"</(?:p|h\d|tr|li|div)>|<br\b[^>]*>"), re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Known:
    """What is read once for all cases still to do."""

    cases: Mapping[int, Case]
    points: Mapping[int, ContactPoint]
    late_since: Mapping[int, date]
    planned: Mapping[int, Message]  # of the day's run, by case


def draft_all(batch: LetterBatch, at: datetime) -> LetterBatch:
    """Draft what is not drafted yet."""
    there = set(batch.letters.values_list("case_id", flat=True)) | {row["case"] for row in batch.left_out}
    todo = [(place, pk) for place, pk in enumerate(batch.cases, 1) if pk not in there]
    known = gathered([pk for _place, pk in todo], batch, at)
    batch.done = len(batch.cases) - len(todo)
    for place, pk in todo:
        if left := one(batch, known, place, pk, at):
            batch.left_out.append(left)
        batch.done += 1
        if batch.done % TOLD_EVERY == 0:
            batch.save(update_fields=["done", "left_out"])
    batch.finished_at = at
    batch.save(update_fields=["done", "left_out", "finished_at"])
    return batch


def gathered(ids: Sequence[int], batch: LetterBatch, at: datetime) -> Known:
    """Read what the letters need, a few queries for all."""
    cases = Case.objects.select_related("customer").in_bulk(ids)
    points = best_points(CHANNEL, {case.customer_id for case in cases.values()}, at)
    ends = limits(list(cases), batch.counted_on, packs_at(at)) if cases else {}
    planned = Message.objects.filter(run=batch.run_id, channel=CHANNEL, state="planned", case__in=ids)
    return Known(
        cases, points, {pk: each.starts_on + timedelta(days=1) for pk, each in ends.items()},
        {message.case_id: message for message in planned} if batch.run_id else {},
    )  # fmt: skip


def one(batch: LetterBatch, known: Known, place: int, pk: int, at: datetime) -> dict[str, Any] | None:
    """Draft one letter; return who was left out and why, or nothing."""
    try:
        with transaction.atomic():
            draft(batch, known, place, pk, at)
    except NoLetter as error:
        if message := known.planned.get(pk):
            Message.objects.filter(pk=message.pk, state="planned").update(state="withdrawn")
        return {"case": pk, "why": error.code, "missing": error.missing, "detail": error.detail}
    return None


def draft(batch: LetterBatch, known: Known, place: int, pk: int, at: datetime) -> Letter:
    """Make and keep one letter; raises NoLetter."""
    case = known.cases.get(pk)
    if case is None or case.closed_on is not None or case.state in ENDED_CASES:
        raise NoLetter("ended")
    point = known.points.get(case.customer_id)
    if point is None:
        raise NoLetter("no_address")
    planned = known.planned.get(pk)
    lang = language(batch, planned, at)
    number = f"LT{batch.pk:06d}-{place:05d}"
    code = codes.grouped(codes.issue(CHANNEL, f"letter:{number}", at=at, case_id=case.pk))
    subject = Subject(batch, case, number, code, lang, known.late_since.get(pk))
    data = content_of(subject)
    kind = policy.kinds(at)[batch.kind]
    refuse_incomplete(batch.kind, data, batch.counted_on, seven_items=kind["seven_items"])
    try:
        made, words = render(batch.kind, data, lang=lang), words_of(html(batch.kind, data, lang=lang))
    except BadDocument as error:
        raise NoLetter("unprintable", detail=str(error)) from error
    body = Body(words, subject=made.title, document=made.sha256)
    if rules := blocked_by(body, CHANNEL, "debtor", at):
        raise NoLetter("wording", detail=", ".join(rules))
    document = store(made, case, number=subject.number, at=at, by=batch.asked_by)
    return Letter.objects.create(
        batch=batch, case=case, number=subject.number, document=document, contact_point=point,
        words_cipher=seal(body).cipher, pages=page_count(made.pdf), run_message=planned,
    )  # fmt: skip


def language(batch: LetterBatch, planned: Message | None, at: datetime) -> str:
    """Return the language of a letter among those its document has: zh or en."""
    wanted = planned.language if planned else str(packs_at(at).value("house/messages/language", at.date()))
    lang, has = wanted[:2], template(batch.kind).languages
    return lang if lang in has else has[0]


def words_of(page: str) -> str:
    """Return the words of a document, a line for each of its lines: what lint reads and the debtor sees on screen."""
    lines = (BLANKS.sub(" ", markup.unescape(TAG.sub(" ", part))).strip() for part in LINE_ENDS.split(page))
    return "\n".join(line for line in lines if line)
