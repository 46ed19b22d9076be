"""Lawful capacity of the portfolio on a day: open cases grouped by the facts that law looks at, and the chart of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forbear.packs import Packs
from forbear.questions.may_contact.capacity import HOURS_A_DAY, Capacity, lawful_capacity
from forbear.web.contact.facts import FACTS_OF_HOLDS, HOLD_FACTS, JURISDICTION
from forbear.web.people.charts import Chart, Column

CHANNELS: Mapping[str, Any] = {
    "voice": gettext_lazy("Call"), "ai_voice": gettext_lazy("Voice robot"), "sms": gettext_lazy("SMS"),
    "push": gettext_lazy("App push"), "wecom": gettext_lazy("WeCom"), "email": gettext_lazy("E-mail"),
    "visit": gettext_lazy("Visit"), "letter": gettext_lazy("Letter"),
}  # fmt: skip
GROUPS = """
WITH hours AS (
  SELECT DISTINCT ON (customer_id) customer_id, value FROM contact_consent
  WHERE kind = 'hours' AND at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
  ORDER BY customer_id, at DESC, id DESC
), holds AS (
  SELECT k.customer_id, array_agg(DISTINCT h.kind::text ORDER BY h.kind::text) AS kinds
  FROM cases_hold h JOIN cases_case k ON k.id = h.case_id
  WHERE h.since <= %(at)s AND (h.released_at IS NULL OR h.released_at > %(at)s) AND (h.until IS NULL OR h.until > %(at)s)
  GROUP BY k.customer_id
), called AS (
  SELECT customer_id, count(*)::integer AS calls FROM contact_contactattempt
  WHERE effective AND local_day = %(on)s GROUP BY customer_id
)
SELECT c.timezone, coalesce(hours.value::text, '[]'), coalesce(holds.kinds, '{}'), coalesce(called.calls, 0), count(*)
FROM portfolio_customer c
JOIN (SELECT DISTINCT customer_id FROM cases_case WHERE closed_on IS NULL) k ON k.customer_id = c.id
LEFT JOIN hours ON hours.customer_id = c.id
LEFT JOIN holds ON holds.customer_id = c.id
LEFT JOIN called ON called.customer_id = c.id
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


def of_portfolio(on: date, at: datetime, packs: Packs) -> Capacity | None:
    """Return the lawful capacity of all open cases on a day, as known at a moment; None without an open case."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, {"at": at, "on": on})
        groups = cursor.fetchall()
    if not groups:
        return None
    facts, people = columns(groups)
    return lawful_capacity(facts, people, on=on, channels=tuple(CHANNELS), packs=packs)


def columns(groups: list[tuple[Any, ...]]) -> tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return groups of people alike as columns of may_contact, and how many each stands for."""
    zones, hours, kinds, calls, people = zip(*groups, strict=True)
    consented = np.empty(len(groups), dtype=object)
    consented[:] = [tuple(tuple(window) for window in json.loads(text)) for text in hours]
    facts: dict[str, Any] = {
        "jurisdiction": np.array([JURISDICTION], dtype=object),
        "purpose": np.array(["collect"]),
        "timezone": np.array(zones, dtype=object),
        "consented_hours": consented,
        "effective_calls_today_debtor": np.array(calls, dtype=np.int64),
        "attempts_unanswered_today_number": np.zeros(1, dtype=np.int64),
    }
    for fact in FACTS_OF_HOLDS:
        making = {kind for kind, made in HOLD_FACTS.items() if fact in made}
        facts[fact] = np.array([bool(making & set(held)) for held in kinds])
    return facts, np.array(people, dtype=np.int64)


def chart(found: Capacity | None, on: date) -> Chart:
    """How many people may lawfully be contacted, by channel and hour?"""
    names = [str(CHANNELS[channel]) for channel in found.channels] if found else []
    hours = [f"{hour:02d}:00" for hour in range(HOURS_A_DAY)]
    return Chart(
        name="lawful-capacity",
        title=_("How many people may lawfully be contacted, by channel and hour?"),
        kind="heatmap",
        data={
            "rows": names, "columns": hours, "values": found.by_hour.tolist() if found else [], "unit": "count",
            "row_title": "", "column_title": _("Local hour"),
        },
        columns=[Column(_("Channel")), Column(_("People, at some hour"), "count"), Column(_("Contacts the counters leave"))],
        rows=[
            [name, int(found.people[i]), str(found.contacts[i]) if found.contacts[i] >= 0 else _("no counter")]
            for i, name in enumerate(names)
        ] if found else [],
        note=_("Customers with an open case, with their consents, holds and today's calls, under the law and house policy of the day. Who can be reached, and how many people work, is another question."),
        empty=_("No case is open."),
        height="medium",
    )  # fmt: skip
