"""Work of the night: recordings that no rule asks for any more."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.recordings import services


# Procrastinate reads these times in UTC.
@app.periodic(cron="10 19 * * *")
@app.task(queue="periodic", queueing_lock="recordings_purge")
def purge_at_night(timestamp: int) -> None:
    """Delete what may go, and report what was kept and why, at ten past three in Beijing."""
    services.purge(clock.now())
