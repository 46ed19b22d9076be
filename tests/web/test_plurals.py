"""One thing is told as one thing: no English text has a number before a noun in the plural and no singular beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import engines
from django.utils import translation

from forbear import web

WEB = Path(web.__file__).parent
NOUNS = (
    r"accounts|approvals|calls|cases|characters|colleagues|corrections|days|debtors|documents|entries|files|hours|instalments"
    r"|letters|lines|matters|messages|minutes|months|numbers|pages|payments|people|persons|photos|places|promises"
    r"|rows|rules|seconds|stops|tries|visits|weeks|years"
)
PLURAL = rf"[\w ]{{0,12}}\b({NOUNS}|\w+\(s\))(?![\w-])"
BLOCK = re.compile(r"{% blocktrans(?:late)?([^%]*)%}(.*?){% endblocktrans(?:late)? %}", re.DOTALL)
CALL = re.compile(r'(?<![\w])(?:_|lazy|gettext|gettext_lazy)\(\s*"((?:[^"\\]|\\.)*)"')
ALWAYS_MANY = {
    "At most %(most)s matters in one go.",  # a limit of the code itself, far above one
    "%(days)s days, passed",  # a count below zero; minus one has words of its own
}


def texts() -> Iterator[tuple[str, str]]:
    """Yield file and English of every text that has one form only."""
    for path in sorted(WEB.rglob("*.html")):
        for options, text in BLOCK.findall(path.read_text(encoding="utf-8")):
            if not re.search(r"\bcount\b", options):
                yield path.name, re.sub(r"{{ (\w+) }}", r"%(\1)s", text)
    for path in sorted(WEB.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from ((path.name, text) for text in CALL.findall(path.read_text(encoding="utf-8")))


def one_too_many() -> list[str]:
    # A name, a date or an amount before a noun is no count; those are told apart by their placeholder.
    counted = re.compile(rf"%\((?!name|who|amount|month\)|day\)|total|answered|found|kinds)\w+\)[sd]{PLURAL}")
    return [f"{file}: {text}" for file, text in texts() if counted.search(text) and text not in ALWAYS_MANY]


def test_every_count_before_a_plural_has_its_singular() -> None:
    assert one_too_many() == []


def test_no_noun_in_the_plural_is_translated_alone_behind_a_number() -> None:
    alone = re.compile(rf'}}}}\s*{{% translate "({NOUNS})"')
    assert alone.search('{{ n }} {% translate "pages" %}')
    found = [
        path.name for path in sorted(WEB.rglob("*.html")) if alone.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_search_itself_finds_texts_of_both_kinds() -> None:
    found = list(texts())
    assert sum(file.endswith(".html") for file, _ in found) > 100
    assert sum(file.endswith(".py") for file, _ in found) > 500


@pytest.mark.parametrize(
    ("number", "english", "chinese"), [(1, "1 hour", "1 小时"), (6, "6 hours", "6 小时")]
)  # fmt: skip
def test_one_and_many_in_both_languages(number: int, english: str, chinese: str) -> None:
    board = (WEB / "outbox/templates/outbox/board.html").read_text(encoding="utf-8")
    words = next(found[0] for found in BLOCK.finditer(board) if "hours" in found[0])
    template = engines["django"].from_string("{% load i18n %}" + words)
    with translation.override("en"):
        assert template.render({"span": number}) == english
    with translation.override("zh-hans"):
        assert template.render({"span": number}) == chinese
