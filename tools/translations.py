"""Keep the Chinese words complete: `update` the catalogues from the code, `compile` them, `check` that nothing is missing.

English is written in the code itself, so only zh_Hans has catalogues: one beside each app of web/ with the words of
that app, and one in web/ for everything else. Needs Django and Babel, no gettext programs.
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
WEB = SOURCE / "web"
BELOW = Path("locale", LANGUAGE, "LC_MESSAGES", "django.po")  # where Django looks, below an app or below web/
KEYWORDS = {
    "_": None, "lazy": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
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
    """Merge what the code says into the catalogues; keep translations, drop what is gone, list what is missing."""
    known = {path: read_catalogue(path) for path in set(catalogues()) | set(WEB.rglob("django.po"))}
    for path, found in catalogues().items():
        new, missing = merged(found, [known[path], *known.values()])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(HEADER.encode())
            write_po(file, new, width=0, include_lineno=False, omit_header=True)
        print(f"{len(found)} messages, {missing} without a translation: {path.relative_to(ROOT)}")
    for path in set(known) - set(catalogues()):
        path.unlink()
    return 0


def merged(found: dict[Key, Found], known: list[Catalog]) -> tuple[Catalog, int]:
    """Return a catalogue of the messages found, each with the first translation known, and how many have none."""
    new = catalogue()
    for key, message in sorted(found.items(), key=lambda item: (item[1].places[0], str(item[0]))):
        entries = (old.get(single(message.id), context=message.context) for old in known)
        entry = next((entry for entry in entries if entry is not None and translated(entry)), None)
        new.add(
            message.id,
            string=fitting(entry, message.id),
            locations=[(place, 0) for place in dict.fromkeys(path for path, _line in message.places)],
            flags=entry.flags - {"fuzzy"} if entry else (),
            context=key[0],
        )
    return new, sum(not translated(message) for message in new if message.id)


def catalogues() -> dict[Path, dict[Key, Found]]:
    """Return the messages in the code by the catalogue they belong in: their app's, or the one of web/."""
    apps = {path.parent for path in WEB.glob("*/apps.py")}
    found = {app / BELOW: messages_in(app) for app in sorted(apps)}
    found[WEB / BELOW] = messages_in(SOURCE, without=apps)
    return {path: messages for path, messages in found.items() if messages}


def compile_catalogue() -> int:
    """Write a .mo file beside each .po file."""
    for path in WEB.rglob("django.po"):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read_catalogue(path))
    return 0


def check() -> int:
    """Fail, naming each, when a message lacks its Chinese, has lost a placeholder, or when a catalogue is out of date."""
    problems = every_problem()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(
            f"{len(problems)} to mend; `python tools/translations.py update` adds what is missing",
            file=sys.stderr,
        )
    return 1 if problems else 0


def every_problem() -> list[str]:
    """Return what is wrong with any catalogue, and where two of them translate one message differently."""
    problems: list[str] = []
    chinese: dict[Key, tuple[str, Id]] = {}
    for path, found in catalogues().items():
        known = read_catalogue(path)
        problems += problems_of(known, found)
        for key, message in found.items():
            entry = known.get(single(message.id), context=message.context)
            where, said = chinese.setdefault(key, (message.places[0][0], entry.string if entry else ""))
            if entry is not None and entry.string != said:
                problems.append(
                    f"{message.places[0][0]}: {single(message.id)!r} is {single(entry.string)!r} here and"
                    f" {single(said)!r} in {where}; choose one, or give them contexts"
                )
    return problems


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
        f"django.po: nothing in the code says {single(each)!r} any more"
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


def messages_in(folder: Path, without: set[Path] = frozenset()) -> dict[Key, Found]:
    """Return every message of the Python and template files below a folder, leaving out some folders of it."""
    found: dict[Key, Found] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or "migrations" in path.parts:
            continue
        if not without.isdisjoint(path.parents):
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
