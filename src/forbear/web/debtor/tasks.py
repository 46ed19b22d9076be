"""Work of every night: what people began and did not finish is forgotten."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.debtor import drafts


# Procrastinate reads these times in UTC: 04:20 in Shanghai.
@app.periodic(cron="20 20 * * *")
@app.task(queue="periodic", queueing_lock="debtor_forget_drafts")
def forget_drafts(timestamp: int) -> None:
    """Forget unfinished answers nobody came back to."""
    drafts.forget_old(clock.now())
