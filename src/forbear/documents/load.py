"""Reads the templates of a folder and lints each: <name>.yaml says what it takes, <name>.typ how it looks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forbear.documents.model import SCALARS, TYPES, BadDocument, BadTemplate, Sum, Template, Variable
from forbear.documents.press import print_pdf
from forbear.documents.sample import sample
from forbear.documents.values import written
from forbear.packs import LANGS, PackError
from forbear.packs.files import read_yaml

PAPER = "_paper.typ"  # the one file templates share: page, headings, tables
KEYS = frozenset(("title", "version", "languages", "source", "dated", "variables", "items", "sums"))
NAME = re.compile(r"[a-z][a-z0-9_]*")
USED = re.compile(r"\bd\.([a-z][a-z0-9_]*)")
SAID = re.compile(r"#item\(\"([a-z0-9_]+)\"\)")
# What a template may not do: run text as source, read files, load packages or machine code.
FORBIDDEN = re.compile(
    r"\b(eval|plugin|read|json|yaml|toml|csv|xml|cbor|include)\s*[(\"]|import\s+\"(?!_paper\.typ\")"
)
COMMENT = re.compile(r"//[^\n]*")


def load_templates(folder: Path) -> Mapping[str, Template]:
    """Return the templates of a folder by name, each printed once with sample values; raises BadTemplate."""
    if not (folder / PAPER).is_file():
        raise BadTemplate(f"{folder / PAPER} is missing; every template prints on it")
    fronts = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    bodies = {path.stem for path in folder.glob("*.typ") if path.name != PAPER}
    if alone := sorted(set(fronts) ^ bodies):
        raise BadTemplate(f"{folder}: {alone[0]} needs both {alone[0]}.yaml and {alone[0]}.typ")
    return {name: lint(_read(name, path)) for name, path in fronts.items()}


def _read(name: str, path: Path) -> Template:
    front, body = _front(path), path.with_suffix(".typ").read_bytes()
    parts = (path.read_bytes(), body, (path.parent / PAPER).read_bytes())
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    try:
        variables = {key: _variable(path, key, entry) for key, entry in front["variables"].items()}
        return Template(
            name,
            dict(front["title"]),
            str(front["version"]),
            tuple(front["languages"]),
            variables,
            {item: tuple(names) for item, names in (front.get("items") or {}).items()},
            tuple(Sum(rule["total"], tuple(rule["parts"])) for rule in front.get("sums") or ()),
            str(front["dated"]),
            str(front["source"]),
            path.with_suffix(".typ"),
            body,
            digest,
        )
    except (TypeError, AttributeError, KeyError) as error:
        raise BadTemplate(f"{path}: {error!r}: see docs/rooms/documents.md for its form") from error


def _front(path: Path) -> Mapping[str, Any]:
    try:
        front = read_yaml(path)
    except PackError as error:
        raise BadTemplate(str(error)) from error
    if not isinstance(front, dict) or not set(front) <= KEYS:
        raise BadTemplate(f"{path}: write only {', '.join(sorted(KEYS))}")
    if missing := sorted({"title", "version", "languages", "source", "dated", "variables"} - set(front)):
        raise BadTemplate(f"{path}: `{missing[0]}` is missing")
    languages = front["languages"]
    if not languages or set(languages) - set(LANGS) or set(front["title"]) != set(languages):
        raise BadTemplate(f"{path}: languages are some of {', '.join(LANGS)}, each with a title")
    return front


def _variable(path: Path, name: str, entry: Any) -> Variable:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadTemplate(f"{path}: {name!r}: name a variable with small letters, digits and _")
    if not isinstance(entry, dict) or set(entry) - {"type", "optional", "columns"}:
        raise BadTemplate(f"{path}: {name}: write type, and optional or columns where needed")
    kind, columns = entry.get("type"), entry.get("columns") or {}
    if kind not in TYPES or set(columns.values()) - set(SCALARS) or (kind == "table") != bool(columns):
        raise BadTemplate(
            f"{path}: {name}: a type is one of {', '.join(TYPES)}; a table names its columns' types"
        )
    return Variable(kind, bool(entry.get("optional", False)), dict(columns))


def lint(template: Template) -> Template:
    """Return the template if all it declares is said, all it says declared, and it prints in each language."""
    source = COMMENT.sub("", template.body.decode())
    if found := FORBIDDEN.search(source):
        raise BadTemplate(f"{template.path}: {found[0]!r}: a template shows values, it does not run or read")
    used, said = set(USED.findall(source)), set(SAID.findall(source))
    if odd := sorted(used ^ set(template.variables)):
        raise BadTemplate(f"{template.path}: {odd[0]!r} is not both declared and used")
    if odd := sorted(said ^ set(template.items)):
        raise BadTemplate(
            f'{template.path}: item {odd[0]!r} is not both declared and marked with #item("{odd[0]}")'
        )
    dated = template.variables.get(template.dated)
    if dated is None or dated.optional or dated.type not in ("date", "moment"):
        raise BadTemplate(f"{template.path}: dated: {template.dated!r} is no date that is always given")
    _lint_items(template)
    _lint_sums(template)
    _print_once(template)
    return template


def _lint_items(template: Template) -> None:
    for item, names in template.items.items():
        for name in names:
            if name not in template.variables:
                raise BadTemplate(f"{template.path}: item {item} names {name!r}, which is no variable")
            if template.variables[name].optional:
                raise BadTemplate(f"{template.path}: item {item} needs {name}, so it can't be optional")


def _lint_sums(template: Template) -> None:
    for rule in template.sums:
        for part in (rule.total, *rule.parts):
            name, _, column = part.partition(".")
            variable = template.variables.get(name)
            kind = variable and (variable.columns.get(column) if column else variable.type)
            if kind not in ("money", "amount"):
                raise BadTemplate(f"{template.path}: sums: {part!r} is no money")


def _print_once(template: Template) -> None:
    optional = [name for name, variable in template.variables.items() if variable.optional]
    for lang in template.languages:
        whole = sample(template)
        for data in (whole, {name: value for name, value in whole.items() if name not in optional}):
            try:
                print_pdf(template, written(template, data, lang, sums=False), lang)
            except BadDocument as error:
                raise BadTemplate(f"{template.path}: {error}") from error
