"""When does a debtor answer? Learned from logged calls, smoothed by hour, leaning on everybody's rate, explained.

    rate(window) = (own answered + prior_tries x everybody's rate) / (own tries + prior_tries)

A try lends a share of itself to the hour before and after, so that 17:55 and 18:05 are not strangers. Nothing but
the hour, weekday or weekend, and whether someone answered is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from forbear.web.reach.models import AnswerRate
from forbear.web.reach.policy import BestTimePolicy, best_time_policy

PERCENT = 100
SATURDAY = 5  # of datetime.weekday()
Tallies = Mapping[tuple[bool, int], tuple[int, int]]  # (weekend, hour) to (tries, answered)


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of the day with what is known about it; `rate` is whole percent."""

    weekend: bool
    from_hour: int
    to_hour: int
    tries: int
    answered: int
    everybody: int  # percent
    rate: int  # percent

    def holds(self, local: datetime) -> bool:
        """Return whether a local moment lies in the window."""
        return self.weekend == is_weekend(local) and self.from_hour <= local.hour < self.to_hour


@dataclass(frozen=True, slots=True)
class BestTime:
    """The windows of the kind of day that is asked about, best first, and whether they are the debtor's own."""

    windows: tuple[Window, ...]
    personal: bool  # enough own tries to speak of a habit

    @property
    def best(self) -> Window | None:
        """Return the best window."""
        return self.windows[0] if self.windows else None


def is_weekend(local: datetime) -> bool:
    """Return whether a local moment is on Saturday or Sunday."""
    return local.weekday() >= SATURDAY


# Only tries of the debtor's own telephones; the hour is the debtor's.
TALLIES = """
SELECT a.customer_id, extract(isodow FROM local.at) > 5, extract(hour FROM local.at)::int, count(*),
       count(*) FILTER (WHERE a.answered)
FROM contact_contactattempt a
JOIN portfolio_contactpoint c ON c.id = a.contact_point_id AND c.relation = 'self'
JOIN portfolio_customer u ON u.id = a.customer_id
CROSS JOIN LATERAL (SELECT a.at AT TIME ZONE u.timezone AS at) local
WHERE a.customer_id = ANY(%(customers)s) AND a.channel IN ('voice', 'ai_voice') AND a.action <> 'CALL_IN'
  AND a.at >= %(since)s AND a.at < %(at)s
GROUP BY 1, 2, 3
UNION ALL SELECT NULL, weekend, hour, tries, answered FROM reach_answerrate
"""


def best_times(customer_ids: Sequence[int], at: datetime, *, weekend: bool) -> dict[int, BestTime]:
    """Return the best time of each debtor on a kind of day; one query however many there are."""
    rules = best_time_policy(at.date())
    own: dict[int | None, dict[tuple[bool, int], tuple[int, int]]] = {}
    asked: dict[str, Any] = {
        "customers": list(customer_ids),
        "since": at - timedelta(days=rules.days),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(TALLIES, asked)
        for customer_id, on_weekend, hour, tries, answered in cursor.fetchall():
            own.setdefault(customer_id, {})[on_weekend, hour] = (tries, answered)
    everybody = items_of(own.pop(None, {}))
    return {
        customer_id: learned(items_of(own.get(customer_id, {})), everybody, rules, weekend)
        for customer_id in customer_ids
    }


Items = tuple[tuple[tuple[bool, int], tuple[int, int]], ...]  # tallies in order, as a key


def items_of(tallies: Tallies) -> Items:
    """Return tallies in order."""
    return tuple(sorted(tallies.items()))


@lru_cache(maxsize=4096)
def learned(own: Items, everybody: Items, rules: BestTimePolicy, weekend: bool) -> BestTime:
    """Return what `learn` says; most debtors have few tries, so the same tallies come again and again."""
    return learn(dict(own), dict(everybody), rules, weekend=weekend)


def learn(own: Tallies, everybody: Tallies, rules: BestTimePolicy, *, weekend: bool) -> BestTime:
    """Return the windows of one kind of day, best first; equal rates go to the one answered more, then the earlier."""
    windows = [
        window_of(own, everybody, rules, weekend=weekend, start=start)
        for start in range(rules.first_hour, rules.last_hour, rules.window_hours)
    ]
    ranked = sorted(windows, key=lambda pair: (-pair[0], -pair[1].answered, pair[1].from_hour))
    tries = sum(count for (day, _), (count, _answered) in own.items() if day == weekend)
    return BestTime(tuple(window for _, window in ranked), tries >= rules.tries_min)


def window_of(
    own: Tallies, everybody: Tallies, rules: BestTimePolicy, *, weekend: bool, start: int
) -> tuple[Fraction, Window]:
    """Return the exact rate of one window, and the window with what it rests on."""
    end = min(start + rules.window_hours, rules.last_hour)
    tries, answered = smoothed(own, rules, weekend=weekend, hours=range(start, end))
    all_tries, all_answered = smoothed(everybody, rules, weekend=weekend, hours=range(start, end))
    base = all_answered / all_tries if all_tries else Fraction(1, 2)
    rate = (answered + rules.prior_tries * base) / (tries + rules.prior_tries)
    plain = [own.get((weekend, hour), (0, 0)) for hour in range(start, end)]
    return rate, Window(
        weekend, start, end, sum(each[0] for each in plain), sum(each[1] for each in plain),
        int(base * PERCENT), int(rate * PERCENT),
    )  # fmt: skip


def smoothed(
    tallies: Tallies, rules: BestTimePolicy, *, weekend: bool, hours: Iterable[int]
) -> tuple[Fraction, Fraction]:
    """Return tries and answers of some hours, with the share that the hours beside them lend."""
    inside = set(hours)
    share = Fraction(rules.neighbour, PERCENT)
    weight = {hour: Fraction(1) for hour in inside}
    weight |= dict.fromkeys((min(inside) - 1, max(inside) + 1), share)
    counted = [(weight[hour], *tallies.get((weekend, hour), (0, 0))) for hour in sorted(weight)]
    tries = sum((w * n for w, n, _ in counted), start=Fraction(0))
    return tries, sum((w * n for w, _, n in counted), start=Fraction(0))


EVERYBODY = """
SELECT extract(isodow FROM local.at) > 5, extract(hour FROM local.at)::int, count(*), count(*) FILTER (WHERE a.answered)
FROM contact_contactattempt a
JOIN portfolio_contactpoint c ON c.id = a.contact_point_id AND c.relation = 'self'
JOIN portfolio_customer u ON u.id = a.customer_id
CROSS JOIN LATERAL (SELECT a.at AT TIME ZONE u.timezone AS at) local
WHERE a.channel IN ('voice', 'ai_voice') AND a.action <> 'CALL_IN' AND a.at >= %(since)s AND a.at < %(at)s
GROUP BY 1, 2
"""


@transaction.atomic
def learn_answer_rates(at: datetime) -> int:
    """Learn everybody's answer rates anew; return how many calls they rest on. For the night."""
    since = at - timedelta(days=best_time_policy(at.date()).days)
    with connection.cursor() as cursor:
        cursor.execute(EVERYBODY, {"since": since, "at": at})
        rows = cursor.fetchall()
    AnswerRate.objects.all().delete()
    AnswerRate.objects.bulk_create(
        AnswerRate(weekend=weekend, hour=hour, tries=tries, answered=answered, learned_at=at)
        for weekend, hour, tries, answered in rows
    )
    return sum(row[2] for row in rows)
