"""House habits a reader would otherwise have to check by eye. Each failure says what to do instead."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "forbear"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
# The rooms from top to bottom, as import-linter holds them.
LAYERS = [
    layer.split(" | ")
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for layer in contract["layers"]
]
ROOMS = [room for layer in LAYERS for room in layer if room != "__main__"]
BELOW = ROOMS[ROOMS.index("web") + 1 :]
LONGEST_FUNCTION = 60

MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
BELOW_WEB = [path for path in MODULES if path.relative_to(SOURCE).parts[0] in BELOW]
WEB_READERS = [path for path in (SOURCE / "web").rglob("*.py") if path.parts[-2:] != ("law", "overlay.py")]
QUESTIONS = sorted((SOURCE / "questions").rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("*.html"))
ASSETS = sorted(path for path in SOURCE.rglob("*") if path.suffix in (".html", ".css", ".js", ".svg"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", [pytest.param(path, id=place(path)) for path in paths])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names(node: ast.AST) -> str:
    """Return a dotted name, or nothing."""
    if isinstance(node, ast.Attribute):
        return f"{names(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


CLOCKS = re.compile(
    r"(^|\.)(datetime|date|timezone)\.(now|today|utcnow|localdate|localtime)$|^time\.(time|time_ns|localtime|gmtime)$"
)


def clock_reads(path: Path) -> list[str]:
    calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return [f"line {call.lineno}: {names(call.func)}" for call in calls if CLOCKS.search(names(call.func))]


@each(BELOW_WEB)
def test_nothing_below_web_reads_the_clock(path: Path) -> None:
    assert not clock_reads(path), "take as_of or at as an argument; the caller in web/ reads web/clock.py"


def test_the_clock_habit_sees_a_clock_read(tmp_path: Path) -> None:
    guilty = tmp_path / "guilty.py"
    guilty.write_text(
        "import datetime, time\na = datetime.date.today()\nb = time.time()\nc = datetime.datetime.now()\n"
    )

    assert len(clock_reads(guilty)) == 3


@each(WEB_READERS)
def test_web_reads_the_packs_in_force_and_not_those_shipped(path: Path) -> None:
    shipped = [node for node in ast.walk(tree(path)) if names(node) == "shared_packs"]
    assert not shipped, (
        "ask law/current.py for packs_at or packs_now: what was published counts from its moment"
    )


TONGUES = [SOURCE / "web" / "reading.py", SOURCE / "web" / "config" / "middleware.py"]


@each([path for path in WEB_READERS if path not in TONGUES])
def test_one_module_says_in_which_language_a_reader_reads(path: Path) -> None:
    asked = [node for node in ast.walk(tree(path)) if names(node).endswith("get_language")]
    assert not asked, "ask web/reading.py for reading_lang"


@each(BELOW_WEB)
def test_nothing_below_web_knows_django(path: Path) -> None:
    foreign = [
        f"line {node.lineno}: {name}"
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name.split(".")[0] in ("django", "ninja", "psycopg", "procrastinate")
        or name.startswith("forbear.web")
    ]
    assert not foreign, "only web/ and cli know Django and the database; pass plain data down"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@each(MODULES)
def test_minor_units_are_never_floats(path: Path) -> None:
    """A name ending in _minor is an int64 count of the smallest coin; a float would lose cents."""
    guilty = [f"line {line}: {name}" for line, name in float_money(tree(path))]
    assert not guilty, "hold minor units as int, int64 or BigIntegerField"


def float_money(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if (
            isinstance(node, ast.AnnAssign)
            and is_minor(node.target)
            and "float" in ast.unparse(node.annotation)
        ):
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.arg) and node.arg.endswith("_minor") and "float" in annotation(node):
            yield node.lineno, node.arg
        if isinstance(node, ast.Assign) and any(map(is_minor, node.targets)) and makes_float(node.value):
            yield node.lineno, ast.unparse(node)[:80]


def annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


def is_minor(node: ast.AST) -> bool:
    return names(node).endswith("_minor")


def makes_float(value: ast.expr) -> bool:
    """Say whether the outermost operation makes a float: a true division, float(), a float literal, a FloatField."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        return "Decimal" not in ast.unparse(value)
    if isinstance(value, ast.Call):
        return names(value.func).split(".")[-1] in ("float", "float32", "float64", "FloatField")
    return isinstance(value, ast.Constant) and isinstance(value.value, float)


