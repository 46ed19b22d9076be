"""Turns the files of law/ and policy/ into checked `Packs`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forbear.packs.check import check_packs
from forbear.packs.errors import PackError
from forbear.packs.files import INSTRUMENT, content_files, digest, instrument_folders, packs_root, read_yaml
from forbear.packs.model import (
    EFFECTS,
    FORCES,
    GRADES,
    LANGS,
    Conflict,
    Instrument,
    Packs,
    Parameter,
    Position,
    Rule,
)
from forbear.packs.units import READERS

PARAMETER_KEYS = frozenset(
    ("description", "unit", "article", "source", "grade", "values", "stricter", "tightens", "verified")
)
RULE_KEYS = frozenset(
    ("question", "article", "source", "grade", "effect", "from", "until", "text", "applies", "breach", "unless",
     "remaining", "states", "hardens", "tightens", "jurisdictions", "show_kept", "note")
)  # fmt: skip
CONFLICT_KEYS = frozenset(("title", "between", "positions", "taken", "why"))
COUNT_KEYS = frozenset(
    ("note", "source", "grade", "results", "directions", "unless", "window_days", "limiting")
)
COUNTRY = re.compile("[A-Z]{2}")
INSTRUMENT_KEYS = frozenset(("title", "force", "in_force_on", "until", "number", "issuer", "source", "note"))


def load_packs(root: Path | None = None) -> Packs:
    """Read, check and freeze all packs under a folder; raises PackError saying what to change and where."""
    root = root or packs_root()
    instruments: dict[str, Instrument] = {}
    parameters: dict[str, Parameter] = {}
    rules: dict[str, Rule] = {}
    files: dict[str, list[Path]] = {}
    for pack, key, folder in instrument_folders(root):
        instrument = instruments[key] = _instrument(key, folder / INSTRUMENT)
        files.setdefault(pack, []).append(folder / INSTRUMENT)
        for path in content_files(folder):
            files[pack].append(path)
            found, norms = _content(path)
            prefix = key if path.name == "parameters.yaml" else f"{key}/{path.stem}"
            for name, entry in found.items():
                parameters[f"{prefix}/{name}"] = _parameter(f"{prefix}/{name}", entry, instrument, path)
            for rule_id, entry in norms.items():
                if rule_id in rules:
                    raise PackError(
                        f"{path}: rule {rule_id} is also in {rules[rule_id].instrument.path}: rename one"
                    )
                rules[rule_id] = _rule(rule_id, entry, instrument, path)
    readings, zones, counts, calendars = _jurisdictions(root, files)
    conflicts = _conflicts(root, files)
    packs = Packs(
        instruments,
        parameters,
        rules,
        readings,
        zones,
        {pack: digest(paths) for pack, paths in files.items()},
        counts,
        conflicts,
        calendars,
    )
    check_packs(packs)
    return packs


def _jurisdictions(
    root: Path, files: dict[str, list[Path]]
) -> tuple[dict[str, Any], dict[str, str], dict[str, Any], dict[str, str]]:
    readings: dict[str, Any] = {}
    zones: dict[str, str] = {}
    counts: dict[str, Any] = {}
    calendars: dict[str, str] = {}
    for path in sorted((root / "law").glob("*/jurisdiction.yaml")):
        content = read_yaml(path)
        _only(content, {"zone", "readings", "counts", "title", "calendar"}, path, "jurisdiction")
        pack = path.parent.name
        if pack not in files:
            raise PackError(f"{path}: no instrument lies beside it: add {pack}/<instrument>/{INSTRUMENT}")
        readings[pack] = content.get("readings", {})
        zones[pack] = _need(content, "zone", path, "jurisdiction")
        counts[pack] = content.get("counts", {})
        if "calendar" in content:
            calendars[pack] = _country(content["calendar"], path)
        for name, entry in counts[pack].items():
            _only(entry, COUNT_KEYS, path, f"counts: {name}")
            _need(entry, "results", path, f"counts: {name}")
        files[pack].append(path)
    for pack in files:
        if (root / "law" / pack).is_dir() and pack not in zones:
            raise PackError(
                f"{root / 'law' / pack}: add jurisdiction.yaml with `zone`, whose midnight starts a law"
            )
    return readings, zones, counts, calendars


def _country(value: Any, path: Path) -> str:
    if not isinstance(value, str) or not COUNTRY.fullmatch(value):
        raise PackError(
            f"{path}: calendar {value!r}: write the country whose days off hold, such as CN or US"
        )
    return value


def _conflicts(root: Path, files: dict[str, list[Path]]) -> dict[str, Conflict]:
    """Read where instruments or sources disagree, and how that is resolved."""
    found: dict[str, Conflict] = {}
    for path in sorted((root / "law").glob("*/conflicts.yaml")):
        pack = path.parent.name
        files[pack].append(path)
        for name, entry in (read_yaml(path) or {}).items():
            if name in found:
                raise PackError(f"{path}: conflict {name} is also in {found[name].path}: rename one")
            found[name] = _conflict(name, entry, pack, path)
    return found


def _conflict(name: str, entry: Any, pack: str, path: Path) -> Conflict:
    _only(entry, CONFLICT_KEYS, path, name)
    positions = []
    for said in _need(entry, "positions", path, name):
        _only(said, {"source", "grade", "says"}, path, f"{name}: positions")
        grade = _one_of(said.get("grade"), GRADES, path, name, "grade")
        says = _langs(_need(said, "says", path, name), path, name)
        source = _langs(_need(said, "source", path, name), path, f"{name}: source")
        positions.append(Position(source, grade, says))
    if len(positions) < 2:
        raise PackError(f"{path}: {name}: give at least two positions; with one there is no conflict")
    texts = {key: _langs(_need(entry, key, path, name), path, name) for key in ("title", "taken", "why")}
    between = tuple(entry.get("between", ()))
    return Conflict(
        name, pack, texts["title"], between, tuple(positions), texts["taken"], texts["why"], str(path)
    )


def _content(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    content = read_yaml(path) or {}
    if path.name == "parameters.yaml":
        return content, {}
    if path.name == "rules.yaml":
        return {}, content
    _only(content, {"parameters", "rules"}, path, "file")
    return content.get("parameters") or {}, content.get("rules") or {}


def _only(entry: Any, known: set[str] | frozenset[str], path: Path, name: str) -> None:
    if not isinstance(entry, dict):
        raise PackError(f"{path}: {name}: write a mapping with the keys {sorted(known)}")
    if unknown := sorted(set(map(str, entry)) - known):
        raise PackError(f"{path}: {name}: unknown key {unknown[0]!r}; known: {sorted(known)}")


def _need(entry: Mapping[str, Any], key: str, path: Path, name: str) -> Any:
    if entry.get(key) in (None, "", {}, []):
        raise PackError(
            f"{path}: {name}: `{key}` is missing; a value without it cannot be checked by a reader"
        )
    return entry[key]


def _one_of(value: Any, known: tuple[str, ...], path: Path, name: str, key: str) -> str:
    if value not in known:
        raise PackError(f"{path}: {name}: {key} {value!r} is unknown; use one of {', '.join(known)}")
    return str(value)


def _day(value: Any, path: Path, name: str) -> date:
    if type(value) is not date:
        raise PackError(f"{path}: {name}: {value!r} is no date; write YYYY-MM-DD unquoted")
    return value


def _langs(entry: Any, path: Path, name: str) -> Mapping[str, str]:
    if (
        not isinstance(entry, dict)
        or set(entry) != set(LANGS)
        or not all(isinstance(t, str) for t in entry.values())
    ):
        raise PackError(f"{path}: {name}: give the text in both languages, {{{': .., '.join(LANGS)}: ..}}")
    return entry


def _instrument(key: str, path: Path) -> Instrument:
    entry = read_yaml(path)
    _only(entry, INSTRUMENT_KEYS, path, "instrument")
    force = _one_of(_need(entry, "force", path, key), FORCES, path, key, "force")
    if (force == "policy") == ("/" in key):
        raise PackError(
            f"{path}: force {force!r} does not fit its place: law/ holds law, policy/ holds policy"
        )
    until = entry.get("until")
    return Instrument(
        key,
        _langs(_need(entry, "title", path, key), path, key),
        force,
        _day(_need(entry, "in_force_on", path, key), path, key),
        _day(until, path, key) if until else None,
        str(path),
    )


def _parameter(name: str, entry: Any, instrument: Instrument, path: Path) -> Parameter:
    _only(entry, PARAMETER_KEYS, path, name)
    unit = _one_of(_need(entry, "unit", path, name), tuple(READERS), path, name, "unit")
    starts, held, untils = [], [], []
    for start, written in sorted(_need(entry, "values", path, name).items(), key=lambda item: str(item[0])):
        ends = isinstance(written, dict) and set(written) == {"value", "until"}
        starts.append(_day(start, path, name))
        untils.append(_day(written["until"], path, name) if ends else None)
        try:
            held.append(READERS[unit](written["value"] if ends else written))
        except ValueError as error:
            raise PackError(f"{path}: {name} from {start}: {error} (unit {unit})") from error
    policy = instrument.force == "policy"
    return Parameter(
        name=name,
        unit=unit,
        instrument=instrument,
        article=str(_need(entry, "article", path, name)) if not policy else str(entry.get("article", "")),
        source=_need(entry, "source", path, name),
        grade=_one_of(entry.get("grade", "policy" if policy else None), _grades(policy), path, name, "grade"),
        description=_need(entry, "description", path, name),
        starts=tuple(starts),
        held=tuple(held),
        untils=tuple(untils),
        stricter=_one_of(entry["stricter"], ("lower", "higher"), path, name, "stricter")
        if "stricter" in entry
        else None,
        tightens=entry.get("tightens"),
        verified=bool(entry.get("verified", True)),
    )


def _grades(policy: bool) -> tuple[str, ...]:
    return (*GRADES, "policy") if policy else GRADES


def _rule(rule_id: str, entry: Any, instrument: Instrument, path: Path) -> Rule:
    _only(entry, RULE_KEYS, path, rule_id)
    policy = instrument.force == "policy"
    until = entry.get("until", instrument.until)
    return Rule(
        id=rule_id,
        instrument=instrument,
        question=_need(entry, "question", path, rule_id),
        article=str(_need(entry, "article", path, rule_id)) if not policy else str(entry.get("article", "")),
        source=_need(entry, "source", path, rule_id),
        grade=_one_of(
            entry.get("grade", "policy" if policy else None), _grades(policy), path, rule_id, "grade"
        ),
        effect=_one_of(_need(entry, "effect", path, rule_id), EFFECTS, path, rule_id, "effect"),
        starts_on=_day(entry.get("from", instrument.in_force_on), path, rule_id),
        until=_day(until, path, rule_id) if until else None,
        text=_langs(_need(entry, "text", path, rule_id), path, rule_id),
        applies=entry.get("applies", {}),
        breach=entry.get("breach", {}),
        unless=tuple(entry.get("unless", ())),
        remaining=entry.get("remaining"),
        show_kept=bool(entry.get("show_kept", False)),
        states=tuple(entry.get("states", ())),
        hardens=tuple(entry.get("hardens", ())),
        tightens=entry.get("tightens"),
        jurisdictions=tuple(entry.get("jurisdictions", ())),
    )
