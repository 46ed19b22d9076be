"""A draft as if it had been in force all along: without that, a rule that begins tomorrow would change no day of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from forbear.packs import NoLawInForce, Packs, Parameter, Rule
from forbear.web.law.changes import changes

BEFORE = timedelta(days=2)  # so that the first hours of a period are behind it in every time zone


def backdated(before: Packs, after: Packs, *, on: date, since: datetime) -> Packs:
    """Return the packs with a draft whose changes, as they stand on a day, hold from before a moment on.

    What the draft leaves as it was keeps its dates. A rule that the draft has ended by that day speaks no more.
    """
    first = since.date() - BEFORE
    names = {change["id"] for change in changes(before, after) if change["what"] != "removed"}
    rules = {
        name: rule if name not in names else earlier(rule, first)
        for name, rule in after.rules.items()
        if name not in names or rule.in_force(on)
    }
    parameters = {
        name: parameter if name not in names else constant(parameter, on, first)
        for name, parameter in after.parameters.items()
    }
    return replace(after, rules=rules, parameters=parameters, compiled={})


def earlier(rule: Rule, first: date) -> Rule:
    """Return a rule in force from a day on, or from its own first day where that is earlier."""
    return replace(rule, starts_on=min(rule.starts_on, first))


def constant(parameter: Parameter, on: date, first: date) -> Parameter:
    """Return a parameter that has its value of one day from another on or sooner; one without a value stays as it is."""
    try:
        value = parameter.on(on)
    except NoLawInForce:
        return parameter
    return replace(parameter, starts=(min(first, parameter.starts[0]),), held=(value,), untils=(None,))
