"""Checks of the packs as a whole, made once at load: dates meet, and policy never loosens law."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from forbear.packs.errors import NoLawInForce, PackError, PolicyLoosensLaw
from forbear.packs.model import EFFECTS, FORCES, GRADES, PRESUMPTION, Packs, Parameter, Rule
from forbear.packs.units import COMPARABLE

ONE_DAY = timedelta(days=1)


def check_packs(packs: Packs) -> None:
    """Raise PackError at the first entry that a reader could not rely on."""
    for parameter in packs.parameters.values():
        _check_dates(parameter)
        if parameter.stricter and parameter.unit not in COMPARABLE:
            raise PackError(f"{parameter.name}: unit {parameter.unit} has no order, so drop `stricter`")
        if parameter.tightens:
            _check_not_looser(packs, parameter)
    for rule in packs.rules.values():
        _check_rule(packs, rule)
    for conflict in packs.conflicts.values():
        for name in conflict.between:
            if name not in packs.rules and name not in packs.parameters:
                raise PackError(
                    f"{conflict.path}: {conflict.id}: {name!r} is no rule or parameter of any pack"
                )


def _check_dates(parameter: Parameter) -> None:
    spans = list(zip(parameter.starts, parameter.untils, strict=True))
    for start, until in spans:
        if until is not None and until < start:
            raise PackError(f"{parameter.name}: the value from {start} ends before it starts, on {until}")
    for (_, until), (start, _) in pairwise(spans):
        if until is not None and until >= start:
            raise PackError(
                f"{parameter.name}: values overlap: one ends on {until}, the next starts on {start}"
            )
        if until is not None and until + ONE_DAY < start:
            raise PackError(
                f"{parameter.name}: no value between {until} and {start}: close the gap, or make two parameters"
            )


def _check_not_looser(packs: Packs, policy: Parameter) -> None:
    law = packs.parameters.get(policy.tightens or "")
    if law is None:
        raise PackError(f"{policy.name}: tightens {policy.tightens!r}, which is no parameter of any pack")
    if policy.instrument.force != "policy":
        raise PackError(f"{policy.name}: only a policy may have `tightens`")
    if law.stricter is None or law.unit != policy.unit:
        raise PackError(
            f"{law.name}: add `stricter: lower` or `higher`, and give {policy.name} the unit {law.unit}"
        )
    for day in sorted({*policy.starts, *law.starts}):
        try:
            allowed, chosen = law.on(day), policy.on(day)
        except NoLawInForce:  # before either begins there is nothing to loosen
            continue
        if _looser(chosen, allowed, law.stricter):
            raise PolicyLoosensLaw(
                f"policy loosens law from {day}: {policy.name} = {chosen} ({policy.instrument.path}) but "
                f"{law.name} = {allowed}, {law.article} ({law.instrument.path}, {law.source}); "
                f"{law.stricter} is stricter: change the policy"
            )


def _looser(chosen: Any, allowed: Any, stricter: str) -> bool:
    return bool(chosen > allowed) if stricter == "lower" else bool(chosen < allowed)


def _check_rule(packs: Packs, rule: Rule) -> None:
    where = f"{rule.instrument.path}: {rule.id}"
    is_policy = rule.instrument.force == "policy"
    if rule.until is not None and rule.until < rule.starts_on:
        raise PackError(f"{where}: ends on {rule.until}, before it starts on {rule.starts_on}")
    if (rule.hardens or rule.tightens or rule.jurisdictions) and not is_policy:
        raise PackError(f"{where}: only a policy may have `hardens`, `tightens` or `jurisdictions`")
    if unknown := set(rule.hardens) - {*FORCES, PRESUMPTION}:
        raise PackError(
            f"{where}: hardens the unknown force {sorted(unknown)[0]!r}; known: {', '.join((*FORCES, PRESUMPTION))}"
        )
    if unknown := set(rule.jurisdictions) - set(packs.jurisdictions()):
        raise PackError(
            f"{where}: no law pack {sorted(unknown)[0]!r}; known jurisdictions: {', '.join(packs.jurisdictions())}"
        )
    for name in rule.states:
        if f"{rule.instrument.key}/{name}" not in packs.parameters:
            raise PackError(f"{where}: states {name!r}, which is no parameter of {rule.instrument.key}")
    _check_grade(packs, rule, where)
    if rule.tightens is None:
        return
    law = packs.rules.get(rule.tightens)
    if law is None:
        raise PackError(f"{where}: tightens {rule.tightens!r}, which is no rule of any pack")
    if EFFECTS.index(rule.effect) < EFFECTS.index(law.effect):
        raise PolicyLoosensLaw(
            f"policy loosens law: {where} has the effect {rule.effect}, but {law.id} ({law.instrument.path}, "
            f"{law.article}) has the effect {law.effect}: make the policy at least as strict"
        )


def _check_grade(packs: Packs, rule: Rule, where: str) -> None:
    """Hold a rule's grade to the weakest number it stands on, so that an answer never sounds surer than its source."""
    for name in sorted(packs.parameters_of(rule)) if rule.grade in GRADES else ():
        weakest = packs.parameters[name].grade
        if weakest in GRADES and GRADES.index(rule.grade) < GRADES.index(weakest):
            raise PackError(
                f"{where}: graded {rule.grade}, but {name} that it stands on is graded {weakest}: "
                f"grade the rule {weakest} too, or verify the number"
            )
