"""Layouts (what a file must carry) and a bank's mapping over them (its headings, codes, units, tolerances)."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from forbear.channels.intake.rules import rules
from forbear.channels.intake.text import normalise_code, normalise_heading

CODES_FILE = Path(__file__).with_name("codes.yaml")
UNITS = ("yuan", "fen")


class BadMapping(ValueError):
    """A layout or mapping file says something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a layout: how its column is headed and how its cells are read."""

    name: str
    type: str
    headings: tuple[str, ...]
    required: bool = False
    column_required: bool = False
    codes: str | None = None
    default: str | None = None
    kind: str | None = None  # contact kind of a phone or address column
    minimum: int = 0
    maximum: int = 0
    lenient: bool = False  # an unreadable cell becomes empty with a warning, the row goes on
    unit: str = "yuan"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file."""

    name: str
    title: str
    title_zh: str
    key: tuple[str, ...]
    fields: Dict[str, Field]
    file_prefixes: tuple[str, ...] = ()
    control_sum: str | None = None
    withheld: tuple[str, ...] = ()
    stated: Dict[str, str] = field(default_factory=dict)

    def by_heading(self) -> dict[str, str]:
        """Return field name by normalised heading; raise BadMapping when one heading means two fields."""
        found: dict[str, str] = {}
        for one in self.fields.values():
            for heading in one.headings:
                known = found.setdefault(normalise_heading(heading), one.name)
                if known != one.name:
                    raise BadMapping(f"{self.name}: heading {heading!r} means both {known} and {one.name}")
        return found


@dataclass(frozen=True, slots=True)
class Mapping:
    """A bank's own words: laid over the layouts and codes that ship with Forbear."""

    name: str = "built-in"
    headings: Dict[str, Dict[str, tuple[str, ...]]] = field(
        default_factory=dict
    )  # layout -> field -> headings
    codes: Dict[str, Dict[str, str]] = field(default_factory=dict)  # code list -> bank's value -> meaning
    units: Dict[str, str] = field(default_factory=dict)  # field -> yuan or fen
    unit: str | None = None  # for every amount column that `units` does not name
    widths: Dict[str, int] = field(default_factory=dict)  # field -> digits, leading zeros included
    severities: Dict[str, str] = field(default_factory=dict)  # rule -> error or warn
    unknown_codes: Dict[str, str] = field(default_factory=dict)  # code list -> error or warn
    tolerances: Dict[str, int] = field(default_factory=dict)
    stated: Dict[str, str] = field(default_factory=dict)  # contact_source, own_basis, person_basis

    def severity(self, rule: str) -> str:
        """Return the severity of a rule as this bank wants it."""
        return self.severities.get(rule, rules()[rule].severity)

    def tolerance(self, name: str) -> int:
        """Return a tolerance: the bank's own, else the one that ships."""
        return self.tolerances.get(name, built_in()["tolerances"][name])

    def meanings(self, code_list: str) -> dict[str, str]:
        """Return meaning by normalised code value, the bank's own over those that ship."""
        found = {
            normalise_code(str(value)): meaning
            for meaning, values in built_in()["codes"][code_list].items()
            for value in values
        }
        own = self.codes.get(code_list, {})
        return found | {normalise_code(str(value)): str(meaning) for value, meaning in own.items()}


BUILT_IN = Mapping()
_MAPPING_KEYS = {
    "name", "headings", "codes", "units", "unit", "widths", "severities", "unknown_codes", "tolerances", "stated",
}  # fmt: skip


@cache
def built_in() -> dict[str, Any]:
    """Read the codes, hints, regions and tolerances that ship."""
    content: dict[str, Any] = yaml.safe_load(CODES_FILE.read_text("utf-8"))
    return content


def load_mapping(path: Path) -> Mapping:
    """Read a bank's mapping file; raise BadMapping naming the key that cannot be used."""
    return mapping_from(yaml.safe_load(path.read_text("utf-8")) or {})


def mapping_from(content: dict[str, Any]) -> Mapping:
    """Check a mapping given as data; raise BadMapping naming the key that cannot be used."""
    unknown = set(content) - _MAPPING_KEYS
    if unknown:
        raise BadMapping(f"unknown keys {sorted(unknown)}; known are {sorted(_MAPPING_KEYS)}")
    for unit in [*content.get("units", {}).values(), content.get("unit") or UNITS[0]]:
        if unit not in UNITS:
            raise BadMapping(f"unit {unit!r} is none of {UNITS}")
    for rule, severity in content.get("severities", {}).items():
        if rule not in rules() or severity not in ("error", "warn") or rules()[rule].severity == "refuse":
            raise BadMapping(f"severity of {rule!r} cannot be {severity!r}")
    for code_list in [*content.get("codes", {}), *content.get("unknown_codes", {})]:
        if code_list not in built_in()["codes"]:
            raise BadMapping(f"unknown code list {code_list!r}; known are {sorted(built_in()['codes'])}")
    headings = {
        layout: {name: tuple(words) for name, words in fields.items()}
        for layout, fields in content.get("headings", {}).items()
    }
    return Mapping(**(content | {"headings": headings}))


def load_layout(path: Path, name: str) -> Layout:
    """Read one layout file."""
    content = yaml.safe_load(path.read_text("utf-8"))
    fields = {key: _field(key, body) for key, body in content["fields"].items()}
    for number in range(1, content.get("contact_persons", 0) + 1):
        for key, body in content["person_fields"].items():
            words = [str(heading).replace("N", str(number), 1) for heading in body["headings"]]
            fields[f"person{number}_{key}"] = _field(f"person{number}_{key}", body | {"headings": words})
    stated = {key: content[key] for key in ("contact_source", "own_basis", "person_basis") if key in content}
    return Layout(
        name=name,
        title=content["title"],
        title_zh=content["title_zh"],
        key=tuple(content["key"]),
        fields=fields,
        file_prefixes=tuple(content.get("file_prefixes", ())),
        control_sum=content.get("control_sum"),
        withheld=tuple(content.get("withheld", ())),
        stated=stated,
    )


def _field(name: str, body: dict[str, Any]) -> Field:
    return Field(
        name=name,
        type=body["type"],
        headings=tuple(str(heading) for heading in [*body["headings"], name]),
        required=body.get("required", False),
        column_required=body.get("column_required", body.get("required", False)),
        codes=body.get("codes"),
        default=body.get("default"),
        kind=body.get("kind"),
        minimum=body.get("min", 0),
        maximum=body.get("max", 0),
        lenient=body.get("bad") == "warn",
    )


def lay_over(layout: Layout, mapping: Mapping) -> Layout:
    """Return the layout with the bank's own headings (they win), units and widths."""
    own = mapping.headings.get(layout.name, {})
    unknown = set(own) - set(layout.fields)
    if unknown:
        raise BadMapping(f"{layout.name} has no fields {sorted(unknown)}")
    taken = {normalise_heading(word) for words in own.values() for word in words}
    fields = {}
    for name, one in layout.fields.items():
        kept = tuple(word for word in one.headings if normalise_heading(word) not in taken)
        fields[name] = replace(
            one,
            headings=own.get(name, ()) + kept,
            unit=mapping.units.get(name, mapping.unit or one.unit),
            width=mapping.widths.get(name, one.width),
        )
    return replace(layout, fields=fields, stated=dict(layout.stated) | dict(mapping.stated))
