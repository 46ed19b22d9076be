"""What law and the house allow on one day, read once: terms, prices, days, waivers, levels of authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forbear.ledger import BETWEEN_DEBTS
from forbear.money import parse_minor
from forbear.packs import NoLawInForce, PackError, Packs, gettext_noop
from forbear.questions.plan_options.facts import COMPONENTS, KINDS, PlanOptionsFacts

PLANS = "house/plans"
CASH_MONTHS, CASH_MAX = "cn/nf-2022-13/cash_instalment_months_max", "cn/nf-2022-13/cash_instalment_max"
ORDINARY_MONTHS = "cn/nf-2022-13/instalments/months_max"
PERSONALISED_MONTHS = "cn/cc-2011-2/plan_months_max"
HOME = "cn"


@dataclass(frozen=True)
class Limit:
    """One row of the matrix of authority: `others` of `role` approve, none for one of that role alone; minor units."""

    role: str | None
    others: int
    kinds: frozenset[str]
    amount_max: int
    months_max: int
    waiver_max: int
    waiver_share_max: Decimal

    def covers(self, kind: str, owed: int, months: int, waived: int) -> bool:
        """Say whether this row reaches a plan over `owed` that waives `waived`, both in minor units."""
        return (
            kind in self.kinds
            and owed <= self.amount_max
            and months <= self.months_max
            and waived <= self.waiver_max
            and waived <= self.waiver_share_max * owed
        )


@dataclass(frozen=True)
class Policy:
    """Law and policy of one day; amounts in minor units, rates and shares as Decimal."""

    blocks: tuple[Mapping[str, Any], ...]
    paydays: tuple[int, ...]
    first_row_days_min: int
    row_min: int
    part_share_min: Decimal
    terms: tuple[tuple[int, Decimal], ...]  # months and yearly rate of ordinary instalments, within the law
    ordinary_months_max: int  # of the law
    ordinary_dpd_max: int
    cash_months_max: int
    cash_max: int
    personalised_months_max: int
    personalised_rate: Decimal
    deferral_days_min: int
    deferral_months_max: int
    default_daily_rate: Decimal
    promise_days_max: int
    promise_window: int
    promise_failed_max: int
    promise_ratio: Decimal
    waivable: tuple[tuple[int, Decimal], ...]  # place in COMPONENTS and largest share, first waived first
    stages_max: int
    settle_dpd_min: int
    settle_days: int
    share_warn: Decimal
    limits: tuple[Limit, ...]  # the first that reaches a plan decides
    texts: Mapping[str, Mapping[str, Any]]
    between_debts: tuple[str, ...] | None  # None before the law named an order


def policy_of(packs: Packs, on: date, jurisdiction: str) -> Policy:
    """Return the policy of a day, read once; raises NoLawInForce where the law on plans is not loaded."""
    if jurisdiction != HOME:
        raise NoLawInForce(
            gettext_noop(
                "no pack holds the law of payment plans of jurisdiction %(where)r; known: %(known)s"
            ),
            where=jurisdiction,
            known=HOME,
        )
    key = ("plan_options", on)
    if key not in packs.compiled:
        packs.compiled[key] = _read(packs, on)
    found: Policy = packs.compiled[key]
    return found


def _read(packs: Packs, on: date) -> Policy:
    def value(name: str) -> Any:
        return packs.value(name if "/" in name else f"{PLANS}/{name}", on)

    longest = value(ORDINARY_MONTHS)
    return Policy(
        blocks=_blocks(value("blocks")),
        paydays=tuple(row["day"] for row in value("house/desk/paydays")),
        first_row_days_min=value("first_row_days_min"),
        row_min=_minor(value("row_min")),
        part_share_min=value("part_payment_share_min"),
        terms=tuple(
            (row["months"], Decimal(row["annual_rate"]))
            for row in value("ordinary_terms")
            if row["months"] <= longest
        ),
        ordinary_months_max=longest,
        ordinary_dpd_max=value("ordinary_dpd_max"),
        cash_months_max=value(CASH_MONTHS),
        cash_max=_minor(value(CASH_MAX)),
        personalised_months_max=min(value("personalised_months_max"), value(PERSONALISED_MONTHS)),
        personalised_rate=value("personalised_annual_rate"),
        deferral_days_min=value("deferral_days_min"),
        deferral_months_max=value("deferral_months_max"),
        default_daily_rate=value("house/desk/forecast_daily_rate"),
        promise_days_max=value("house/promises/days_ahead_max"),
        promise_window=value("house/promises/window_days"),
        promise_failed_max=value("house/promises/failed_before_approval"),
        promise_ratio=value("house/promises/down_payment_ratio"),
        waivable=_waivable(value("house/settlement/waivable")),
        stages_max=value("house/settlement/stages_max"),
        settle_dpd_min=value("house/settlement/dpd_min"),
        settle_days=value("house/settlement/valid_days"),
        share_warn=value("house/affordability/plan_share_warn"),
        limits=tuple(_limit(row) for row in value("house/authority/limits")),
        texts={row["kind"]: row for row in value("texts")},
        between_debts=_between(packs, on),
    )


def _between(packs: Packs, on: date) -> tuple[str, ...] | None:
    try:
        found: tuple[str, ...] = packs.value(BETWEEN_DEBTS, on)
    except NoLawInForce:  # only a case of several debts needs it
        return None
    return found


def _blocks(rows: Any) -> tuple[Mapping[str, Any], ...]:
    known = set(PlanOptionsFacts.__struct_fields__)
    for row in rows:
        if {row["fact"], row.get("unless", row["fact"])} - known or set(row["leaves"]) - set(KINDS):
            raise PackError(
                gettext_noop("%(plans)s/blocks: %(row)s: name facts and options of the question"),
                plans=PLANS,
                row=row,
            )
    return tuple(rows)


def _waivable(rows: Any) -> tuple[tuple[int, Decimal], ...]:
    return tuple((COMPONENTS.index(row["component"]), Decimal(row["share_max"])) for row in rows)


def _limit(row: Mapping[str, Any]) -> Limit:
    return Limit(
        row["role"],
        row["others"],
        frozenset(row["kinds"]),
        parse_minor(row["amount_max"]),
        row["months_max"],
        parse_minor(row["waiver_max"]),
        Decimal(row["waiver_share_max"]),
    )


def _minor(amount: Decimal) -> int:
    return parse_minor(str(amount))
