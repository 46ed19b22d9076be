"""Step `allocation`: share out collector minutes, messages, visits and legal slots by the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.ageing import days
from forbear.nightly.coded import codes_of, where_word
from forbear.nightly.day import MINOR_A_UNIT, Day
from forbear.nightly.eligibility import OPEN
from forbear.nightly.steps import Made, Reader, Step
from forbear.nightly.strategy import MESSAGES, NO_LEVEL, actions
from forbear.planner import NOTHING, Plan, Problem, allocate

READS = (
    "segment/units",
    "strategy/strategy",
    "eligibility/eligibility",
    "scoring/scores",
    "inputs/touches",
    "inputs/staff",
)
STAGES = ("early", "middle", "late")
ONE = 1.0


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a day can carry: resource names, their amounts, and how many collectors stand behind the minutes."""

    names: tuple[str, ...]
    amounts: NDArray[np.float64]
    collectors: Mapping[str, int]
    assumed: bool  # no staff is on the list, so the planned headcount of policy stands in


@dataclass(frozen=True, slots=True)
class Asked:
    """The planner's problem; `waiting` marks who is promised a human contact, which counts for `lift` yuan more."""

    problem: Problem
    waiting: NDArray[np.bool_]
    lift: float


class ForgottenCustomer(RuntimeError):
    """Somebody who waits longest did not get the human contact that was promised."""


def run(reader: Reader, day: Day) -> Made:
    """Return the chosen action of each unit, with prices, bound and use of every resource in the note."""
    units, strategy, eligibility, scores = (reader.table(name) for name in READS[:4])
    capacity = day_capacity(day, reader.table("inputs/staff"))
    waited = waiting_days(reader, day, units)
    asked = build_problem(day, units, strategy, eligibility, scores, capacity, waited)
    plan = allocate(asked.problem, seed=day.seed)
    value = _chosen_value(day, asked, plan)
    names = pa.array(["", *actions(day)])
    table = pa.table(
        {
            "unit": units["unit"],
            "action": pa.DictionaryArray.from_arrays(pa.array((plan.action + 1).astype(np.int8)), names),
            "waiting": pa.array(asked.waiting),
            "waited_days": pa.array(waited.astype(np.int32)),
            "value": pa.array(value),
            "gains": pa.array((asked.problem.allowed & (asked.problem.value > 0)).any(axis=1)),
        }
    )
    return Made(
        {"allocation": table},
        units.num_rows,
        int((plan.action != NOTHING).sum()),
        _note(plan, capacity, asked, value),
    )


def day_capacity(day: Day, staff: pa.Table) -> Capacity:
    """Return what the day can carry, from policy and the staff list."""
    groups = staff["skill_group"].to_pylist()
    assumed = not any(group in STAGES for group in groups)
    planned = day.policy("capacity/planned_collectors")
    heads = {stage: planned[stage] if assumed else groups.count(stage) for stage in STAGES}
    minutes, messages = day.policy("capacity/minutes_a_collector"), day.policy("capacity/messages")
    cities = day.policy("capacity/visit_slots")
    amounts = {f"minutes_{stage}": heads[stage] * minutes for stage in STAGES}
    amounts |= dict(messages) | {"legal": day.policy("capacity/legal_slots")}
    amounts |= {f"visit_{city}": slots for city, slots in cities.items()}
    return Capacity(tuple(amounts), np.array([*amounts.values()], np.float64), heads, assumed)


