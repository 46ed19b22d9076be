"""Keep the Chinese words complete: `update` the catalogue from the code, `compile` it, `check` that nothing is missing.

English is written in the code itself, so only zh_Hans has a catalogue. Needs Django and Babel, no gettext programs.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "forbear"
LANGUAGE = "zh_Hans"
PO = SOURCE / "web" / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?([sdfr])|\{(\w+)[^{}]*\}")
# Written by hand: Babel's own would carry the hour of the update into every commit.
HEADER = """\
# Simplified Chinese for Forbear. Words of the trade follow docs/glossary.md.
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
Id = str | tuple[str, ...]
Key = tuple[str | None, Id]


@dataclass(slots=True)
class Found:
    """A message in the code and the places it stands at."""

    id: Id
    context: str | None
    places: list[tuple[str, int]] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run one of update, compile, check; return the exit status."""
    commands = {"update": update, "compile": compile_catalogue, "check": check}
    if len(arguments) != 1 or arguments[0] not in commands:
        print("usage: python tools/translations.py update|compile|check", file=sys.stderr)
        return 2
    return commands[arguments[0]]()


def update() -> int:
    """Merge what the code says into the catalogue; keep translations, drop what is gone, list what is missing."""
    old, found = read_catalogue(PO), messages_in(SOURCE)
    new = catalogue()
    for key, message in sorted(found.items(), key=lambda item: (item[1].places[0], str(item[0]))):
        known = old.get(single(message.id), context=message.context)
        new.add(
            message.id,
            string=fitting(known, message.id),
            locations=[(place, 0) for place in dict.fromkeys(path for path, _line in message.places)],
            flags=known.flags - {"fuzzy"} if known else (),
            context=key[0],
        )
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, new, width=0, include_lineno=False, omit_header=True)
    missing = [message for message in new if message.id and not translated(message)]
    print(f"{len(found)} messages, {len(missing)} without a translation: {PO.relative_to(ROOT)}")
    return 0


def compile_catalogue() -> int:
    """Write the .mo file beside the .po file."""
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, read_catalogue(PO))
    return 0


def check() -> int:
    """Fail, naming each, when a message lacks its Chinese, has lost a placeholder, or when the catalogue is out of date."""
    problems = problems_of(read_catalogue(PO), messages_in(SOURCE))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(
            f"{len(problems)} to mend; `python tools/translations.py update` adds what is missing",
            file=sys.stderr,
        )
    return 1 if problems else 0


def problems_of(known: Catalog, found: dict[Key, Found]) -> list[str]:
    """Return what is wrong with a catalogue for the messages found in the code."""
    problems = []
    for message in found.values():
        where = "{}:{}".format(*message.places[0])
        entry = known.get(single(message.id), context=message.context)
        if entry is None or not translated(entry):
            problems.append(f"{where}: no Chinese for {single(message.id)!r}")
        elif entry.fuzzy:
            problems.append(f"{where}: the Chinese is only a guess (fuzzy): {single(message.id)!r}")
        elif lost := lost_placeholders(entry):
            problems.append(
                f"{where}: the Chinese of {single(message.id)!r} lacks or invents {', '.join(sorted(lost))}"
            )
        if re.search(r"[\u4e00-\u9fff]", "".join(as_tuple(message.id))):
            problems.append(f"{where}: write the message in English and translate it: {single(message.id)!r}")
    gone = {(entry.context, entry.id) for entry in known if entry.id} - {
        (message.context, message.id) for message in found.values()
    }
    problems += [
        f"{PO.name}: nothing in the code says {single(each)!r} any more"
        for _context, each in sorted(gone, key=str)
    ]
    return problems


def lost_placeholders(entry: Message) -> set[str]:
    """Return placeholders that stand in one language and not in the other; Chinese has one plural form."""
    if isinstance(entry.id, tuple):
        english = set.union(*(placeholders(each) for each in entry.id))
        # "1 day" may leave the number out in English; Chinese always says it.
        return placeholders(entry.string[0]) ^ english
    return placeholders(entry.id) ^ placeholders(entry.string)


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders of a text."""
    return {match[1] or match[3] for match in PLACEHOLDER.finditer(text)}


def messages_in(folder: Path) -> dict[Key, Found]:
    """Return every message of the Python and template files below a folder."""
    found: dict[Key, Found] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or "migrations" in path.parts:
            continue
        place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        for line, message, context in messages_of(path):
            found.setdefault((context, message), Found(message, context)).places.append((place, line))
    return found


def messages_of(path: Path) -> Iterator[tuple[int, Id, str | None]]:
    """Yield line, message and context of one file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = template_as_python(text, path)
    elif not any(f"{name}" in names_used(text) for name in KEYWORDS):
        return
    for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        if message:
            yield line, message, context


def names_used(text: str) -> set[str]:
    """Return the names a module calls."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {getattr(call, "id", getattr(call, "attr", "")) for call in calls}


def template_as_python(text: str, path: Path) -> str:
    """Return a template's messages as Python calls, by Django's own reader."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    return templatize(text, origin=str(path))


def catalogue() -> Catalog:
    """Return an empty catalogue."""
    return Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)


def read_catalogue(path: Path) -> Catalog:
    """Return the catalogue of a .po file; an empty one when there is no file yet."""
    if not path.exists():
        return catalogue()
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def as_tuple(message: Id) -> tuple[str, ...]:
    """Return singular and plural, or the one form."""
    return message if isinstance(message, tuple) else (message,)


def single(message: Id) -> str:
    """Return the singular."""
    return as_tuple(message)[0]


def translated(message: Message) -> bool:
    """Return whether every form has words."""
    return bool(message.string) and all(as_tuple(message.string))


def fitting(known: Message | None, message: Id) -> Id:
    """Return the translation already there in the shape the message needs; Chinese has one plural form."""
    string = known.string if known else ""
    if isinstance(message, tuple):
        return as_tuple(string)[:1] or ("",)
    return single(string) if string else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
