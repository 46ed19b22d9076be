"""Step `eligibility`: what law, holds, promises and consent allow for each unit today, channel by channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear import questions
from forbear.nightly.coded import codes_of
from forbear.nightly.day import JURISDICTION, Day
from forbear.nightly.standing import STANDING_READS, Standing, standing
from forbear.nightly.steps import Made, Reader, Step

READS = (*STANDING_READS, "inputs/customers")
# Which kinds of hold answer which fact of the question; what each fact then stops is law and policy.
HOLD_FACTS = {
    "plan": "plan_in_force",
    "dispute": "dispute_open",
    "claimed_paid": "dispute_open",
    "complaint": "complaint_open",
    "hardship": "hardship_hold",
    "incapacity": "hardship_hold",
    "emergency": "hardship_hold",
    "bankruptcy": "hardship_hold",
    "deceased": "deceased",
}
STATUSES = ("open", "no_point", "declined", "refused")
OPEN, NO_POINT, DECLINED, REFUSED = range(len(STATUSES))


def run(reader: Reader, day: Day) -> Made:
    """Return for each unit what stops it, and per action whether it may be made and if not why."""
    frame, customers = reader.frames("segment/units", "inputs/customers")
    facts = (
        frame.select("unit", "customer_id").inner_join(customers, "customer_id").order_by("unit").to_pyarrow()
    )
    found = standing(reader, day)
    people = People.of(facts, found)
    status: dict[str, NDArray[np.int8]] = {}
    rules: dict[str, pa.Array] = {}
    refused_by: dict[str, dict[str, int]] = {}
    for row in day.policy("day/channels"):
        status[row["action"]], rules[row["action"]] = _judge(day, row, people, refused_by)
    columns = {f"status_{action}": pa.array(code) for action, code in status.items()}
    columns |= {f"rules_{action}": names for action, names in rules.items()}
    table = pa.table({"unit": facts["unit"], "stop": found.stop, "broken": found.broken_promises, **columns})
    stops, codes = codes_of(table["stop"])
    counts = sorted(zip(stops, np.bincount(codes, minlength=len(stops)).tolist(), strict=True))
    note = {
        "stopped": {stop: count for stop, count in counts if stop},
        "refused_by_rule": refused_by,
        "open": {action: int((code == OPEN).sum()) for action, code in status.items()},
        "distinct_facts": int(people.first.size),
    }
    return Made({"eligibility": table}, facts.num_rows, table.num_rows, note)


class People:
    """Units grouped by the facts that may_contact looks at, so that the law is asked once per distinct set of facts.

    The question is a pure function of its row: equal rows have equal answers.
    """

    def __init__(self, facts: pa.Table, hold_bits: NDArray[np.int64], kinds: tuple[str, ...]) -> None:
        """Group the rows."""
        self.facts, self.kinds, self.hold_bits = facts, kinds, hold_bits
        zones = facts["timezone"].combine_chunks().dictionary_encode()
        hours = facts["consented_hours"].combine_chunks().dictionary_encode()
        self.zones, self.hours = zones.dictionary.to_pylist(), hours.dictionary.to_pylist()
        self.zone, self.hour = np.asarray(zones.indices), np.asarray(hours.indices)
        self.failed = np.asarray(facts["failed_in_a_row"])
        keys = [self.zone, self.hour, self.hold_bits, self.failed]
        code = np.zeros(facts.num_rows, np.int64)
        for key in keys:
            _, dense = np.unique(key, return_inverse=True)
            code = code * (int(dense.max(initial=0)) + 1) + dense
            _, code = np.unique(code, return_inverse=True)
        _, self.first, self.group = np.unique(code, return_index=True, return_inverse=True)

    @classmethod
    def of(cls, facts: pa.Table, found: Standing) -> People:
        """Group the customers of units by their facts."""
        return cls(facts, found.hold_bits, found.kinds)

    def columns(self, day: Day, at_seconds: int) -> dict[str, NDArray[Any]]:
        """Return the facts of each distinct row as columns of may_contact."""
        midnight = datetime.combine(day.law_on, datetime.min.time())
        moments = [_utc(midnight + timedelta(seconds=at_seconds), name) for name in self.zones]
        columns: dict[str, NDArray[Any]] = {
            "at": np.array(moments, "datetime64[us]")[self.zone[self.first]]
            if moments
            else np.zeros(0, "M8[us]"),
            "timezone": _objects(self.zones)[self.zone[self.first]],
            "consented_hours": _objects([windows(text) for text in self.hours])[self.hour[self.first]],
            "consecutive_failed_attempts": self.failed[self.first].astype(np.int64),
            "attempts_unanswered_today_number": np.zeros(1, np.int64),
            "effective_calls_today_debtor": np.zeros(1, np.int64),
        }
        for fact in sorted(set(HOLD_FACTS.values())):
            mask = sum(1 << i for i, kind in enumerate(self.kinds) if HOLD_FACTS[kind] == fact)
            columns[fact] = (self.hold_bits[self.first] & mask) != 0
        return columns


def windows(text: str) -> tuple[tuple[str, str], ...]:
    """Return consented hours from their JSON; none for an empty text."""
    return tuple((str(start), str(end)) for start, end in json.loads(text)) if text else ()


def _utc(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _objects(values: list[Any]) -> NDArray[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _judge(
    day: Day, row: Mapping[str, Any], people: People, refused_by: dict[str, dict[str, int]]
) -> tuple[NDArray[np.int8], pa.Array]:
    """Return for one action each unit's status and the rules that refuse it."""
    n = people.facts.num_rows
    status = np.full(n, OPEN, np.int8)
    if "channel" not in row or n == 0:
        return status, pa.array([""] * n, pa.string()).dictionary_encode()
    refused, names = _ask(day, row, people)
    status[refused[people.group]] = REFUSED
    off, codes = codes_of(people.facts["channels_off"])
    declined = np.array([row["channel"] in channels.split(",") for channels in off], np.bool_)
    status[declined[codes]] = DECLINED
    if row["point"] not in day.assume_points:
        status[~people.facts[row["point"]].to_numpy()] = NO_POINT
    counts = np.bincount(people.group, minlength=len(names))
    by_rule: dict[str, int] = {}
    for text, count in zip(names, counts.tolist(), strict=True):
        for rule in filter(None, text.split(",")):
            by_rule[rule] = by_rule.get(rule, 0) + count
    refused_by[row["action"]] = dict(sorted(by_rule.items()))
    texts = pa.array(names, pa.string()).dictionary_encode()
    return status, texts.take(pa.array(people.group))


def _ask(day: Day, row: Mapping[str, Any], people: People) -> tuple[NDArray[np.bool_], list[str]]:
    """Ask may_contact about one channel for every distinct set of facts; raises NoLawInForce."""
    seconds = day.packs.value(row["at"], day.law_on)
    columns = people.columns(day, seconds)
    for fact, value in row["facts"].items():
        columns[fact] = _objects([value]) if fact == "recording" else np.array([value])
    n = people.first.size
    fixed = {
        "jurisdiction": _objects([JURISDICTION]),
        "channel": np.array([row["channel"]]),
        "purpose": np.array(["collect"]),
    }
    answer = questions.ask_columns("may_contact", {**columns, **fixed}, packs=day.packs, n=n)
    worst = {"refused", "discouraged"} if day.policy("day/discouraged_is_refused") else {"refused"}
    refused = np.isin(answer.answers, list(worst))
    names = [""] * n
    for i in np.flatnonzero(refused):
        reasons = answer.rendered(int(i), "en")["reasons"]
        names[i] = ",".join(r["rule"] for r in reasons if r["effect"] in ("refuse", "discourage"))
    return refused, names


STEP = Step("eligibility", "Ask the law who may be contacted", "合规校验：可否联系", READS, run)
