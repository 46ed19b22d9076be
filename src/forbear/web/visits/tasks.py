"""Background work: planning a city's day, and looking every minute for teams that should be out of a door."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.visits import alarms, planning, retention
from forbear.web.visits.models import RoutePlan


@app.task(queue="files")
def plan_day(plan_id: int) -> None:
    """Plan one city's day."""
    planning.run(RoutePlan.objects.select_related("asked_by").get(pk=plan_id))


# Procrastinate reads these times in UTC.
@app.periodic(cron="* * * * *")
@app.task(queue="periodic", queueing_lock="visits_overdue")
def look_for_overdue(timestamp: int) -> None:
    """Raise the alarm for teams that did not check out in time."""
    alarms.raise_overdue(clock.now())


@app.periodic(cron="20 19 * * *")
@app.task(queue="periodic", queueing_lock="visits_purge")
def purge_files_at_night(timestamp: int) -> None:
    """Delete photos and recordings nothing asks for any more, at twenty past three in Beijing."""
    retention.purge(clock.now())
