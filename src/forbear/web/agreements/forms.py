"""Reading what the negotiation panel sends: amounts, answers, dates; a field that can't be read is named."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from forbear.money import format_minor, parse_minor
from forbear.questions.affordability.facts import CATEGORIES, EVIDENCE
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.means import Told


def amount(form: QueryDict, name: str) -> int | None:
    """Read an amount such as 1,234.50; nothing is none, not zero. Raises AgreementRefused naming the field."""
    text = form.get(name, "").replace(",", "").replace("，", "").strip()
    if not text:
        return None
    try:
        found = parse_minor(text)
    except ValueError as error:
        raise AgreementRefused(_("Write the amount like 1,234.50."), field=name) from error
    if found < 0:
        raise AgreementRefused(_("The amount must not be less than zero."), field=name)
    return found


def told(form: QueryDict, *, due_monthly_minor: int) -> Told:
    """Read the affordability form; a category left empty is nothing spent once any is filled in."""
    facts: dict[str, Any] = {"due_monthly": format_minor(due_monthly_minor)}
    for name in ("income", "other_debts"):
        if (found := amount(form, name)) is not None:
            facts[name] = format_minor(found)
    spent = {name: found for name in CATEGORIES if (found := amount(form, name)) is not None}
    if spent:
        facts["expenses"] = {name: format_minor(minor) for name, minor in spent.items()}
    dependants = form.get("dependants", "").strip()
    if dependants:
        if not dependants.isdecimal():
            raise AgreementRefused(_("Write a whole number."), field="dependants")
        facts["dependants"] = int(dependants)
    facts |= {name: form.get(name) == "on" for name in EVIDENCE}
    wish = {"yes": True, "no": False}.get(form.get("willing", ""))
    return Told(facts, form.get("reason", ""), form.get("reason_text", ""), wish)


def day(form: QueryDict, name: str) -> date:
    """Read a day such as 2026-11-24; raises AgreementRefused naming the field."""
    try:
        return date.fromisoformat(form.get(name, "").strip())
    except ValueError as error:
        raise AgreementRefused(_("Write the date like 2026-11-24."), field=name) from error
