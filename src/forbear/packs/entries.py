"""Turns one instrument, parameter or rule of a file into what `Packs` holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forbear.packs.errors import PackError, gettext_noop
from forbear.packs.fields import day, langs, need, one_of, only, place, said
from forbear.packs.files import read_yaml
from forbear.packs.model import EFFECTS, FORCES, GRADES, Instrument, Parameter, Rule
from forbear.packs.units import READERS

PARAMETER_KEYS = frozenset(
    ("description", "unit", "article", "source", "grade", "values", "stricter", "tightens", "verified")
)
RULE_KEYS = frozenset(
    ("question", "article", "source", "grade", "effect", "from", "until", "text", "applies", "breach", "unless",
     "remaining", "states", "hardens", "tightens", "jurisdictions", "show_kept", "note")
)  # fmt: skip
INSTRUMENT_KEYS = frozenset(("title", "force", "in_force_on", "until", "number", "issuer", "source", "note"))


def read_instrument(key: str, path: Path) -> Instrument:
    """Return the instrument of an instrument.yaml; raises PackError."""
    entry = read_yaml(path)
    only(entry, INSTRUMENT_KEYS, path, "instrument")
    force = one_of(need(entry, "force", path, key), FORCES, path, key, "force")
    if (force == "policy") == ("/" in key):
        raise PackError(
            gettext_noop(
                "%(path)s: force %(force)r does not fit its place: law/ holds law, policy/ holds policy"
            ),
            path=path,
            force=force,
        )
    until = entry.get("until")
    return Instrument(
        key,
        langs(need(entry, "title", path, key), path, key),
        force,
        day(need(entry, "in_force_on", path, key), path, key),
        day(until, path, key) if until else None,
        str(path),
    )


def read_parameter(name: str, entry: Any, instrument: Instrument, path: Path) -> Parameter:
    """Return a dated number of law or policy, its values read by their unit; raises PackError."""
    only(entry, PARAMETER_KEYS, path, name)
    unit = one_of(need(entry, "unit", path, name), tuple(READERS), path, name, "unit")
    starts, held, untils = [], [], []
    for start, written in sorted(need(entry, "values", path, name).items(), key=lambda item: str(item[0])):
        ends = isinstance(written, dict) and set(written) == {"value", "until"}
        starts.append(day(start, path, name))
        untils.append(day(written["until"], path, name) if ends else None)
        try:
            held.append(READERS[unit](written["value"] if ends else written))
        except ValueError as error:
            raise PackError(
                gettext_noop("%(path)s: %(name)s from %(start)s: %(error)s (unit %(unit)s)"),
                path=path,
                name=name,
                start=start,
                error=error,
                unit=unit,
            ) from error
    policy = instrument.force == "policy"
    return Parameter(
        name=name,
        unit=unit,
        instrument=instrument,
        article=place(entry, path, name, policy),
        source=said(entry, "source", path, name),
        grade=one_of(entry.get("grade", "policy" if policy else None), _grades(policy), path, name, "grade"),
        description=said(entry, "description", path, name),
        starts=tuple(starts),
        held=tuple(held),
        untils=tuple(untils),
        stricter=one_of(entry["stricter"], ("lower", "higher"), path, name, "stricter")
        if "stricter" in entry
        else None,
        tightens=entry.get("tightens"),
        verified=bool(entry.get("verified", True)),
        path=str(path),
    )


def _grades(policy: bool) -> tuple[str, ...]:
    return (*GRADES, "policy") if policy else GRADES


def read_rule(rule_id: str, entry: Any, instrument: Instrument, path: Path) -> Rule:
    """Return a norm; raises PackError."""
    only(entry, RULE_KEYS, path, rule_id)
    policy = instrument.force == "policy"
    until, stated = entry.get("until", instrument.until), entry.get("states") or ()
    return Rule(
        id=rule_id,
        instrument=instrument,
        question=need(entry, "question", path, rule_id),
        article=place(entry, path, rule_id, policy),
        source=said(entry, "source", path, rule_id),
        grade=one_of(
            entry.get("grade", "policy" if policy else None), _grades(policy), path, rule_id, "grade"
        ),
        effect=one_of(need(entry, "effect", path, rule_id), EFFECTS, path, rule_id, "effect"),
        starts_on=day(entry.get("from", instrument.in_force_on), path, rule_id),
        until=day(until, path, rule_id) if until else None,
        text=langs(need(entry, "text", path, rule_id), path, rule_id),
        applies=entry.get("applies", {}),
        breach=entry.get("breach", {}),
        unless=tuple(entry.get("unless", ())),
        remaining=entry.get("remaining"),
        show_kept=bool(entry.get("show_kept", False)),
        states=tuple(stated.values()) if isinstance(stated, dict) else tuple(stated),
        numbers=stated if isinstance(stated, dict) else {},
        hardens=tuple(entry.get("hardens", ())),
        tightens=entry.get("tightens"),
        jurisdictions=tuple(entry.get("jurisdictions", ())),
        path=str(path),
    )
