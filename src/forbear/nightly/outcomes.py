"""From what stops, allows and was allotted to one outcome and one reason per unit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.day import Day
from forbear.nightly.eligibility import DECLINED, NO_POINT, OPEN, REFUSED
from forbear.nightly.steps import Reader
from forbear.nightly.strategy import MESSAGES, NO_LEVEL, actions, candidate_columns

HOLD, WAIT, REFUSAL = "hold", "wait", "refused"
HOLD_PREFIX = "hold_"
LETTER_TEMPLATE = "letter"


def unit_outcomes(reader: Reader, day: Day) -> pa.Table:
    """Return the units with outcome, reason, rules, band, message template, p_pay and value."""
    units = reader.table("segment/units")
    strategy, eligibility = reader.table("strategy/strategy"), reader.table("eligibility/eligibility")
    scores, allocation = reader.table("scoring/scores"), reader.table("allocation/allocation")
    action = allocation["action"].to_numpy().astype(str)
    waiting, level = allocation["waiting"].to_numpy(), np.asarray(strategy["level"])
    broken = np.asarray(eligibility["broken"]) > 0
    band = _bands(day, units, broken, waiting, np.asarray(allocation["waited_days"]))
    outcome, reason, rules = _nothing(day, units, strategy, eligibility, allocation["gains"].to_numpy())
    chosen = action != ""
    outcome[chosen] = action[chosen]
    rules[chosen] = ""
    notice = np.where(level > 0, np.char.add("notice_", level.astype(str)), "friendly")
    reason[chosen] = np.where(waiting, "waiting", "best_value")[chosen]
    reason[action == "call"] = band[action == "call"]
    reason[action == "legal"] = "legal_review"
    messages = np.isin(action, MESSAGES) & (level != NO_LEVEL)
    reason[messages] = notice[messages]
    template = np.where(messages, strategy["template"].to_numpy().astype(str), "")
    template[action == "letter"] = LETTER_TEMPLATE
    columns = {
        "outcome": outcome, "reason": reason, "rules": rules, "band": band, "message": template,
        "p_pay": scores["p_pay"], "value": allocation["value"], "level": strategy["level"],
        "waited_days": allocation["waited_days"],
    }  # fmt: skip
    for name, column in columns.items():
        array = (
            column
            if isinstance(column, pa.ChunkedArray)
            else pa.array(column, pa.string()).dictionary_encode()
        )
        units = units.append_column(name, array)
    return units


def _bands(
    day: Day,
    units: pa.Table,
    broken: NDArray[np.bool_],
    waiting: NDArray[np.bool_],
    waited: NDArray[np.int32],
) -> NDArray[np.object_]:
    """Return the queue band of each unit: the first in policy's order that fits."""
    fits = {
        "broken_promise": broken,
        "waiting": waiting,
        "high_value": np.asarray(units["past_due_minor"]) >= day.policy.minor("capacity/high_value_from"),
        "fresh": waited <= day.policy("capacity/fresh_days"),
    }
    band = np.full(units.num_rows, "best_value", dtype=object)
    for name in reversed(day.policy("capacity/bands")):
        if name in fits:
            band[fits[name]] = name
    return band


def _nothing(
    day: Day, units: pa.Table, strategy: pa.Table, eligibility: pa.Table, gains: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Return outcome, reason and rules of each unit as if no action were chosen."""
    n = units.num_rows
    candidates = candidate_columns(strategy, day)
    status = {action: np.asarray(eligibility[f"status_{action}"]) for action in actions(day)}
    any_candidate = np.logical_or.reduce([*candidates.values(), np.zeros(n, np.bool_)])

    def some(code: int) -> NDArray[np.bool_]:
        return np.logical_or.reduce(
            [*(candidates[a] & (status[a] == code) for a in candidates), np.zeros(n, np.bool_)]
        )

    outcome, reason = np.full(n, WAIT, dtype=object), np.full(n, "no_capacity", dtype=object)
    open_, refused = some(OPEN), some(REFUSED)
    reason[open_ & ~gains] = "no_gain"
    shut = any_candidate & ~open_
    reason[shut & some(NO_POINT)] = "no_contact_point"
    reason[shut & some(DECLINED)] = "declined"
    reason[shut & refused], outcome[shut & refused] = "law", REFUSAL
    friendly = np.asarray(units["dpd"]) < day.policy("ladder/friendly_from_dpd")
    reason[~any_candidate] = np.where(friendly, "first_days", "resting")[~any_candidate]
    rules = _rules(eligibility, candidates, status, shut & refused)
    stop = eligibility["stop"].to_numpy().astype(str)
    stopped = stop != ""
    reason[stopped] = stop[stopped]
    outcome[stopped] = np.where(np.char.startswith(stop, HOLD_PREFIX), HOLD, WAIT)[stopped]
    held = np.char.startswith(stop, HOLD_PREFIX)
    rules[stopped] = ""
    rules[held] = _rules(eligibility, {a: np.ones(n, np.bool_) for a in candidates}, status, held)[held]
    return outcome, reason, rules


def _rules(
    eligibility: pa.Table,
    candidates: dict[str, NDArray[np.bool_]],
    status: dict[str, NDArray[np.int8]],
    wanted: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Return the rules that refused any candidate of the wanted units, comma-separated, each once, in order."""
    rules = np.full(wanted.size, "", dtype=object)
    rows = np.flatnonzero(wanted)
    spoken = [
        (eligibility[f"rules_{a}"].to_numpy()[rows], (candidates[a] & (status[a] == REFUSED))[rows])
        for a in candidates
    ]
    memory: dict[tuple[str, ...], str] = {}
    for place, row in enumerate(rows.tolist()):
        key = tuple(texts[place] for texts, speaks in spoken if speaks[place])
        if key not in memory:
            memory[key] = ",".join(dict.fromkeys(rule for text in key for rule in text.split(",") if rule))
        rules[row] = memory[key]
    return rules
