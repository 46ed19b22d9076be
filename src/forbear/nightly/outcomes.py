"""From what stops, allows and was allotted to one outcome and one reason per unit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.coded import Coded, Mask, codes_of, where_word
from forbear.nightly.day import Day
from forbear.nightly.eligibility import DECLINED, NO_POINT, OPEN, REFUSED
from forbear.nightly.steps import Reader
from forbear.nightly.strategy import MESSAGES, NO_LEVEL, actions, candidate_columns

HOLD, WAIT, REFUSAL = "hold", "wait", "refused"
HOLD_PREFIX = "hold_"
LETTER_TEMPLATE = "letter"
FRIENDLY = "friendly"


def unit_outcomes(reader: Reader, day: Day) -> pa.Table:
    """Return the units with outcome, reason, rules, band, message template, p_pay and value."""
    units = reader.table("segment/units")
    strategy, eligibility = reader.table("strategy/strategy"), reader.table("eligibility/eligibility")
    scores, allocation = reader.table("scoring/scores"), reader.table("allocation/allocation")
    names, action = codes_of(allocation["action"])
    waiting, level = allocation["waiting"].to_numpy(), np.asarray(strategy["level"])
    band = _bands(
        day, units, np.asarray(eligibility["broken"]) > 0, waiting, np.asarray(allocation["waited_days"])
    )
    outcome, reason, rules = _nothing(day, units, strategy, eligibility, allocation["gains"].to_numpy())
    chosen = ~where_word(allocation["action"], "")
    outcome.take_over(chosen, names, action)
    rules.put(chosen, "")
    reason.put(chosen & waiting, "waiting")
    reason.put(chosen & ~waiting, "best_value")
    called = where_word(allocation["action"], "call")
    reason.take_over(called, list(band.words), band.code)
    reason.put(where_word(allocation["action"], "legal"), "legal_review")
    noticed = where_word(allocation["action"], *MESSAGES) & (level != NO_LEVEL)
    for each in np.unique(level[noticed]).tolist():
        reason.put(noticed & (level == each), f"notice_{each}" if each else FRIENDLY)
    template = Coded(units.num_rows, "")
    template.take_over(noticed, *codes_of(strategy["template"]))
    template.put(where_word(allocation["action"], "letter"), LETTER_TEMPLATE)
    columns = {
        "outcome": outcome.arrow(), "reason": reason.arrow(), "rules": rules.arrow(), "band": band.arrow(),
        "message": template.arrow(), "p_pay": scores["p_pay"], "value": allocation["value"],
        "level": strategy["level"], "waited_days": allocation["waited_days"],
    }  # fmt: skip
    for name, column in columns.items():
        units = units.append_column(name, column)
    return units


def _bands(day: Day, units: pa.Table, broken: Mask, waiting: Mask, waited: NDArray[np.int32]) -> Coded:
    """Return the queue band of each unit: the first in policy's order that fits."""
    fits = {
        "broken_promise": broken,
        "waiting": waiting,
        "high_value": np.asarray(units["past_due_minor"]) >= day.policy.minor("capacity/high_value_from"),
        "fresh": waited <= day.policy("capacity/fresh_days"),
    }
    band = Coded(units.num_rows, "best_value")
    for name in reversed(day.policy("capacity/bands")):
        if name in fits:
            band.put(fits[name], name)
    return band


def _nothing(
    day: Day, units: pa.Table, strategy: pa.Table, eligibility: pa.Table, gains: Mask
) -> tuple[Coded, Coded, Coded]:
    """Return outcome, reason and rules of each unit as if no action were chosen."""
    n = units.num_rows
    candidates = candidate_columns(strategy, day)
    status = {action: np.asarray(eligibility[f"status_{action}"]) for action in actions(day)}
    none = np.zeros(n, np.bool_)
    any_candidate = np.logical_or.reduce([*candidates.values(), none])

    def some(code: int) -> Mask:
        found: Mask = np.logical_or.reduce([*(candidates[a] & (status[a] == code) for a in candidates), none])
        return found

    outcome, reason = Coded(n, WAIT), Coded(n, "no_capacity")
    open_ = some(OPEN)
    shut = any_candidate & ~open_
    refused = shut & some(REFUSED)
    reason.put(open_ & ~gains, "no_gain")
    reason.put(shut & some(NO_POINT), "no_contact_point")
    reason.put(shut & some(DECLINED), "declined")
    reason.put(refused, "law")
    outcome.put(refused, REFUSAL)
    early = np.asarray(units["dpd"]) < day.policy("ladder/friendly_from_dpd")
    reason.put(~any_candidate & early, "first_days")
    reason.put(~any_candidate & ~early, "resting")
    stops, stop = codes_of(eligibility["stop"])
    stopped = ~where_word(eligibility["stop"], "")
    held = where_word(eligibility["stop"], *(name for name in stops if name.startswith(HOLD_PREFIX)))
    reason.take_over(stopped, stops, stop)
    outcome.put(stopped, WAIT)
    outcome.put(held, HOLD)
    spoke = {action: status[action] == REFUSED for action in status}
    asked = {action: spoke[action] & np.where(held, True, candidates[action] & ~stopped) for action in status}
    return outcome, reason, _rules(eligibility, asked, held | (refused & ~stopped))


def _rules(eligibility: pa.Table, asked: dict[str, Mask], wanted: Mask) -> Coded:
    """Return the rules that refused the asked actions of the wanted units, comma-separated, each once, in order."""
    rules = Coded(wanted.size, "")
    rows = np.flatnonzero(wanted)
    if not rows.size:
        return rules
    vocabularies, columns = [], []
    for action, speaks in asked.items():
        words, codes = codes_of(eligibility[f"rules_{action}"])
        vocabularies.append(words)
        columns.append(np.where(speaks[rows], codes[rows], -1))
    distinct, group = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    texts = []
    for combination in distinct.tolist():
        said = [v[c] for v, c in zip(vocabularies, combination, strict=True) if c >= 0]
        texts.append(",".join(dict.fromkeys(rule for text in said for rule in text.split(",") if rule)))
    spread = np.zeros(wanted.size, np.int64)
    spread[rows] = group.reshape(-1)
    rules.take_over(wanted, texts, spread)
    return rules
