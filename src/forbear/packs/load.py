"""Turns the files of law/ and policy/ into checked `Packs`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forbear.packs.acts import check_acts, read_acts
from forbear.packs.check import check_packs
from forbear.packs.entries import read_instrument, read_parameter, read_rule
from forbear.packs.errors import PackError, gettext_noop
from forbear.packs.fields import langs, need, one_of, only
from forbear.packs.files import INSTRUMENT, content_files, digest, instrument_folders, packs_root, read_yaml
from forbear.packs.model import GRADES, Conflict, Instrument, Packs, Parameter, Position, Rule

CONFLICT_KEYS = frozenset(("title", "between", "positions", "taken", "why"))
COUNT_KEYS = frozenset(
    ("note", "source", "grade", "results", "directions", "unless", "window_days", "limiting")
)
COUNTRY = re.compile("[A-Z]{2}")


def load_packs(root: Path | None = None) -> Packs:
    """Read, check and freeze all packs under a folder; raises PackError saying what to change and where."""
    root = root or packs_root()
    instruments: dict[str, Instrument] = {}
    parameters: dict[str, Parameter] = {}
    rules: dict[str, Rule] = {}
    files: dict[str, list[Path]] = {}
    for pack, key, folder in instrument_folders(root):
        instrument = instruments[key] = read_instrument(key, folder / INSTRUMENT)
        files.setdefault(pack, []).append(folder / INSTRUMENT)
        for path in content_files(folder):
            files[pack].append(path)
            found, norms = _content(path)
            prefix = key if path.name == "parameters.yaml" else f"{key}/{path.stem}"
            for name, entry in found.items():
                parameters[f"{prefix}/{name}"] = read_parameter(f"{prefix}/{name}", entry, instrument, path)
            for rule_id, entry in norms.items():
                if rule_id in rules:
                    raise PackError(
                        gettext_noop("%(path)s: rule %(rule_id)s is also in %(file)s: rename one"),
                        path=path,
                        rule_id=rule_id,
                        file=rules[rule_id].path,
                    )
                rules[rule_id] = read_rule(rule_id, entry, instrument, path)
    readings, zones, counts, calendars, titles = _jurisdictions(root, files)
    conflicts = _conflicts(root, files)
    acts = read_acts(root, files)
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
        titles | {pack: each.title for pack, each in instruments.items() if pack in files},
        acts,
    )
    check_packs(packs)
    check_acts(packs)
    return packs


def _jurisdictions(
    root: Path, files: dict[str, list[Path]]
) -> tuple[dict[str, Any], dict[str, str], dict[str, Any], dict[str, str], dict[str, Mapping[str, str]]]:
    readings: dict[str, Any] = {}
    zones: dict[str, str] = {}
    counts: dict[str, Any] = {}
    calendars: dict[str, str] = {}
    titles: dict[str, Mapping[str, str]] = {}
    for path in sorted((root / "law").glob("*/jurisdiction.yaml")):
        content = read_yaml(path)
        only(content, {"zone", "readings", "counts", "title", "calendar"}, path, "jurisdiction")
        pack = path.parent.name
        if pack not in files:
            raise PackError(
                gettext_noop(
                    "%(path)s: no instrument lies beside it: add %(pack)s/<instrument>/%(instrument)s"
                ),
                path=path,
                pack=pack,
                instrument=INSTRUMENT,
            )
        readings[pack] = content.get("readings", {})
        zones[pack] = need(content, "zone", path, "jurisdiction")
        titles[pack] = langs(need(content, "title", path, "jurisdiction"), path, "title")
        counts[pack] = content.get("counts", {})
        if "calendar" in content:
            calendars[pack] = _country(content["calendar"], path)
        for name, entry in counts[pack].items():
            only(entry, COUNT_KEYS, path, f"counts: {name}")
            need(entry, "results", path, f"counts: {name}")
        files[pack].append(path)
    for pack in files:
        if (root / "law" / pack).is_dir() and pack not in zones:
            raise PackError(
                gettext_noop("%(pack)s: add jurisdiction.yaml with `zone`, whose midnight starts a law"),
                pack=root / "law" / pack,
            )
    return readings, zones, counts, calendars, titles


def _country(value: Any, path: Path) -> str:
    if not isinstance(value, str) or not COUNTRY.fullmatch(value):
        raise PackError(
            gettext_noop(
                "%(path)s: calendar %(value)r: write the country whose days off hold, such as CN or US"
            ),
            path=path,
            value=value,
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
                raise PackError(
                    gettext_noop("%(path)s: conflict %(name)s is also in %(file)s: rename one"),
                    path=path,
                    name=name,
                    file=found[name].path,
                )
            found[name] = _conflict(name, entry, pack, path)
    return found


def _conflict(name: str, entry: Any, pack: str, path: Path) -> Conflict:
    only(entry, CONFLICT_KEYS, path, name)
    positions = []
    for said in need(entry, "positions", path, name):
        only(said, {"source", "grade", "says"}, path, f"{name}: positions")
        grade = one_of(said.get("grade"), GRADES, path, name, "grade")
        says = langs(need(said, "says", path, name), path, name)
        source = langs(need(said, "source", path, name), path, f"{name}: source")
        positions.append(Position(source, grade, says))
    if len(positions) < 2:
        raise PackError(
            gettext_noop("%(path)s: %(name)s: give at least two positions; with one there is no conflict"),
            path=path,
            name=name,
        )
    texts = {key: langs(need(entry, key, path, name), path, name) for key in ("title", "taken", "why")}
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
    only(content, {"parameters", "rules"}, path, "file")
    return content.get("parameters") or {}, content.get("rules") or {}
