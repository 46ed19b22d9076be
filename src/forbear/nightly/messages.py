"""Messages from templates with typed variables; no template may carry an amount before identity is confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from forbear.nightly.day import HOUSE, Day
from forbear.packs import Packs

_SLOT = re.compile(r"\{([a-z_]+)\}")
_DEBT_FIGURE = re.compile(r"[¥￥$]|(?:RMB|CNY|元|金额|amount of)", re.IGNORECASE)
LANGUAGES = ("zh-hans", "en")
TEXT_MAX = 500


class BadTemplate(ValueError):
    """A message template can't be used; names the file and what to change."""


@dataclass(frozen=True, slots=True)
class Template:
    """One message in its languages, with the variables it may use."""

    name: str
    title: Mapping[str, str]
    variables: tuple[str, ...]
    text: Mapping[str, str]


def _house(name: str) -> Callable[[Day, pa.Table], pa.Scalar]:
    return lambda day, _: pa.scalar(day.policy(f"messages/{name}"))


# What a variable stands for. There is none for money: the house shows no debt figure before identity is confirmed,
# and a message is read by whoever holds the phone.
VARIABLES: Mapping[str, Callable[[Day, pa.Table], Any]] = {
    "bank": _house("bank"),
    "hotline": _house("hotline"),
    "app": _house("app"),
    "card_tail": lambda _, rows: rows["card_tail"].cast(pa.string()),
}


def templates(packs: Packs) -> dict[str, Template]:
    """Return the house's message templates by name; raises BadTemplate."""
    key = (__name__, "templates")
    if key not in packs.compiled:
        folder = Path(packs.instruments[HOUSE].path).parent / "templates"
        packs.compiled[key] = {path.stem: _load(path) for path in sorted(folder.glob("*.yaml"))}
    found: dict[str, Template] = packs.compiled[key]
    return found


def _load(path: Path) -> Template:
    content = yaml.safe_load(path.read_text())
    if set(content) != {"title", "variables", "text"} or set(content["text"]) != set(LANGUAGES):
        raise BadTemplate(f"{path}: write title, variables and text, the text in {' and '.join(LANGUAGES)}")
    for language, text in content["text"].items():
        if fault := fault_of(text, content["variables"]):
            raise BadTemplate(f"{path}: {language}: {fault}")
    return Template(path.stem, content["title"], tuple(content["variables"]), content["text"])


def fault_of(text: str, variables: Iterable[str]) -> str:
    """Return what is wrong with the text of a template that declares these variables; nothing where it may be used."""
    used = set(_SLOT.findall(text))
    if unknown := sorted(used - set(VARIABLES)) or sorted(used ^ set(variables)):
        return f"{unknown[0]} is not both declared and known: {', '.join(VARIABLES)}"
    if found := _DEBT_FIGURE.search(_SLOT.sub("", text)):
        return f"{found[0]!r}: no debt figure before identity is confirmed"
    return f"{len(text)} characters, at most {TEXT_MAX}" if len(text) > TEXT_MAX else ""


def render(known: Mapping[str, Template], rows: pa.Table, *, day: Day, language: str) -> pa.Array:
    """Return the text of each row's template (column `message`); raises BadTemplate for an unknown one."""
    names = rows["message"].combine_chunks()
    texts = pa.array([None] * rows.num_rows, pa.string())
    for name in pc.unique(names).to_pylist():
        if name not in known:
            raise BadTemplate(f"templates/{name}.yaml is missing; a policy asks for it")
        mine = pc.equal(names.cast(pa.string()), name)
        made = fill(known[name].text[language], rows.filter(mine), day=day)
        texts = pc.replace_with_mask(texts, mine, made)
    return texts


def fill(text: str, rows: pa.Table, *, day: Day) -> pa.Array:
    """Fill one template for many rows at once."""
    parts = _SLOT.split(text.strip())
    pieces = [
        VARIABLES[part](day, rows) if slot else pa.scalar(part)
        for part, slot in zip(parts, _alternating(), strict=False)
    ]
    columns = [
        piece if isinstance(piece, pa.ChunkedArray) else pa.repeat(piece, rows.num_rows) for piece in pieces
    ]
    made = pc.binary_join_element_wise(*columns, "")
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def _alternating() -> Any:
    slot = False
    while True:
        yield slot
        slot = not slot
