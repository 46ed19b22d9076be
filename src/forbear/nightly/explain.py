"""Why one account got its outcome: what the ladder, the law, the score and the planner said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.learning import Reason, explain_scores
from forbear.nightly import scoring
from forbear.nightly.allocation import Capacity, day_pairs, human_actions
from forbear.nightly.day import Day
from forbear.nightly.eligibility import STATUSES
from forbear.nightly.folder import Folder, read_table
from forbear.nightly.steps import Reader
from forbear.nightly.strategy import actions
from forbear.planner import NOTHING, Certificate, Plan, Problem, explain

UNIT_TABLES = (
    "segment/units",
    "strategy/strategy",
    "eligibility/eligibility",
    "scoring/scores",
    "allocation/allocation",
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One action as it was weighed for a unit, in yuan; `reason` is the planner's, or `not_candidate` or a status."""

    action: str
    status: str  # open, no_point, declined, refused
    rules: tuple[str, ...]
    value: float
    charged: float
    net: float
    reason: str
    short_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that decided one unit."""

    unit: Mapping[str, Any]  # the row of segment/units
    stop: str
    level: int
    waiting: bool
    waited_days: int
    p_pay: float
    chosen: str
    weighed: Sequence[Weighed]
    score: Sequence[Reason]


def explain_account(folder: Folder, day: Day, account_id: int) -> Explained | None:
    """Explain the unit of an account; None where nothing of it is overdue. Raises LookupError for an unknown account."""
    book = read_table(folder.step_path("intake", "book"), ["account_id", "unit"])
    place = np.searchsorted(np.asarray(book["account_id"]), account_id)
    if place >= book.num_rows or book["account_id"][int(place)].as_py() != account_id:
        raise LookupError(f"account {account_id} is not in this run")
    unit = book["unit"][int(place)].as_py()
    tables = [_row(folder, name, unit) for name in UNIT_TABLES]
    if not tables[0].num_rows:
        return None
    units, strategy, eligibility, scores, allocation = tables
    chosen = allocation["action"][0].as_py()
    return Explained(
        unit=units.to_pylist()[0],
        stop=eligibility["stop"][0].as_py(),
        level=strategy["level"][0].as_py(),
        waiting=allocation["waiting"][0].as_py(),
        waited_days=allocation["waited_days"][0].as_py(),
        p_pay=scores["p_pay"][0].as_py(),
        chosen=chosen,
        weighed=_weighed(folder, day, tables),
        score=_score(folder, day, units, eligibility),
    )


def _row(folder: Folder, name: str, unit: int) -> pa.Table:
    table = read_table(folder.step_path(*name.split("/")))
    return table.filter(pc.equal(table["unit"], unit))


def _score(folder: Folder, day: Day, units: pa.Table, eligibility: pa.Table) -> Sequence[Reason]:
    lead, broken = np.asarray(units["lead_account_id"]), np.asarray(eligibility["broken"])
    reader = Reader(folder, scoring.READS)
    features = scoring.features_of(reader, day, lead, broken, units["currency"][0].as_py())
    return explain_scores(scoring.model(), features)[0]


def _weighed(folder: Folder, day: Day, tables: list[pa.Table]) -> list[Weighed]:
    """Put the unit back before the planner, at the prices the whole day came to."""
    units, strategy, eligibility, scores, allocation = tables
    manifest = folder.manifest("allocation")
    if manifest is None:
        raise LookupError("the allocation of this run is not complete")
    rows = manifest.note["resources"]
    limits = np.array([row["capacity"] for row in rows])
    capacity = Capacity(tuple(row["resource"] for row in rows), limits, {}, False)
    pairs = day_pairs(day, units, strategy, eligibility, scores, capacity)
    if allocation["waiting"][0].as_py():
        pairs.value[:, human_actions(day)] += manifest.note["lift"]
    names = actions(day)
    problem = Problem(pairs.value, pairs.allowed, pairs.resource, pairs.amount, limits)
    chosen = allocation["action"][0].as_py()
    found = explain(_plan(rows, names.index(chosen) if chosen else NOTHING), problem, 0)
    weighed = []
    for action, offer in zip(names, found.offers, strict=True):
        status = STATUSES[eligibility[f"status_{action}"][0].as_py()]
        candidate = strategy[f"candidate_{action}"][0].as_py()
        weighed.append(
            Weighed(
                action=action,
                status=status,
                rules=tuple(filter(None, eligibility[f"rules_{action}"][0].as_py().split(","))),
                value=float(scores[f"value_{action}"][0].as_py()),
                charged=offer.charged,
                net=offer.reduced,
                reason="not_candidate"
                if not candidate
                else status
                if status != STATUSES[0]
                else str(offer.reason),
                short_of=tuple(rows[m]["resource"] for m in offer.short_of),
            )
        )
    return weighed


def _plan(rows: Sequence[Mapping[str, Any]], chosen: int) -> Plan:
    """Return the day's plan as far as one unit needs it: prices, use, and its own action."""
    none = np.zeros(0)
    count = np.zeros(0, np.int64)
    return Plan(
        np.array([chosen], np.int8), 0.0, 0.0, 0.0, np.array([r["price"] for r in rows]), none,
        np.array([r["used"] for r in rows]), count, count, 0, count, True, "", True, Certificate(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
