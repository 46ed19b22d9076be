"""Is a charge on a card lawful on its day? Which rule bars it, which only warns, and by how much it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import in_force
from forbear.money import divide_rounded, format_minor
from forbear.packs import NoLawInForce, PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.periods import check_days
from forbear.questions.registry import Question

Kind = Literal["interest", "late_fee", "default_charge", "over_limit_fee", "interest_on_fees", "total"]
KINDS: tuple[str, ...] = get_args(Kind)
RESULTS = ("lawful", "warn", "unlawful")
RESULT_OF = {
    "note": RESULTS.index("lawful"),
    "discourage": RESULTS.index("warn"),
    "presume": RESULTS.index("warn"),
    "refuse": RESULTS.index("unlawful"),
}
DAYS_A_YEAR = "house/charges/days_a_year"
MAIN = {"daily_rate": "daily_rate", "annual_rate": "daily_rate", "charges_a_year": "total_charges", "charges_to_principal": "total_charges"}  # fmt: skip
INPUTS = {"daily_rate": (), "annual_rate": (), "charges_a_year": ("principal", "days"), "charges_to_principal": ("principal",)}  # fmt: skip
ANNUAL_DIGITS = 4  # decimals of a rate shown for reading; comparisons are exact
Mask = NDArray[np.bool_]
Rate = Annotated[str, Meta(pattern=r"^[0-9](\.[0-9]{1,10})?$", description='A rate such as "0.0005".')]
Days = Annotated[int, Meta(ge=1, le=40_000)]


class ChargesLawfulFacts(Facts, frozen=True):
    """Is this charge lawful? A total is looked at whatever the kind, wherever it is given."""

    kind: Annotated[Kind, Meta(description="What is charged; `total` is all charges together.")]
    on: Annotated[date, Meta(description="The day the charge is billed for; its law holds.")]
    daily_rate: Annotated[Rate | None, Meta(description="Rate a day. Default not known.")] = None
    principal: Annotated[Amount | None, Meta(description="Principal charged on. Default not known.")] = None
    total_charges: Annotated[
        Amount | None, Meta(description="Interest, fees and default charges together. Default not known.")
    ] = None
    days: Annotated[Days | None, Meta(description="Days the total ran for. Default not known.")] = None
    terms_explained: Annotated[
        bool | None, Meta(description="Were the terms pointed out and explained? Default not known.")
    ] = None
    annualised_shown: Annotated[
        bool | None, Meta(description="Was the annualised rate shown? Default not known.")
    ] = None


@dataclass(frozen=True)
class Quantity:
    """A fact to compare with a limit, as whole numbers of any size; unknown where `known` is false."""

    numerator: NDArray[np.object_]
    denominator: NDArray[np.object_]
    known: Mask


@dataclass(frozen=True)
class ChargesLawfulAnswer:
    """`code` of shape (n,) indexes RESULTS; `applies` and `broken` by rule, shape (n,) each."""

    n: int
    code: NDArray[np.int8]
    applies: Mapping[str, Mask]
    broken: Mapping[str, Mask]
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.facts["on"][i].astype(object)
        rules = [self.packs.rules[name] for name, rows in self.applies.items() if rows[i]]
        reasons, needs, over = [], set(), []
        for rule in rules:
            limit = self._limit(rule, on)
            if self.broken[rule.id][i] or not rule.breach:
                reasons.append(self.packs.reason(rule.id, on=on, lang=lang, limit=limit))
                over += self._over(rule, i, on) if self.broken[rule.id][i] else []
            elif missing := self._missing(rule, i):
                needs.update(missing)
            elif rule.show_kept:
                reasons.append(self.packs.reason(rule.id, on=on, effect="permit", lang=lang, limit=limit))
        result = RESULTS[self.code[i]]
        results = {"annual_rate": self._annual(i, on), "over": over}
        return envelope(result, results, reasons, on=on, packs=self.packs, needs=sorted(needs))

    def _limit(self, rule: Rule, on: date) -> str:
        for test in rule.breach.values():
            if isinstance(test, dict):
                return str(self.packs.value(next(iter(test.values())), on))
        return ""

    def _over(self, rule: Rule, i: int, on: date) -> list[dict[str, str]]:
        """Return by how much a total exceeds its line: the line rounded once, to the cent."""
        name, test = next(iter(rule.breach.items()), ("", {}))
        if MAIN.get(name) != "total_charges":
            return []
        limit = self.packs.value(test["over"], on)  # type: ignore[index]  # a row of the pack's table
        parts, whole = limit.as_integer_ratio()
        line = int(self.facts["principal"][i]) * parts
        if name == "charges_a_year":
            line, whole = line * int(self.facts["days"][i]), whole * self.packs.value(DAYS_A_YEAR, on)
        line_minor = int(divide_rounded(np.array([line], dtype=object), whole)[0])
        excess = int(self.facts["total_charges"][i]) - line_minor
        return [
            {
                "rule": rule.id,
                "limit": str(limit),
                "line": format_minor(line_minor),
                "excess": format_minor(excess),
            }
        ]

    def _missing(self, rule: Rule, i: int) -> list[str]:
        """Name the facts without which a rule cannot be judged; a total nobody asked about is not missed."""
        (name, _), *_ = rule.breach.items()
        if name not in MAIN:
            return [name] if self.facts[name][i] == UNKNOWN else []
        wanted = (MAIN[name], *INPUTS[name])
        missing = [fact for fact in wanted if not _given(self.facts[fact][i])]
        asked = MAIN[name] not in missing or self.facts["kind"][i] == KINDS.index("total")
        return missing if asked or MAIN[name] == "daily_rate" else []

    def _annual(self, i: int, on: date) -> str | None:
        rate = self.facts["daily_rate"][i]
        if rate is None:
            return None
        yearly = (Decimal(rate) * self.packs.value(DAYS_A_YEAR, on)).normalize()
        digits = max(ANNUAL_DIGITS, -int(yearly.as_tuple().exponent))
        return f"{yearly:.{digits}f}"


def _given(value: Any) -> bool:
    return value is not None and (isinstance(value, str) or int(value) != UNKNOWN)


def answer(columns: Columns, *, packs: Packs, n: int) -> ChargesLawfulAnswer:
    """Judge n charges, each under the law of its day; raises NoLawInForce where no rule of its kind was in force."""
    on = columns["on"]
    quantities = _quantities(columns, packs, on)
    applies, broken = {}, {}
    code = np.zeros(n, dtype=np.int8)
    for rule in packs.rules_of("charges_lawful", ("cn", "house")):
        rows = (on >= np.datetime64(rule.starts_on)) & (on <= np.datetime64(rule.until or date.max))
        if "kind" in rule.applies:
            rows &= np.isin(columns["kind"], [KINDS.index(kind) for kind in rule.applies["kind"]])
        applies[rule.id] = rows
        broken[rule.id] = found = rows & _breaks(rule, columns, quantities, packs)
        code[found] = np.maximum(code[found], RESULT_OF[rule.effect])
    _refuse_without_law(applies, on, n)
    return ChargesLawfulAnswer(n, code, applies, broken, columns, packs)


def _refuse_without_law(applies: Mapping[str, Mask], on: NDArray[np.datetime64], n: int) -> None:
    missing = ~np.logical_or.reduce([np.zeros(n, dtype=bool), *applies.values()])
    if missing.any():

        def of_row(i: int) -> NoLawInForce:
            return NoLawInForce(
                gettext_noop("no rule on this kind of charge is in force on %(day)s"), day=on[i]
            )

        raise NoLawInForce.of_rows(of_row, missing)


def _breaks(rule: Rule, columns: Columns, quantities: Mapping[str, Quantity], packs: Packs) -> Mask:
    """Say where a breach holds for certain; a rule without one is broken wherever it applies, unless it only notes."""
    found = np.ones(columns["on"].shape, dtype=bool)
    for name, test in rule.breach.items():
        if isinstance(test, bool):
            found &= columns[name] == test
        elif name in quantities:
            found &= _beyond(quantities[name], test, columns["on"], packs)
        else:
            raise PackError(
                gettext_noop("%(rule)s: breach %(name)r is unknown; use a flag or one of %(known)s"),
                rule=rule.id,
                name=name,
                known=", ".join(MAIN),
            )
    return found


def _beyond(quantity: Quantity, test: Mapping[str, str], on: NDArray[np.datetime64], packs: Packs) -> Mask:
    (side, name), *_ = test.items()
    found = np.zeros(on.shape, dtype=bool)
    for limit, rows in in_force(packs, name, on):
        parts, whole = limit.as_integer_ratio()
        left, right = quantity.numerator * whole, quantity.denominator * parts
        beyond = left > right if side == "over" else left < right
        found |= rows & quantity.known & np.asarray(beyond, dtype=bool)
    return found


def _quantities(columns: Columns, packs: Packs, on: NDArray[np.datetime64]) -> Mapping[str, Quantity]:
    rate_given = np.array([rate is not None for rate in columns["daily_rate"]], dtype=bool)
    ratios = [Decimal(rate or "0").as_integer_ratio() for rate in columns["daily_rate"]]
    rate, per = (np.array(part, dtype=object) for part in ([r[0] for r in ratios], [r[1] for r in ratios]))
    year = packs.values(DAYS_A_YEAR, on).astype(object)
    principal, total, days = (columns[name].astype(object) for name in ("principal", "total_charges", "days"))
    has_total = (columns["principal"] != UNKNOWN) & (columns["total_charges"] != UNKNOWN)
    return {
        "daily_rate": Quantity(rate, per, rate_given),
        "annual_rate": Quantity(rate * year, per, rate_given),
        "charges_a_year": Quantity(total * year, principal * days, has_total & (columns["days"] != UNKNOWN)),
        "charges_to_principal": Quantity(total, principal, has_total),
    }


def check(facts: ChargesLawfulFacts) -> None:
    """Raise BadFact for a day that no file can mean."""
    check_days(facts, ("on",))


QUESTION = Question(
    "charges_lawful", "Is this charge lawful on its day?", ChargesLawfulFacts, answer, check=check
)
