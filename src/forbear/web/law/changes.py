"""What differs between two states of the packs, entry by entry, old beside new, as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from forbear.packs import Ladder, Packs, Parameter, Rule
from forbear.packs.units import clock_time

Change = dict[str, Any]
CONTACT = "may_contact"
ONE_DAY = timedelta(days=1)


def changes(old: Packs, new: Packs) -> list[Change]:
    """Return each rule and parameter that was added, removed or changed, with its fields of both sides."""
    found = [*compared("rule", old.rules, new.rules, rule_fields)]
    return [*found, *compared("parameter", old.parameters, new.parameters, parameter_fields)]


def compared(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], fields: Any) -> Iterator[Change]:
    """Yield the entries that differ; only fields that differ are kept of entries on both sides."""
    for name in sorted({*old, *new}):
        before = fields(old[name]) if name in old else {}
        after = fields(new[name]) if name in new else {}
        if before != after:
            rows = [
                [key, before.get(key, ""), after.get(key, "")]
                for key in {**before, **after}
                if before.get(key, "") != after.get(key, "")
            ]
            what = "changed" if before and after else "added" if after else "removed"
            yield {"kind": kind, "id": name, "what": what, "rows": rows}


def rule_fields(rule: Rule) -> dict[str, str]:
    """Return what a rule says, field by field, as text."""
    tests = {
        name: getattr(rule, name)
        for name in ("applies", "breach", "unless", "hardens", "states", "jurisdictions")
    }
    return {
        "zh": rule.text["zh"],
        "en": rule.text["en"],
        "effect": rule.effect,
        "from": rule.starts_on.isoformat(),
        "until": rule.until.isoformat() if rule.until else "",
        "question": rule.question,
        "tightens": rule.tightens or "",
        **{name: plain(value) for name, value in tests.items()},
        "remaining": rule.remaining or "",
        "show_kept": "true" if rule.show_kept else "",
        **by_lang("article", rule.article),
        "grade": graded(rule),
        **by_lang("source", rule.source),
    }


def parameter_fields(parameter: Parameter) -> dict[str, str]:
    """Return what a parameter says: its dated values first."""
    return {
        **{f"from {start}": text for start, _until, text in versions(parameter)},
        "unit": parameter.unit,
        **parameter.description,
        **by_lang("article", parameter.article),
        "grade": graded(parameter),
        "tightens": parameter.tightens or "",
        "stricter": parameter.stricter or "",
        "verified": "" if parameter.verified else "false",
        **by_lang("source", parameter.source),
    }


def graded(entry: Rule | Parameter) -> str:
    """Return how far a source was checked; the house's own choices have none."""
    return "" if entry.grade == "policy" else entry.grade


def by_lang(field: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return a text as one field for each language."""
    return {f"{field} {lang}": text for lang, text in texts.items()}


def versions(parameter: Parameter) -> list[tuple[Any, Any, str]]:
    """Return first day, last day (None where open) and value as text, oldest first."""
    ends = [
        until or (parameter.starts[place + 1] - ONE_DAY if place + 1 < len(parameter.starts) else None)
        for place, until in enumerate(parameter.untils)
    ]
    texts = (written(value, parameter.unit) for value in parameter.held)
    return list(zip(parameter.starts, ends, texts, strict=True))


def written(value: Any, unit: str) -> str:
    """Write a value of a pack as a reader would: times as HH:MM:SS, tables as lines."""
    if unit == "local_time":
        return clock_time(value)
    if isinstance(value, Ladder):
        return ", ".join(f"{name} ≥ {start}" for name, start in zip(value.names, value.starts, strict=True))
    if isinstance(value, list | tuple):
        return "\n".join(plain(each) for each in value)
    return plain(value)


def plain(value: Any) -> str:
    """Write nested plain data on one line."""
    if value in ((), {}, [], None):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def concern_contact(found: list[Change], *packs: Packs) -> bool:
    """Say whether a change bears on whether somebody may be contacted."""
    rules = {rule.id: rule for each in packs for rule in each.rules.values() if rule.question == CONTACT}
    names = {name for each in packs for rule in rules.values() for name in each.parameters_of(rule)}
    return any(change["id"] in (rules if change["kind"] == "rule" else names) for change in found)
