"""The letters of a committed day: one batch, drafted in the background and released without another person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from forbear.web.letters import policy
from forbear.web.letters.models import LetterBatch
from forbear.web.letters.services import CHANNEL, DRAFT
from forbear.web.runs.models import DayRun, Message


@transaction.atomic
def take_letters(run: DayRun, *, at: datetime) -> LetterBatch | None:
    """Ask for the letters a run planned; taken again it is the same batch, and none where none are planned."""
    if batch := LetterBatch.objects.filter(run=run).first():
        return batch
    planned = Message.objects.filter(run=run, channel=CHANNEL, state="planned").order_by("pk")
    cases = list(planned.values_list("case_id", flat=True))
    if not cases:
        return None
    batch = LetterBatch.objects.create(
        kind=policy.house("day_kind", at), cases=cases, counted_on=run.as_of, run=run, asked_at=at
    )
    app.configure_task(DRAFT, queue="files").defer(batch_id=batch.pk)
    return batch
