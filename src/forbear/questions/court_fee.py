"""What does a court charge for a claim, a payment order, enforcement or preservation?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import lcm
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import in_force
from forbear.money import divide_rounded, format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.periods import check_days, on_day
from forbear.questions.registry import Question

Procedure = Literal["ordinary", "simplified", "payment_order", "enforcement", "preservation"]
PROCEDURES: tuple[str, ...] = get_args(Procedure)
BANDS, PROCEDURE_TABLE = "cn/court-fee-2007/fees/bands", "cn/court-fee-2007/fees/procedures"
ROUNDING = "house/court/rounding"
MINOR_DIGITS = 2
SAFE = 2**56  # below it a sum over bands, and twice that, still fits 64 bits


class CourtFeeFacts(Facts, frozen=True):
    """What does the court charge?"""

    claim: Annotated[Amount, Meta(description="The amount claimed, enforced or preserved.")]
    procedure: Annotated[Procedure, Meta(description="What the court is asked for.")]
    settled_or_withdrawn: Annotated[
        bool, Meta(description="The suit ends by mediation or withdrawal. Default no.")
    ] = False
    as_of: Annotated[
        date | None, Meta(description="The day whose law holds. Default the first day of the newest law.")
    ] = None


@dataclass(frozen=True)
class Schedule:
    """Cumulative bands in whole numbers: edges in minor units, each rate as numerator over `scale`."""

    starts: NDArray[np.int64]  # exclusive lower edge of each band
    ends: tuple[str | None, ...]  # inclusive upper edge as written
    rates: tuple[str | None, ...]  # as written, None for a fixed fee
    numerators: NDArray[np.int64]
    fixed_minor: NDArray[np.int64]
    scale: int
    cap_minor: int | None
    cap: str
    rule: str

    def parts(self, claim_minor: NDArray[np.int64]) -> NDArray[Any]:
        """Return the share of each band in minor units times `scale`, exactly; shape (n, bands)."""
        upper = np.append(self.starts[1:], np.iinfo(np.int64).max)
        inside = np.clip(claim_minor[:, None], self.starts, upper) - self.starts
        reach = (
            int(claim_minor.max(initial=0)) * int(self.numerators.max())
            + int(self.fixed_minor.max()) * self.scale
        )
        kind = np.int64 if reach < SAFE else object  # whole numbers of any size where 64 bits could overflow
        found: NDArray[Any] = inside.astype(kind) * self.numerators.astype(kind)
        return np.asarray(found + self.fixed_minor.astype(kind) * self.scale)


def schedule(entry: Mapping[str, Any]) -> Schedule:
    """Return the bands of a pack as whole numbers."""
    bands = entry["bands"]
    rates = [Decimal(band.get("rate", "0")) for band in bands]
    scale = lcm(*(rate.as_integer_ratio()[1] for rate in rates))
    edges = [parse_minor(band["up_to"]) for band in bands[:-1]]
    cap = entry.get("cap")
    return Schedule(
        np.array([0, *edges], dtype=np.int64),
        tuple(band.get("up_to") for band in bands),
        tuple(band.get("rate") for band in bands),
        np.array([int(rate * scale) for rate in rates], dtype=np.int64),
        np.array([parse_minor(band.get("fee", "0.00")) for band in bands], dtype=np.int64),
        scale,
        None if cap is None else parse_minor(cap),
        cap or "",
        entry["rule"],
    )


@dataclass(frozen=True)
class CourtFeeAnswer:
    """`fee_minor` of shape (n,): the fee in minor units, rounded once."""

    n: int
    fee_minor: NDArray[np.int64]
    day: NDArray[np.datetime64]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.day[i].astype(object)
        procedure = self.packs.value(PROCEDURE_TABLE, on)[PROCEDURES[self.facts["procedure"][i]]]
        table = schedule(self.packs.value(BANDS, on)[procedure["bands"]])
        divisor, rules = _divisor(procedure, bool(self.facts["settled_or_withdrawn"][i]))
        parts = table.parts(self.facts["claim"][i : i + 1])[0]
        fee = format_minor(int(self.fee_minor[i]))
        exact = int(parts.sum())
        capped = table.cap_minor is not None and exact > table.cap_minor * table.scale
        results = {
            "fee": fee,
            "bands": [self._band(table, k, parts[k], i) for k in range(len(parts)) if parts[k]],
            "full_fee": _exact(exact, table.scale),
            "divisor": divisor,
            "capped": capped,
            "rounding": self.packs.value(ROUNDING, on),
        }
        reasons = [self.packs.reason(rule, on=on, lang=lang, cap=table.cap) for rule in (table.rule, *rules)]
        needs = ("as_of",) if np.isnat(self.facts["as_of"][i]) else ()
        return envelope(fee, results, reasons, on=on, packs=self.packs, needs=needs)

    def _band(self, table: Schedule, k: int, part: Any, i: int) -> dict[str, Any]:
        claim, start = int(self.facts["claim"][i]), int(table.starts[k])
        end = table.ends[k]
        inside = (claim if end is None else min(claim, parse_minor(end))) - start
        return {
            "over": format_minor(start),
            "up_to": end,
            "amount": format_minor(inside),
            "rate": table.rates[k],
            "share": _exact(part, table.scale),
        }


def _exact(scaled: Any, scale: int) -> str:
    """Write minor units times `scale` as yuan with every decimal, two at least."""
    yuan = Decimal(int(scaled)) / Decimal(scale).scaleb(MINOR_DIGITS)
    digits = max(MINOR_DIGITS, -int(yuan.normalize().as_tuple().exponent))
    return f"{yuan:.{digits}f}"


def _divisor(procedure: Mapping[str, Any], settled: bool) -> tuple[int, list[str]]:
    """Return what the full fee is divided by, and the rules that say so."""
    if not settled or "settled_divisor" not in procedure:
        return procedure["divisor"], procedure["rules"]
    divisor = max(procedure["divisor"], procedure["settled_divisor"])
    return divisor, [procedure["settled_rule"], *procedure["rules"]]


def answer(columns: Columns, *, packs: Packs, n: int) -> CourtFeeAnswer:
    """Charge n claims, each under the law of its day; raises NoLawInForce before the regulation."""
    day = on_day(columns["as_of"], packs, (BANDS, PROCEDURE_TABLE))
    packs.values(BANDS, day)  # raises, marking the rows of days without a regulation
    fee = np.zeros(n, dtype=np.int64)
    for bands, in_bands in in_force(packs, BANDS, day):
        for table, in_table in in_force(packs, PROCEDURE_TABLE, day):
            for rounding, rounded in in_force(packs, ROUNDING, day):
                _charge(fee, columns, bands, table, rounding, in_bands & in_table & rounded)
    return CourtFeeAnswer(n, fee, day, columns, packs)


def _charge(fee: Any, columns: Columns, bands: Any, table: Any, rounding: Any, held: Any) -> None:
    for code, name in enumerate(PROCEDURES):
        for settled in (False, True):
            rows = held & (columns["procedure"] == code) & (columns["settled_or_withdrawn"] == settled)
            if rows.any():
                divisor, _ = _divisor(table[name], settled)
                charged = schedule(bands[table[name]["bands"]])
                fee[rows] = _fees(charged, columns["claim"][rows], divisor, rounding)


def _fees(table: Schedule, claim_minor: NDArray[np.int64], divisor: int, rounding: Any) -> NDArray[np.int64]:
    full = table.parts(claim_minor).sum(axis=1)
    if table.cap_minor is not None:
        full = np.minimum(full, table.cap_minor * table.scale)
    return divide_rounded(full, table.scale * divisor, rounding).astype(np.int64)


def check(facts: CourtFeeFacts) -> None:
    """Raise BadFact for a day that no file can mean."""
    check_days(facts, ("as_of",))


QUESTION = Question("court_fee", "What does the court charge?", CourtFeeFacts, answer, check=check)
