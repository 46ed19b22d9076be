"""Step `scoring`: the chance that each unit pays by itself, and what each action is expected to add, in yuan."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forbear.learning import (
    Propensity,
    expected_value,
    history_features,
    history_from_tables,
    load_model,
    predict,
    uplift_policy,
)
from forbear.ledger import arrears_rule
from forbear.nightly.allocation import STAGES, stage_codes
from forbear.nightly.coded import codes_of
from forbear.nightly.day import Day
from forbear.nightly.folder import digest_of
from forbear.nightly.segment import BadPolicy
from forbear.nightly.steps import Made, Reader, Step
from forbear.nightly.strategy import actions

READS = (
    "segment/units",
    "eligibility/eligibility",
    "inputs/accounts",
    "inputs/statements",
    "inputs/entries",
)


@lru_cache(maxsize=1)
def model() -> Propensity:
    """Return the trained model that comes with Forbear, read once."""
    return load_model()


@lru_cache(maxsize=1)
def model_digest() -> str:
    """Return a digest of the model's trees and calibration."""
    found = model()
    return digest_of([found.booster.model_to_string(), found.slope, found.shift])


def run(reader: Reader, day: Day) -> Made:
    """Return p_pay and the expected incremental value of every action, net of its cost."""
    units = reader.table("segment/units", ["unit", "lead_account_id", "currency", "stage", "past_due_minor"])
    chance = _chances(reader, day, units)
    names = actions(day)
    rows = {row["stage"]: row for row in day.policy("values/uplift")}
    effects = uplift_policy([rows[stage] for stage in STAGES], day.policy("values/cost"), names)
    columns = {
        "stage": stage_codes(units["stage"]),
        "past_due_minor": np.asarray(units["past_due_minor"]),
    }
    value = expected_value(columns, chance, effects)
    table = {"unit": units["unit"], "p_pay": chance}
    table |= {f"value_{name}": np.ascontiguousarray(value[:, place]) for place, name in enumerate(names)}
    note = {"model": model().card.get("name", "propensity"), "model_digest": model_digest()[:12]}
    mean = float(np.round(chance.mean(), 6)) if chance.size else 0.0
    return Made({"scores": pa.table(table)}, units.num_rows, units.num_rows, {**note, "p_pay_mean": mean})


def _chances(reader: Reader, day: Day, units: pa.Table) -> NDArray[np.float64]:
    """Score the lead account of every unit, currency by currency, since ratios compare with a typical limit."""
    names, currency = codes_of(units["currency"])
    chance = np.zeros(units.num_rows)
    broken = np.asarray(reader.table("eligibility/eligibility", ["broken"])["broken"])
    for code, name in enumerate(names):
        rows = np.flatnonzero(currency == code)
        leads = np.asarray(units["lead_account_id"])[rows]
        order = np.argsort(leads, kind="stable")
        features = features_of(reader, day, leads[order], broken[rows][order], name)
        chance[rows[order]] = predict(model(), features)
    return chance


def features_of(
    reader: Reader, day: Day, accounts: NDArray[np.int64], broken: NDArray[np.int16], currency: str
) -> dict[str, NDArray[Any]]:
    """Return the model's features of some accounts of one currency, which must come in ascending order."""
    limits = day.policy("values/typical_limit")
    if currency not in limits:
        raise BadPolicy(f"values/typical_limit: add a typical credit limit in {currency}")
    chosen = pa.array(accounts)
    known = reader.table("inputs/accounts", ["account_id", "credit_limit_minor"])
    history = history_from_tables(
        known.filter(pc.is_in(known["account_id"], value_set=chosen)).rename_columns(
            ["account_no", "credit_limit_minor"]
        ),
        _of(reader.table("inputs/statements"), chosen),
        _of(reader.table("inputs/entries"), chosen),
        as_of=day.as_of,
        rule=arrears_rule(day.packs, day.as_of),
        typical_limit=float(limits[currency]),
    )
    return dict(history_features(history, promises_broken=broken.astype(np.float32)))


def _of(table: pa.Table, accounts: pa.Array) -> pa.Table:
    """Return the rows of some accounts, under the names the ledger knows."""
    names = {"account_id": "account_no", "entry_id": "entry_no", "reverses_id": "reverses_no"}
    kept = table.filter(pc.is_in(table["account_id"], value_set=accounts))
    return kept.rename_columns([names.get(name, name) for name in kept.column_names])


STEP = Step("scoring", "Score what each step may bring", "评分：各动作预期收益", READS, run)