def waiting_days(reader: Reader, day: Day, units: pa.Table) -> NDArray[np.int64]:
    """Count the days since a person last tried to reach each customer, or since the due date if nobody has."""
    human = [row["channel"] for row in day.policy("day/channels") if row["human"] and "channel" in row]
    frame, touches = reader.frames("segment/units", "inputs/touches")
    last = (
        touches.filter(touches.channel.isin(human)).group_by("customer_id").agg(last_on=ibis._.last_on.max())
    )
    joined = frame.left_join(last, "customer_id")
    since = ibis.coalesce(joined.last_on, joined.due_on)
    found = joined.select("unit", since=since).order_by("unit").to_pyarrow()
    return (np.datetime64(day.as_of, "D") - days(found["since"])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What the planner may do with each unit: worth, lawful pairs and what each pair uses; all of shape (n, actions)."""

    value: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    resource: NDArray[np.int8]
    amount: NDArray[np.float32]


def build_problem(
    day: Day,
    units: pa.Table,
    strategy: pa.Table,
    eligibility: pa.Table,
    scores: pa.Table,
    capacity: Capacity,
    waited: NDArray[np.int64],
) -> Asked:
    """Return what the planner is asked."""
    pairs = day_pairs(day, units, strategy, eligibility, scores, capacity)
    waiting = _waiting(day, units, pairs.allowed[:, actions(day).index("call")], waited, capacity)
    lift = _lift(pairs.value, pairs.allowed)
    pairs.value[np.ix_(waiting, human_actions(day))] += lift
    problem = Problem(pairs.value, pairs.allowed, pairs.resource, pairs.amount, capacity.amounts)
    return Asked(problem, waiting, lift)


def human_actions(day: Day) -> NDArray[np.bool_]:
    """Mark the actions in which a person meets the debtor."""
    return np.array([row["human"] and "channel" in row for row in day.policy("day/channels")])


def day_pairs(
    day: Day, units: pa.Table, strategy: pa.Table, eligibility: pa.Table, scores: pa.Table, capacity: Capacity
) -> Pairs:
    """Return worth, legality and use of every action for every unit, without the lift of those who wait."""
    names = actions(day)
    n = units.num_rows
    allowed, value = np.zeros((n, len(names)), np.bool_), np.zeros((n, len(names)))
    resource, amount = np.full((n, len(names)), -1, np.int8), np.ones((n, len(names)), np.float32)
    free = where_word(eligibility["stop"], "")
    owed = np.asarray(strategy["level"]) != NO_LEVEL
    worth_min = day.policy.minor("ladder/notice_worth_min") / MINOR_A_UNIT
    for a, action in enumerate(names):
        resource[:, a], amount[:, a] = _use(day, action, units, capacity)
        open_ = np.asarray(eligibility[f"status_{action}"]) == OPEN
        allowed[:, a] = strategy[f"candidate_{action}"].to_numpy() & open_ & free & (resource[:, a] >= 0)
        value[:, a] = np.asarray(scores[f"value_{action}"])
        if action in MESSAGES:
            value[:, a] = np.where(owed, np.maximum(value[:, a], worth_min), value[:, a])
    return Pairs(value, allowed, resource, amount)


def _lift(value: NDArray[np.float64], allowed: NDArray[np.bool_]) -> float:
    """Return more than any action is worth: what a promised human contact counts for in the plan."""
    return float(np.ceil(np.abs(value[allowed]).max(initial=0.0))) + ONE


def _use(
    day: Day, action: str, units: pa.Table, capacity: Capacity
) -> tuple[NDArray[np.int8], NDArray[np.float32] | float]:
    """Return for each unit which resource an action draws on, and how much."""
    n = units.num_rows
    place = {name: index for index, name in enumerate(capacity.names)}
    if action == "call":
        minutes = day.policy("capacity/minutes_an_action")
        index = np.array([place[f"minutes_{name}"] for name in STAGES], np.int8)
        code = stage_codes(units["stage"])
        return index[code], np.array([minutes[name] for name in STAGES], np.float32)[code]
    if action == "visit":
        city = units["city"].combine_chunks().dictionary_encode()
        slots = np.array([place.get(f"visit_{name}", -1) for name in city.dictionary.to_pylist()], np.int8)
        return (slots[np.asarray(city.indices)] if n else np.zeros(0, np.int8)), ONE
    return np.full(n, place[action], np.int8), ONE


def stage_codes(stage: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return for each unit the index of its stage in STAGES."""
    words, codes = codes_of(stage)
    return np.array([STAGES.index(word) for word in words], np.int64)[codes] if words else codes


def _waiting(
    day: Day, units: pa.Table, reachable: NDArray[np.bool_], waited: NDArray[np.int64], capacity: Capacity
) -> NDArray[np.bool_]:
    """Mark the longest waiting units of each stage, all of which must get a human contact today.

    As many as the kept share of the stage's minutes can serve: so everybody's turn comes, oldest first. A floor "so
    many of those who wait" would be weaker: the planner would choose the most valuable of them every day.
    """
    stage = stage_codes(units["stage"])
    promised = np.zeros(units.num_rows, np.bool_)
    minutes, share = day.policy("capacity/minutes_an_action"), day.policy("capacity/waiting_share")
    late = reachable & (waited >= day.policy("capacity/waiting_days_max"))
    for g, name in enumerate(STAGES):
        kept = int(int(capacity.amounts[g]) * share / minutes[name])
        rows = np.flatnonzero(late & (stage == g))
        promised[rows[np.argsort(-waited[rows], kind="stable")[:kept]]] = True
    return promised


def _chosen_value(day: Day, asked: Asked, plan: Plan) -> NDArray[np.float64]:
    """Return what each chosen action is worth, without the lift; raises ForgottenCustomer."""
    problem = asked.problem
    human = np.append(human_actions(day), False)
    served = human[plan.action]
    if missed := int((asked.waiting & ~served).sum()):
        raise ForgottenCustomer(
            f"{missed} of {int(asked.waiting.sum())} who wait longest got no human contact"
        )
    value = problem.value[np.arange(problem.n), np.maximum(plan.action, 0)] if problem.n else np.zeros(0)
    return np.where(plan.action == NOTHING, 0.0, value - np.where(asked.waiting, asked.lift, 0.0))


def _note(plan: Plan, capacity: Capacity, asked: Asked, value: NDArray[np.float64]) -> dict[str, Any]:
    used = [
        {
            "resource": name,
            "capacity": float(limit),
            "used": round(float(use), 3),
            "price": round(float(price), 6),
        }
        for name, limit, use, price in zip(
            capacity.names, capacity.amounts, plan.use, plan.price, strict=True
        )
    ]
    # Every plan that serves those who wait is worth `lift` more for each of them, so the bound comes down by as much.
    bound, objective = plan.bound - asked.lift * int(asked.waiting.sum()), float(value.sum())
    return {
        "resources": used,
        "collectors": dict(capacity.collectors),
        "collectors_assumed": capacity.assumed,
        "waiting_promised": int(asked.waiting.sum()),
        "lift": asked.lift,
        "objective": round(objective, 2),
        "bound": round(bound, 2),
        "gap": max(0.0, (bound - objective) / bound) if bound > 0 else 0.0,
        "method": plan.method,
        "certain": plan.certain,
    }


STEP = Step("allocation", "Share out capacity", "在产能内分配动作", READS, run)
