"""The batch of a committed day becomes outbox rows: rendered, sealed, addressed, each with the day's window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import connection, transaction

from forbear.nightly import Day
from forbear.nightly.messages import Template, render
from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.law.current import packs_at
from forbear.web.outbox.body import Body
from forbear.web.outbox.enqueue import Draft, row_of_draft
from forbear.web.outbox.lint import blocked_by, withdraw_improper
from forbear.web.outbox.models import OutboxMessage
from forbear.web.outbox.points import best_points, needs_point
from forbear.web.outbox.policy import row_of, window_on
from forbear.web.runs.models import DayRun, Message, RunState
from forbear.web.wording.services import Wording, current

AT_ONCE = 2000  # messages rendered and copied together; bounds memory, not the result


class DayNotCommitted(ValueError):
    """Only a committed day has messages to send; another run of it stands, or none does."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many messages of a day were planned, how many could not be addressed, how many were there already."""

    planned: int
    without_point: int
    already: int


def take_day(run: DayRun, *, at: datetime | None = None) -> Taken:
    """Turn the planned messages of a run into outbox rows, once: taken again it adds nothing.

    Raises DayNotCommitted, BadTemplate, NoLawInForce.
    """
    at = at or clock.now()
    if run.state != RunState.COMMITTED:
        raise DayNotCommitted(DayNotCommitted.__doc__)
    counts: Counter[str] = Counter()
    day = Day(run.as_of, run.law_on, packs_at(at), run.seed, run.portfolio)
    for some in planned_of(run):
        with transaction.atomic():
            counts.update(take_some(some, day, at))
    return Taken(counts["planned"], counts["withdrawn"], counts["already"])


def planned_of(run: DayRun) -> Iterator[list[Message]]:
    """Yield the messages still planned, some at a time, in order."""
    last = 0
    while True:
        some = list(
            Message.objects.filter(run=run, state="planned", pk__gt=last)
            .exclude(channel="letter")  # letters are drafted first: web/letters/day.py
            .select_related("case__customer")
            .order_by("pk")[:AT_ONCE]
        )
        if not some:
            return
        yield some
        last = some[-1].pk


def take_some(messages: Sequence[Message], day: Day, at: datetime) -> Counter[str]:
    """Plan some messages; return what became of them."""
    rows = [
        row for channel in {m.channel for m in messages} for row in of_channel(messages, channel, day, at)
    ]
    there = set(OutboxMessage.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    counts = Counter(str(row.state) for row in rows if row.key not in there)
    counts["already"] = len(there)
    return counts


def of_channel(messages: Sequence[Message], channel: str, day: Day, at: datetime) -> Iterator[OutboxMessage]:
    """Yield the rows of one channel."""
    mine = [message for message in messages if message.channel == channel]
    known = {name: current(name, at) for name in {message.template for message in mine}}
    wants_point = needs_point(channel, at)
    points = best_points(channel, {m.case.customer_id for m in mine}, at) if wants_point else {}
    row_of("windows", channel, at)
    for message, text in zip(mine, rendered(mine, known, day), strict=True):
        template = known[message.template]
        draft = Draft(
            case=message.case,
            channel=channel,
            body=body_of(channel, template, text, message.language),
            template=message.template,
            template_version=template.name,
            language=message.language,
        )
        point = points.get(message.case.customer_id)
        row = row_of_draft(
            draft, point, key=key_of(message), cause=f"day:{day.as_of.isoformat()}", at=at,
            lost=wants_point and point is None,
        )  # fmt: skip
        zone = ZoneInfo(message.case.customer.timezone)
        row.not_before, row.not_after = window_on(channel, day.as_of, zone, at)
        row.run_message = message
        withdraw_improper(row, blocked_by(draft.body, channel, draft.party, at), at)
        yield row


def key_of(message: Message) -> str:
    """Return the idempotency key of a message of the day."""
    return f"day-message-{message.pk}"


def body_of(channel: str, template: Wording, text: str, language: str) -> Body:
    """Return the body; only e-mail has a subject, the template's title."""
    title = template.title["zh" if language.startswith("zh") else "en"]
    return Body(text, subject=title if channel == "email" else "")


def rendered(messages: Sequence[Message], known: Mapping[str, Wording], day: Day) -> list[str]:
    """Return each message's text in its own language, from the approved versions."""
    filled = {key: Template(key, each.title, each.variables, each.text) for key, each in known.items()}
    tails = card_tails(messages[0].run_id, [message.case for message in messages])
    texts: dict[int, str] = {}
    for language in {message.language for message in messages}:
        mine = [message for message in messages if message.language == language]
        rows = pa.table(
            {
                "message": pa.array([message.template for message in mine], pa.string()),
                "card_tail": pa.array([tails.get(message.case_id, "") for message in mine], pa.string()),
            }
        )
        made = render(filled, rows, day=day, language=language).to_pylist()
        texts |= {message.pk: text for message, text in zip(mine, made, strict=True)}
    return [texts[message.pk] for message in messages]


# The lead account of a case, as the day chose it: the latest, then the largest, then the first.
LEAD_TAILS = """
SELECT DISTINCT ON (a.customer_id, a.product) a.customer_id, a.product, a.card_no_tail
FROM portfolio_account a JOIN runs_outcome o ON o.account_id = a.id AND o.run_id = %s
WHERE a.customer_id = ANY(%s) AND o.dpd > 0
ORDER BY a.customer_id, a.product, o.dpd DESC, o.past_due_minor DESC, a.id
"""


def card_tails(run: int, cases: Sequence[Case]) -> Mapping[int, str]:
    """Return the card tail to name, by case: of the account that leads it on the day."""
    wanted = {(case.customer_id, case.product): case.pk for case in cases}
    with connection.cursor() as cursor:
        cursor.execute(LEAD_TAILS, [run, [customer for customer, _ in wanted]])
        return {wanted[c, p]: tail for c, p, tail in cursor.fetchall() if (c, p) in wanted}
