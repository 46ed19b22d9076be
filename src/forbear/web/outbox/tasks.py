"""Background work: what a committed day planned is put into the outbox, its letters drafted."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.letters.day import take_letters
from forbear.web.outbox.day import take_day
from forbear.web.runs.models import DayRun, RunState


@app.task(queue="files")
def take_messages(run_id: int) -> None:
    """Take the messages and letters of a run, once; a run that another replaced meanwhile has none."""
    run = DayRun.objects.get(pk=run_id)
    if run.state == RunState.COMMITTED:
        take_day(run)
        take_letters(run, at=clock.now())
