"""Background work: drafting a batch of letters; what a day's run planned is then released."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.letters.drafting import draft_all
from forbear.web.letters.models import LetterBatch
from forbear.web.letters.services import release


@app.task(queue="files")
def draft_letters(batch_id: int) -> None:
    """Draft the letters of one batch."""
    batch = LetterBatch.objects.select_related("asked_by", "agent").get(pk=batch_id)
    draft_all(batch, clock.now())
    if batch.run_id is not None and batch.released_at is None:
        release(batch, at=clock.now(), by=None)
