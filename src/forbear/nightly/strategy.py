"""Step `strategy`: the policy ladder says which next steps are candidates for each unit, before law and capacity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.ageing import days
from forbear.nightly.day import Day
from forbear.nightly.segment import BadPolicy
from forbear.nightly.steps import Made, Reader, Step

READS = ("segment/units", "inputs/touches", "inputs/notices")
MESSAGES = ("sms", "push", "email")
NO_LEVEL = -1
FRIENDLY = 0  # the level of the reminder that comes before the first notice
LONG_AGO = np.datetime64("1900-01-01", "D")


def run(reader: Reader, day: Day) -> Made:
    """Return for each unit its candidate actions, and the notice that is due."""
    units = reader.table("segment/units", ["unit", "customer_id", "product", "dpd", "total_minor", "segment"])
    level, last_on = _notices(reader, units)
    due = _due_level(day, np.asarray(units["dpd"]), level, last_on)
    rested = _rested(reader, day, units)
    candidates = _candidates(day, units, due, rested)
    table = pa.table(
        {
            "unit": units["unit"],
            "level": pa.array(due.astype(np.int8)),
            "template": pa.DictionaryArray.from_arrays(
                pa.array(_templates_index(due)), pa.array(_templates(day))
            ),
            **{f"candidate_{action}": pa.array(mask) for action, mask in candidates.items()},
            "resting": pa.array(~rested["call"]),
        }
    )
    note = {
        "candidates": {action: int(mask.sum()) for action, mask in candidates.items()},
        "notices_due": {str(k): int((due == k).sum()) for k in range(int(due.max(initial=NO_LEVEL)) + 1)},
    }
    return Made({"strategy": table}, units.num_rows, table.num_rows, note)


def actions(day: Day) -> list[str]:
    """Return the names of the day's actions in the planner's order."""
    return [row["action"] for row in day.policy("day/channels")]


def _templates(day: Day) -> list[str]:
    return [
        "",
        day.policy("ladder/friendly_template"),
        *(row["template"] for row in day.policy("ladder/notices")),
    ]


def _templates_index(due: NDArray[np.int64]) -> NDArray[np.int8]:
    return (due + 1).astype(np.int8)


def _notices(reader: Reader, units: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    """Return the highest level sent to each unit in this spell of arrears, and when."""
    frame, sent = reader.frames("segment/units", "inputs/notices")
    joined = frame.select("unit", "customer_id", "product").inner_join(sent, ["customer_id", "product"])
    found = joined.select("unit", "level", "last_on").order_by("unit").to_pyarrow()
    level = np.full(units.num_rows, NO_LEVEL, np.int64)
    last_on = np.full(units.num_rows, LONG_AGO)
    place = np.searchsorted(np.asarray(units["unit"]), np.asarray(found["unit"]))
    level[place] = np.asarray(found["level"])
    last_on[place] = days(found["last_on"])
    return level, last_on


def _due_level(
    day: Day, dpd: NDArray[np.int32], level: NDArray[np.int64], last_on: NDArray[np.datetime64]
) -> NDArray[np.int64]:
    """Return the level that is due today; each level once, none skipped, notices some days apart."""
    rows = day.policy("ladder/notices")
    starts = np.array([row["from_dpd"] for row in rows])
    if (np.diff(starts) <= 0).any() or [row["level"] for row in rows] != list(range(1, len(rows) + 1)):
        raise BadPolicy("ladder/notices: number the levels 1, 2, ... with growing from_dpd")
    following = np.maximum(level, FRIENDLY) + 1
    reached = following <= len(rows)
    from_dpd = starts[np.minimum(following, len(rows)) - 1]
    spaced = (np.datetime64(day.as_of, "D") - last_on).astype(np.int64) >= day.policy(
        "ladder/notice_gap_days"
    )
    notice = reached & (dpd >= from_dpd) & (spaced | (level <= FRIENDLY))
    friendly = (level == NO_LEVEL) & (dpd >= day.policy("ladder/friendly_from_dpd")) & (dpd < starts[0])
    return np.where(notice, following, np.where(friendly, FRIENDLY, NO_LEVEL))


def _rested(reader: Reader, day: Day, units: pa.Table) -> dict[str, NDArray[np.bool_]]:
    """Say for each action whether its rest since it was last made to the customer is over."""
    rest = day.policy("ladder/rest_days")
    frame, touches = reader.frames("segment/units", "inputs/touches")
    joined = frame.select("unit", "customer_id").inner_join(touches, "customer_id")
    found = joined.select("unit", "channel", "last_on").order_by("unit", "channel").to_pyarrow()
    place = np.searchsorted(np.asarray(units["unit"]), np.asarray(found["unit"]))
    since = (np.datetime64(day.as_of, "D") - days(found["last_on"])).astype(np.int64)
    channel = found["channel"].to_numpy()
    rested = {}
    for row in day.policy("day/channels"):
        action = row["action"]
        rested[action] = np.ones(units.num_rows, np.bool_)
        made = channel == row.get("channel", action)
        rested[action][place[made]] = since[made] >= rest.get(action, 0)
    return rested


def _candidates(
    day: Day, units: pa.Table, due: NDArray[np.int64], rested: dict[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.bool_]]:
    """Return by action which units it is a candidate for."""
    segment = units["segment"].combine_chunks()
    names = segment.dictionary.to_pylist()
    wanted = {row["segment"]: row["actions"] for row in day.policy("ladder/candidates")}
    if missing := [name for name in names if name not in wanted]:
        raise BadPolicy(f"ladder/candidates: add a row for segment {missing[0]}")
    code = np.asarray(segment.indices)
    found = {}
    for action in actions(day):
        of_segment = (
            np.array([action in wanted[name] for name in names])[code] if names else np.zeros(0, np.bool_)
        )
        found[action] = of_segment & rested[action] & _stage_allows(day, action, units, due)
    return found


def _stage_allows(day: Day, action: str, units: pa.Table, due: NDArray[np.int64]) -> NDArray[np.bool_]:
    total = np.asarray(units["total_minor"])
    if action in MESSAGES:
        by_level = [action in row["channels"] for row in day.policy("ladder/notices")]
        return np.array([False, True, *by_level])[due + 1]
    if action == "visit":
        return total >= day.policy.minor("ladder/visit_from_total")
    if action == "legal":
        late = np.asarray(units["dpd"]) >= day.policy("ladder/legal_from_dpd")
        return np.asarray(late & (total >= day.policy.minor("ladder/legal_from_total")), dtype=np.bool_)
    return np.ones(total.size, np.bool_)


STEP = Step("strategy", "Ask the ladder for next steps", "按策略阶梯列出候选动作", READS, run)


def candidate_columns(table: pa.Table, day: Day) -> dict[str, NDArray[Any]]:
    """Return the candidate masks of a strategy table by action."""
    return {action: table[f"candidate_{action}"].to_numpy() for action in actions(day)}
