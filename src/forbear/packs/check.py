"""Checks of the packs as a whole, made once at load: dates meet, and policy never loosens law."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from forbear.packs.errors import NoLawInForce, PackError, PolicyLoosensLaw, gettext_noop
from forbear.packs.model import EFFECTS, FORCES, GRADES, PRESUMPTION, Packs, Parameter, Rule
from forbear.packs.units import COMPARABLE, clock_time

ONE_DAY = timedelta(days=1)


def check_packs(packs: Packs) -> None:
    """Raise PackError at the first entry that a reader could not rely on."""
    for parameter in packs.parameters.values():
        _check_dates(parameter)
        if parameter.stricter and parameter.unit not in COMPARABLE:
            raise PackError(
                gettext_noop("%(parameter)s: unit %(unit)s has no order, so drop `stricter`"),
                parameter=parameter.name,
                unit=parameter.unit,
            )
        if parameter.tightens:
            _check_not_looser(packs, parameter)
    for rule in packs.rules.values():
        _check_rule(packs, rule)
    for conflict in packs.conflicts.values():
        for name in conflict.between:
            if name not in packs.rules and name not in packs.parameters:
                raise PackError(
                    gettext_noop("%(file)s: %(conflict)s: %(name)r is no rule or parameter of any pack"),
                    file=conflict.path,
                    conflict=conflict.id,
                    name=name,
                )


def _check_dates(parameter: Parameter) -> None:
    spans = list(zip(parameter.starts, parameter.untils, strict=True))
    for start, until in spans:
        if until is not None and until < start:
            raise PackError(
                gettext_noop("%(parameter)s: the value from %(start)s ends before it starts, on %(until)s"),
                parameter=parameter.name,
                start=start,
                until=until,
            )
    for (_, until), (start, _) in pairwise(spans):
        if until is not None and until >= start:
            raise PackError(
                gettext_noop(
                    "%(parameter)s: values overlap: one ends on %(until)s, the next starts on %(start)s"
                ),
                parameter=parameter.name,
                until=until,
                start=start,
            )
        if until is not None and until + ONE_DAY < start:
            raise PackError(
                gettext_noop(
                    "%(parameter)s: no value between %(until)s and %(start)s: close the gap, or make two parameters"
                ),
                parameter=parameter.name,
                until=until,
                start=start,
            )


def _check_not_looser(packs: Packs, policy: Parameter) -> None:
    law = packs.parameters.get(policy.tightens or "")
    if law is None:
        raise PackError(
            gettext_noop("%(policy)s: tightens %(tightens)r, which is no parameter of any pack"),
            policy=policy.name,
            tightens=policy.tightens,
        )
    if policy.instrument.force != "policy":
        raise PackError(gettext_noop("%(policy)s: only a policy may have `tightens`"), policy=policy.name)
    if law.stricter is None or law.unit != policy.unit:
        raise PackError(
            gettext_noop("%(law)s: add `stricter: lower` or `higher`, and give %(policy)s the unit %(unit)s"),
            law=law.name,
            policy=policy.name,
            unit=law.unit,
        )
    for day in sorted({*policy.starts, *law.starts}):
        try:
            allowed, chosen = law.on(day), policy.on(day)
        except NoLawInForce:  # before either begins there is nothing to loosen
            continue
        if _looser(chosen, allowed, law.stricter):
            raise PolicyLoosensLaw(
                gettext_noop(
                    "policy loosens law from %(day)s: %(policy)s = %(chosen)s (%(file)s) but %(law)s = %(allowed)s, %(article)s (%(law_file)s, %(source)s); %(stricter)s is stricter: change the policy"
                ),
                day=day,
                policy=policy.name,
                chosen=_written(chosen, policy.unit),
                file=policy.path,
                law=law.name,
                allowed=_written(allowed, law.unit),
                article=law.article,
                law_file=law.path,
                source=law.source,
                stricter=law.stricter,
            )


def _written(value: Any, unit: str) -> str:
    return clock_time(value) if unit == "local_time" else str(value)


def _looser(chosen: Any, allowed: Any, stricter: str) -> bool:
    return bool(chosen > allowed) if stricter == "lower" else bool(chosen < allowed)


def _check_rule(packs: Packs, rule: Rule) -> None:
    where = f"{rule.path}: {rule.id}"
    is_policy = rule.instrument.force == "policy"
    if rule.until is not None and rule.until < rule.starts_on:
        raise PackError(
            gettext_noop("%(where)s: ends on %(until)s, before it starts on %(starts_on)s"),
            where=where,
            until=rule.until,
            starts_on=rule.starts_on,
        )
    if (rule.hardens or rule.tightens or rule.jurisdictions) and not is_policy:
        raise PackError(
            gettext_noop("%(where)s: only a policy may have `hardens`, `tightens` or `jurisdictions`"),
            where=where,
        )
    if unknown := set(rule.hardens) - {*FORCES, PRESUMPTION}:
        raise PackError(
            gettext_noop("%(where)s: hardens the unknown force %(unknown)r; known: %(known)s"),
            where=where,
            unknown=sorted(unknown)[0],
            known=", ".join((*FORCES, PRESUMPTION)),
        )
    if unknown := set(rule.jurisdictions) - set(packs.jurisdictions()):
        raise PackError(
            gettext_noop("%(where)s: no law pack %(unknown)r; known jurisdictions: %(known)s"),
            where=where,
            unknown=sorted(unknown)[0],
            known=", ".join(packs.jurisdictions()),
        )
    for name in rule.states:
        if f"{rule.instrument.key}/{name}" not in packs.parameters:
            raise PackError(
                gettext_noop("%(where)s: states %(name)r, which is no parameter of %(key)s"),
                where=where,
                name=name,
                key=rule.instrument.key,
            )
    _check_grade(packs, rule, where)
    if rule.tightens is None:
        return
    law = packs.rules.get(rule.tightens)
    if law is None:
        raise PackError(
            gettext_noop("%(where)s: tightens %(tightens)r, which is no rule of any pack"),
            where=where,
            tightens=rule.tightens,
        )
    if EFFECTS.index(rule.effect) < EFFECTS.index(law.effect):
        raise PolicyLoosensLaw(
            gettext_noop(
                "policy loosens law: %(where)s has the effect %(effect)s, but %(law)s (%(file)s, %(article)s) has the effect %(law_effect)s: make the policy at least as strict"
            ),
            where=where,
            effect=rule.effect,
            law=law.id,
            file=law.path,
            article=law.article,
            law_effect=law.effect,
        )


def _check_grade(packs: Packs, rule: Rule, where: str) -> None:
    """Hold a rule's grade to the weakest number it stands on, so that an answer never sounds surer than its source."""
    for name in sorted(packs.parameters_of(rule)) if rule.grade in GRADES else ():
        weakest = packs.parameters[name].grade
        if weakest in GRADES and GRADES.index(rule.grade) < GRADES.index(weakest):
            raise PackError(
                gettext_noop(
                    "%(where)s: graded %(grade)s, but %(name)s that it stands on is graded %(weakest)s: grade the rule %(weakest)s too, or verify the number"
                ),
                where=where,
                grade=rule.grade,
                name=name,
                weakest=weakest,
            )
