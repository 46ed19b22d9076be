"""What stands over a unit today, whatever the channel: holds, promises, agency placements, legal work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forbear.nightly.day import Day
from forbear.nightly.steps import Reader

STANDING_READS = (
    "segment/units",
    "inputs/accounts",
    "inputs/positions",
    "inputs/holds",
    "inputs/promises",
    "inputs/placements",
    "inputs/marks",
)
PROMISE_OPEN = "promise_open"
WITH_AGENCY = "with_agency"
MARK_STOPS = {"legal": "in_legal", "transferred": "transferred"}
FAILED = ("broken", "partial")


@dataclass(frozen=True, slots=True)
class Standing:
    """Per unit: the code of what stops it ("" for nothing), its holds as bits of `kinds`, and broken promises."""

    stop: pa.Array
    hold_bits: NDArray[np.int64]
    kinds: tuple[str, ...]
    broken_promises: pa.Array


def standing(reader: Reader, day: Day) -> Standing:
    """Return what stands over each unit; a hold comes first, then legal work, an agency, an open promise."""
    kinds = tuple(day.policy("day/holds_that_pause"))
    units, accounts, positions, holds, promises, placements, marks = reader.frames(*STANDING_READS)
    keys = units.select("unit", "customer_id", "product")
    bits = _column(keys, _hold_bits(day, kinds, accounts, positions, holds), "customer_id", "bits")
    promised = keys.left_join(_promises(day, promises), ["customer_id", "product"])
    promised = promised.select("unit", "open", "broken").order_by("unit").to_pyarrow()
    placed = accounts.inner_join(placements, "account_id").select("customer_id", "product").distinct()
    placed = _column(keys, placed.mutate(placed=1), ["customer_id", "product"], "placed")
    marked = marks.group_by("customer_id", "product").agg(mark=ibis._.mark.min())
    marked = (
        keys.left_join(marked, ["customer_id", "product"])
        .select("unit", "mark")
        .order_by("unit")
        .to_pyarrow()
    )
    stop = np.full(bits.size, "", dtype=object)
    stop[np.asarray(promised["open"].fill_null(0)) > 0] = PROMISE_OPEN
    stop[placed > 0] = WITH_AGENCY
    mark = marked["mark"].to_numpy()
    for name, code in MARK_STOPS.items():
        stop[mark == name] = code
    for i in reversed(range(len(kinds))):
        stop[(bits >> i & 1) == 1] = f"hold_{kinds[i]}"
    broken = pa.array(np.asarray(promised["broken"].fill_null(0)).astype(np.int16))
    return Standing(pa.array(stop, pa.string()).dictionary_encode(), bits, kinds, broken)


def _column(keys: Any, found: Any, on: str | list[str], name: str) -> NDArray[np.int64]:
    """Return one found number per unit, 0 where nothing was found."""
    joined = keys.left_join(found, on).select("unit", name).order_by("unit").to_pyarrow()
    return np.asarray(joined[name].fill_null(0)).astype(np.int64)


def _hold_bits(day: Day, kinds: tuple[str, ...], accounts: Any, positions: Any, holds: Any) -> Any:
    """Return by customer its holds as bits: a hold stops the person, whichever card it was placed for."""
    flags, codes = day.policy("day/flag_holds"), day.policy("day/block_code_holds")
    flagged = positions.filter(positions.flags != "").select(
        "account_id", flag=positions.flags.split(",").unnest()
    )
    flagged = flagged.inner_join(accounts, "account_id").select(
        "customer_id", kind=_mapped(ibis._.flag, flags)
    )
    blocked = accounts.select("customer_id", kind=_mapped(accounts.block_code, codes))
    every = holds.select("customer_id", "kind").union(flagged).union(blocked)
    every = every.filter(every.kind.isin(kinds)).distinct()
    bit = ibis.cases(*((every.kind == kind, 1 << i) for i, kind in enumerate(kinds)), else_=0)
    return every.mutate(bit=bit).group_by("customer_id").agg(bits=ibis._.bit.sum().cast("int64"))


def _mapped(column: Any, names: dict[str, str]) -> Any:
    return ibis.cases(*((column == name, kind) for name, kind in sorted(names.items())), else_="")


def _promises(day: Day, promises: Any) -> Any:
    """Count by unit the promises still open, and those that failed within the policy's window."""
    since = ibis.literal(day.as_of - timedelta(days=day.policy("promises/window_days")))
    recent = promises.state.isin(FAILED) & (promises.made_on >= since)
    judged = promises.mutate(open=(promises.state == "open").cast("int32"), broken=recent.cast("int32"))
    return judged.group_by("customer_id", "product").agg(open=ibis._.open.sum(), broken=ibis._.broken.sum())
