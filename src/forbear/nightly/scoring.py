"""Step `scoring`: the chance that each unit pays by itself, and what each action is expected to add, in yuan."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forbear.nightly.allocation import STAGES, stage_codes
from forbear.nightly.day import MINOR_A_UNIT, Day
from forbear.nightly.steps import Made, Reader, Step
from forbear.nightly.strategy import actions

READS = ("segment/units",)


def run(reader: Reader, day: Day) -> Made:
    """Return p_pay and the expected incremental value of every action, net of its cost."""
    units = reader.table("segment/units")
    stage = stage_codes(units["stage"].to_numpy())
    rows = {row["stage"]: row for row in day.policy("values/uplift")}
    cost = day.policy("values/cost")
    owed = np.asarray(units["past_due_minor"]) / MINOR_A_UNIT
    columns = {"unit": units["unit"], "p_pay": np.array([float(rows[s]["base"]) for s in STAGES])[stage]}
    for action in actions(day):
        uplift = np.array([float(rows[name][action]) for name in STAGES])[stage]
        columns[f"value_{action}"] = uplift * owed - float(cost[action])
    return Made(
        {"scores": pa.table(columns)}, units.num_rows, units.num_rows, {"model": "expert prior of the house"}
    )


STEP = Step("scoring", "Score what each step may bring", "评分：各动作预期收益", READS, run)
