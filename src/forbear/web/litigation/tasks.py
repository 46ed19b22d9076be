"""Background work: papers for many matters."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.litigation.batch import draft_all
from forbear.web.litigation.models import PaperBatch


@app.task(queue="files")
def draft_papers(batch_id: int) -> None:
    """Draft the papers of one batch."""
    draft_all(PaperBatch.objects.select_related("asked_by").get(pk=batch_id), clock.now())