def test_the_money_habit_sees_a_float() -> None:
    guilty = ast.parse(
        "a_minor: float = 1\nb_minor = c / 2\nd_minor = models.FloatField()\ndef f(e_minor: float): ..."
    )

    assert len(list(float_money(guilty))) == 4


# Halves, hundredths, machine words and the units of time are arithmetic; every other number is a rule until shown otherwise.
ARITHMETIC = {0, 1, 2, 10, 24, 60, 64, 100, 1_000, 3_600, 86_400, 1_000_000, 60_000_000, 3_600_000_000}


@each(QUESTIONS)
def test_rules_hold_no_numbers_of_their_own(path: Path) -> None:
    """A legal number lives in law/ or policy/ with its source.

    Numbers may stand in an UPPER_CASE constant with a comment that says why it is no rule (widths, sizes), and in
    the bounds of a fact's schema.
    """
    numbers = [f"line {node.lineno}: {node.value}" for node in bare_numbers(path.read_text(encoding="utf-8"))]
    assert not numbers, "move these into law/ or policy/ with a source"


def bare_numbers(text: str) -> list[ast.Constant]:
    module, lines = ast.parse(text), text.splitlines()
    excused = {
        inner
        for node in ast.walk(module)
        if is_bound(node) or (node in module.body and is_explained_constant(node, lines))
        for inner in ast.walk(node)
    }
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if node.value not in ARITHMETIC and node not in excused
    ]


def is_bound(node: ast.AST) -> bool:
    """Say whether the numbers within bound a schema or only count columns to unpack."""
    return isinstance(node, ast.Call) and names(node.func).split(".")[-1] in ("Meta", "range")


def is_explained_constant(node: ast.AST, lines: list[str]) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    beside = "#" in lines[node.lineno - 1] or lines[node.lineno - 2].lstrip().startswith("#")
    return beside and all(names(target).isupper() for target in targets)


def test_the_number_habit_sees_a_legal_number() -> None:
    guilty = "def rule(calls):\n    return calls < 3\nLIMIT = 6\n"
    excused = "WIDTH = 64  # bits of a mask\nclass F:\n    hour: Annotated[int, Meta(le=23)]\ndef f(x):\n    return x * 60\n"

    assert sorted(node.value for node in bare_numbers(guilty)) == [3, 6]
    assert bare_numbers(excused) == []


@each(MODULES)
def test_no_assert_guards_anything(path: Path) -> None:
    lines = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]
    assert not lines, "raise an error that names the value and what was expected; python -O drops assert"


@each(MODULES)
def test_functions_stay_short(path: Path) -> None:
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long, f"split it into named parts; at most {LONGEST_FUNCTION} lines"


@each([path for path in MODULES if path.relative_to(SOURCE).parts[0] not in ("cli", "cli.py")])
def test_only_the_command_line_prints(path: Path) -> None:
    prints = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and names(node.func) == "print"
    ]
    assert not prints, "return the words, or use click.echo in a command"


@each(MODULES)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    module = tree(path)
    assert not module.body or ast.get_docstring(module), "begin the file with one sentence"


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_a_page(room: str) -> None:
    pages = list((ROOT / "docs").rglob(f"{room}.md"))
    assert pages, f"write docs/rooms/{room}.md: what it does, what it never does, how to extend it"


SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>", re.IGNORECASE)
HANDLER = re.compile(r"\s(on[a-z]+|style)\s*=\s*[\"']", re.IGNORECASE)


@each(TEMPLATES)
def test_templates_hold_no_inline_script_or_style(path: Path) -> None:
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    inline = [match[0] for match in SCRIPT.finditer(text) if "src=" not in match["attributes"]]
    inline += re.findall(r"<style\b", text) + [match[0].strip() for match in HANDLER.finditer(text)]
    assert not inline, "the content security policy refuses it; put it into static/<app>/*.js or forbear.css"


OUTSIDE = re.compile(
    r"(?:src|href|action|url\(|@import|import|fetch\()\s*=?\s*[\"'(]?\s*(?:https?:)?//[a-z0-9.-]+",
    re.IGNORECASE,
)


@each(ASSETS)
def test_no_asset_comes_from_outside(path: Path) -> None:
    found = OUTSIDE.findall(path.read_text(encoding="utf-8"))
    assert not found, "bank networks are closed: ship it with the package or with a wheel we depend on"
