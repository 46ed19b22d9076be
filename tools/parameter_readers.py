"""Records which questions and programs read each parameter that no rule names, for the page "where it is used".

A question reads what its worked cases made it ask for by name. A program reads what its source names: the whole name, or
the last part of it beside the path it stands under. `python tools/parameter_readers.py` writes the record;
tests/web/law/test_readers.py holds that it is what the cases and the source say.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from forbear.packs import Packs, load_packs
from forbear.questions.coverage import Coverage
from forbear.questions.vectors import load_vectors

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/forbear"
RECORD = SOURCE / "web/law/readers.yaml"
APART = ("packs", "questions")  # rooms that read for the questions, or for nobody
SETTINGS = "config"  # lists the apps by name and reads no parameter
HEAD = "# Written by tools/parameter_readers.py: who reads a parameter that no rule names.\n"


def unnamed(packs: Packs) -> list[str]:
    """Name the parameters that no rule's tests or text stand on."""
    named = {name for rule in packs.rules.values() for name in packs.parameters_of(rule)}
    return sorted(set(packs.parameters) - named)


def readers(packs: Packs) -> dict[str, list[str]]:
    """Return by parameter who reads it: "question/<name>", "parameter/<name>" and "program/<room or app>"."""
    asked = Coverage(packs, load_vectors(ROOT)).reads
    programs = {program: named_in(paths) for program, paths in sources().items()}
    numbers = {name: json.dumps(each.held, default=str) for name, each in packs.parameters.items()}
    return {
        name: [
            *(f"question/{question}" for question in sorted(asked) if name in asked[question]),
            *(f"parameter/{other}" for other, held in sorted(numbers.items()) if f'"{name}"' in held),
            *(f"program/{program}" for program, words in sorted(programs.items()) if reads(words, name)),
        ]
        for name in unnamed(packs)
    }


def sources() -> Mapping[str, list[Path]]:
    """Return by room, and in web by app, the files of its program."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).parts
        if "migrations" not in parts and SETTINGS not in parts and parts[0] not in APART and len(parts) > 1:
            found[parts[1].removesuffix(".py") if parts[0] == "web" else parts[0]].append(path)
    return found


def named_in(paths: list[Path]) -> set[str]:
    """Return the strings a program holds, those within formatted strings included."""
    return {text for path in paths for text in strings(ast.parse(path.read_text(encoding="utf-8")))}


def strings(tree: ast.AST) -> Iterator[str]:
    """Yield every string constant, documentation excepted."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def reads(words: set[str], name: str) -> bool:
    """Say whether a program names a parameter whole, or its end, which alone is telling where it is a path itself."""
    cuts = [place for place, sign in enumerate(name) if sign == "/"]
    ends = {name[:cut]: name[cut + 1 :] for cut in cuts}
    return name in words or any(
        end in words and ("/" in end or bool(beginnings(head) & words)) for head, end in ends.items()
    )


def beginnings(head: str) -> set[str]:
    """Return how a program may write the path before a name: with or without the pack, or the closing stroke."""
    inside = head.partition("/")[2]
    return {head, f"{head}/"} | ({f"{inside}/"} if inside else set())


def written(found: Mapping[str, list[str]]) -> str:
    """Return the record as a file, one parameter a line."""
    return HEAD + "".join(f"{name}: [{', '.join(who)}]\n" for name, who in found.items())


if __name__ == "__main__":
    RECORD.write_text(written(readers(load_packs(ROOT))), encoding="utf-8")
