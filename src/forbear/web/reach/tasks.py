"""Work of the night: when do people answer?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.reach.best_time import learn_answer_rates


# Procrastinate reads these times in UTC.
@app.periodic(cron="10 18 * * *")
@app.task(queue="periodic", queueing_lock="reach_learn")
def learn_at_night(timestamp: int) -> None:
    """Learn everybody's answer rates anew, at ten past two in Beijing."""
    learn_answer_rates(clock.now())
