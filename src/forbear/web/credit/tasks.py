"""Background work: a month told to the register."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web.credit.models import CreditRun
from forbear.web.credit.running import run_month


def show_step(run_id: int, step: str, done: int, total: int) -> None:
    """Write how far a run is, so that the page can be left while it runs."""
    CreditRun.objects.filter(pk=run_id).update(step=step, rows_done=done, rows_total=total)


@app.task(queue="files")
def tell_month(run_id: int) -> None:
    """Tell one month; what goes wrong is written on the run, which then can be begun again."""
    run = CreditRun.objects.get(pk=run_id)
    if run.finished_at is not None:
        return
    try:
        run_month(run, tell=lambda step, done, total: show_step(run_id, step, done, total))
    except Exception as error:
        CreditRun.objects.filter(pk=run_id).update(error=f"{type(error).__name__}: {error}"[:300])
        raise
