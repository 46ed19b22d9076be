"""Work of every minute: an emergency nobody answered goes to the next in line."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.replies import paging


# Procrastinate reads these times in UTC.
@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="replies_escalate")
def escalate_emergencies(timestamp: int) -> None:
    """Call the fallback for emergencies to which nobody answered in time."""
    paging.escalate(clock.now())
