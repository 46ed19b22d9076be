"""Judges past requests again: under the law of their date, which must say the same, or under a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from django.db import connection

from forbear import questions
from forbear.packs import Packs
from forbear.web.law import current
from forbear.web.law.backdated import backdated

CHUNK = 20_000  # decisions at a time: large enough for columns, small enough for memory
EXAMPLES = 12
DAYS_BEFORE = 90  # how far back a draft is tried before it is published
QUESTION = "may_contact"
DECISIONS = """
SELECT d.id, d.at, d.customer_id, d.case_id, d.channel,
       coalesce(nullif(u.agency, ''), nullif(u.skill_group, ''), u.role, '') AS team,
       d.answer, d.facts::text, d.reply::text
FROM contact_gatedecision d LEFT JOIN people_user u ON u.id = d.asked_by_id
WHERE d.at >= %s AND d.at < %s AND (d.at, d.id) > (%s, %s)
ORDER BY d.at, d.id LIMIT %s
"""


class Reason(msgspec.Struct, frozen=True):
    """What of a reason decides."""

    rule: str
    effect: str


class Reply(msgspec.Struct, frozen=True):
    """What of an answer must be the same again."""

    answer: str
    reasons: list[Reason]
    earliest_at: str | None = None
    pack_versions: dict[str, str] = {}

    def spoke_against(self) -> set[str]:
        """Name the rules that refused or advised against."""
        return {reason.rule for reason in self.reasons if reason.effect in ("refuse", "discourage")}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it was kept."""

    id: int
    at: datetime
    customer_id: int
    case_id: int | None
    channel: str
    team: str
    answer: str
    facts: str
    reply: str


@dataclass(slots=True)
class Report:
    """What judging again found; `as_json` is what is kept and shown."""

    first: datetime
    last: datetime
    judged: int = 0
    changed: int = 0
    newly_refused: int = 0
    newly_allowed: int = 0
    other_packs: int = 0  # judged by files that read otherwise than those of the time
    by_rule: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, speaks now | silent now)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_team: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return plain data, largest first."""
        rules = sorted({rule for rule, _ in self.by_rule})
        return {
            "first": self.first.isoformat(), "last": self.last.isoformat(), "judged": self.judged,
            "changed": self.changed, "newly_refused": self.newly_refused, "newly_allowed": self.newly_allowed,
            "other_packs": self.other_packs,
            "by_rule": sorted(
                ([rule, self.by_rule[rule, "now"], self.by_rule[rule, "no more"]] for rule in rules),
                key=lambda row: -(row[1] + row[2]),
            ),
            "by_channel": [list(row) for row in self.by_channel.most_common()],
            "by_team": [list(row) for row in self.by_team.most_common()],
            "examples": self.examples,
        }  # fmt: skip


def replay(start: datetime, end: datetime) -> Report:
    """Judge the decisions of [start, end) again under the law of each; any difference is tampering or a mistake."""
    report = Report(start, end)
    for chunk in decisions(start, end):
        for _version, group in groupby(chunk, key=lambda row: len(current.effective(row.at))):
            rows = list(group)
            judge(rows, current.packs_at(rows[0].at), report, exact=True)
    return report


def what_if(start: datetime, end: datetime, packs: Packs) -> Report:
    """Judge the decisions of [start, end) again under other packs, each on the facts that held then."""
    report = Report(start, end)
    for chunk in decisions(start, end):
        judge(chunk, packs, report, exact=False)
    return report


def what_if_draft(start: datetime, end: datetime, packs: Packs, effective_at: datetime) -> Report:
    """Judge the decisions of [start, end) again as if a draft had been in force all along; `packs` holds the draft."""
    before, on = current.packs_at(effective_at), effective_at.astimezone(start.tzinfo).date()
    return what_if(start, end, backdated(before, packs, on=on, since=start))


def before_publishing(packs: Packs, *, at: datetime, effective_at: datetime) -> dict[str, Any]:
    """Try a draft on the days before a moment."""
    return what_if_draft(at - timedelta(days=DAYS_BEFORE), at, packs, effective_at).as_json()


def decisions(start: datetime, end: datetime) -> Iterator[list[Decision]]:
    """Yield the decisions of [start, end) in the order they were made, CHUNK at a time; one query each."""
    after: tuple[datetime, int] = (start, 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DECISIONS, [start, end, *after, CHUNK])
            chunk = [Decision(*row) for row in cursor.fetchall()]
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:
            return
        after = (chunk[-1].at, chunk[-1].id)


def judge(rows: Sequence[Decision], packs: Packs, report: Report, *, exact: bool) -> None:
    """Ask again, all rows at once, and add what differs; exact also compares order, moments and the kept columns."""
    decode = msgspec.json.Decoder(Reply).decode
    answers = questions.ask_lines(QUESTION, [row.facts.encode() for row in rows], packs=packs)
    for row, answered in zip(rows, answers, strict=True):
        kept = decode(row.reply)
        # A fact or date that can no longer be judged is a difference too, and its words say why.
        now = Reply(f"{answered}", []) if isinstance(answered, Exception) else decode(answered)
        report.judged += 1
        report.other_packs += kept.pack_versions != now.pack_versions
        if differs(row, kept, now, exact=exact):
            count_change(report, row, kept, now)


def differs(row: Decision, kept: Reply, now: Reply, *, exact: bool) -> bool:
    """Say whether a decision would be another one."""
    if not exact:
        return kept.answer != now.answer or kept.spoke_against() != now.spoke_against()
    return (row.answer, kept.answer, kept.reasons, kept.earliest_at) != (
        now.answer,
        now.answer,
        now.reasons,
        now.earliest_at,
    )


def count_change(report: Report, row: Decision, kept: Reply, now: Reply) -> None:
    """Add one changed decision to the report."""
    before, after = kept.spoke_against(), now.spoke_against()
    report.changed += 1
    report.newly_refused += kept.answer != "refused" and now.answer == "refused"
    report.newly_allowed += kept.answer == "refused" and now.answer != "refused"
    report.by_rule.update(
        [(rule, "now") for rule in after - before] + [(rule, "no more") for rule in before - after]
    )
    report.by_channel[row.channel] += 1
    report.by_team[row.team] += 1
    if len(report.examples) < EXAMPLES:
        report.examples.append(example(row, kept, now, before ^ after))


def example(row: Decision, kept: Reply, now: Reply, rules: set[str]) -> dict[str, Any]:
    """Return one changed decision as plain data."""
    return {
        "decision": row.id, "at": row.at.isoformat(), "case": row.case_id, "channel": row.channel, "team": row.team,
        "kept": row.answer, "before": kept.answer, "after": now.answer, "rules": sorted(rules),
    }  # fmt: skip
