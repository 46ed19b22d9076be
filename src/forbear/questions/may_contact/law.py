"""What of the packs bears on `may_contact`: by jurisdiction, the stretches of time between changes, and their norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.days import Zone, zone
from forbear.packs import PRESUMPTION, PackError, Packs, Rule, gettext_noop
from forbear.questions.columns import facts_of
from forbear.questions.may_contact.facts import DAILY, MayContactFacts, fact_kinds
from forbear.questions.norms.compiler import CONSENT, Compiler
from forbear.questions.norms.norm import Norm
from forbear.questions.norms.truth import MAX_BITS

ONE_DAY = timedelta(days=1)
NAME = "may_contact"


@dataclass(frozen=True, eq=False)
class Stretch:
    """The norms between two changes of law, and what their bits mean."""

    starts_on: date
    norms: tuple[Norm, ...]
    refusing: np.uint64
    discouraging: np.uint64
    timed: np.uint64  # norms that the end of a window or the passing of days cures
    daily: np.uint64  # of those, the ones that midnight cures
    notes: np.uint64
    hardening: tuple[
        tuple[np.uint64, np.uint64], ...
    ]  # (the policy's bit, the soft norms it turns into refusals)
    windows: tuple[
        tuple[tuple[int, int], bool, int], ...
    ]  # (closed hours, consent opens them, the norm's bit)
    personal: tuple[
        tuple[bool, int], ...
    ]  # of norms on a person's own times: (consent opens them, the norm's bit)
    cured: tuple[Norm, ...]  # norms that the passing of days cures
    ages: bool  # some norm reads a fact that grows from day to day
    limits: Mapping[str, tuple[str, int]]  # remaining name to (counter, limit), the strictest one
    versions: Mapping[str, str]
    fragments: dict[Any, Any] = field(default_factory=dict)  # rendered reasons by the bits shown


@dataclass(frozen=True, eq=False)
class Jurisdiction:
    """All stretches of one jurisdiction, oldest first."""

    name: str
    zone: Zone
    law_from: date
    starts: NDArray[np.datetime64]
    stretches: tuple[Stretch, ...]
    counters: tuple[str, ...]  # names under which answers show what remains
    regions: tuple[str, ...]  # the states or nations that some rule names


def jurisdiction(packs: Packs, name: str) -> Jurisdiction | None:
    """Return the compiled law and policy of a jurisdiction, or None where no pack has rules for this question."""
    key = (NAME, name)
    if key not in packs.compiled:
        packs.compiled[key] = _compile(packs, name)
    found: Jurisdiction | None = packs.compiled[key]
    return found


def _compile(packs: Packs, name: str) -> Jurisdiction | None:
    rules = packs.rules_of(NAME, [name, *packs.houses()])
    law = [rule for rule in rules if rule.instrument.force != "policy"]
    if not law:
        return None
    if len(rules) > MAX_BITS:
        raise PackError(
            gettext_noop(
                "%(question)s in %(jurisdiction)s has %(count)s rules; an answer has room for %(max_bits)s: merge some"
            ),
            question=NAME,
            jurisdiction=name,
            count=len(rules),
            max_bits=MAX_BITS,
        )
    law_from = min(rule.starts_on for rule in law)
    regions = tuple(sorted(_regions([(r.applies, r.breach, r.unless) for r in rules], packs.readings[name])))
    starts = sorted(day for day in _changes(packs, rules) if day >= law_from)
    return Jurisdiction(
        name=name,
        zone=zone(packs.zones[name]),
        law_from=law_from,
        starts=np.array(starts, dtype="datetime64[D]"),
        stretches=tuple(_stretch(packs, name, rules, regions, day) for day in starts),
        counters=tuple(dict.fromkeys(rule.remaining for rule in rules if rule.remaining)),
        regions=regions,
    )


def _regions(*written: Any) -> set[str]:
    """Return every value that some condition, however deep, asks of the fact `region`."""
    found: set[str] = set()
    for part in written:
        if isinstance(part, Mapping):
            for key, inner in part.items():
                found |= (
                    set(inner if isinstance(inner, list) else [inner]) if key == "region" else _regions(inner)
                )
        elif isinstance(part, list | tuple):
            found |= _regions(*part)
    return found


def _changes(packs: Packs, rules: tuple[Rule, ...]) -> set[date]:
    """Return every day on which a rule begins or has ended, or a parameter of the same instruments or a house changes."""
    days = {rule.starts_on for rule in rules} | {rule.until + ONE_DAY for rule in rules if rule.until}
    keys = {rule.instrument.key for rule in rules}
    for parameter in packs.parameters.values():
        if parameter.instrument.key in keys:
            days.update(parameter.starts)
    return days


def _stretch(
    packs: Packs, name: str, rules: tuple[Rule, ...], regions: tuple[str, ...], day: date
) -> Stretch:
    compiler = Compiler(packs, name, fact_kinds(dict(facts_of(MayContactFacts)), regions), day)
    norms = tuple(compiler.norm(rule, bit) for bit, rule in enumerate(rules) if rule.in_force(day))
    soft = [n for n in norms if n.rule.effect in ("discourage", "presume")]
    return Stretch(
        starts_on=day,
        norms=norms,
        refusing=_bits(n for n in norms if n.rule.effect == "refuse"),
        discouraging=_bits(soft),
        timed=_bits(n for n in norms if n.timed or n.cures or _daily(n)),
        daily=_bits(n for n in norms if _daily(n)),
        notes=_bits(n for n in norms if n.rule.effect == "note"),
        hardening=tuple(
            (_bits([n]), _bits(s for s in soft if _hardened(s, n))) for n in norms if n.rule.hardens
        ),
        windows=tuple((window, n.excused_by(CONSENT), n.bit) for n in norms for window in n.windows),
        personal=tuple((n.excused_by(CONSENT), n.bit) for n in norms if n.personal),
        cured=tuple(n for n in norms if n.cures),
        ages=any(n.ages() for n in norms),
        limits=_limits(norms),
        versions=packs.versions([name, *packs.houses()], day),
    )


def _bits(norms: Any) -> np.uint64:
    return np.uint64(sum(1 << norm.bit for norm in norms))


def _hardened(soft: Norm, policy: Norm) -> bool:
    """Say whether a policy turns a soft norm into a refusal: by its force, or because law only presumes."""
    by = PRESUMPTION if soft.rule.effect == "presume" else soft.rule.instrument.force
    return by in policy.rule.hardens


def _daily(norm: Norm) -> bool:
    """Say whether midnight cures a breach: all it takes is a counter that starts again each day."""
    return any(c.limit and c.limit[0] in DAILY for c in norm.breach)


def _limits(norms: tuple[Norm, ...]) -> dict[str, tuple[str, int]]:
    limits: dict[str, tuple[str, int]] = {}
    for norm in norms:
        for condition in norm.breach:
            if norm.rule.remaining and condition.limit:
                counter, limit = condition.limit
                strictest = limits.get(norm.rule.remaining, condition.limit)
                limits[norm.rule.remaining] = (counter, min(limit, strictest[1]))
    return limits
