"""Documents as PDF: a template of the house, typed data, one result to the byte.

made = render("settlement_certificate", {"debtor": "张伟明", ...}, lang="zh")   # a Document: pdf, version, sha256
pages(...)                                # the same as PNG pictures, to look at before anybody signs
templates()                               # every template with its variables and required items, linted when read
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from forbear.documents.load import load_templates
from forbear.documents.model import BadDocument, BadTemplate, Document, Template, Variable
from forbear.documents.press import print_html, print_pages, print_pdf
from forbear.documents.values import amount_text, money_text, written
from forbear.documents.word import docx_of
from forbear.packs.files import packs_root

HOUSE = "policy/house/documents"


def templates(folder: Path | None = None) -> Mapping[str, Template]:
    """Return the linted templates of a folder by name (default: the house's); raises BadTemplate."""
    return _templates(folder or packs_root() / HOUSE)


@lru_cache(maxsize=4)
def _templates(folder: Path) -> Mapping[str, Template]:
    return load_templates(folder)


def template(name: str, folder: Path | None = None) -> Template:
    """Return one template; raises BadDocument naming those there are."""
    known = templates(folder)
    if name not in known:
        raise BadDocument(f"no template {name!r}; there are {', '.join(sorted(known)) or 'none'}")
    return known[name]


def render(name: str, data: Mapping[str, Any], *, lang: str, folder: Path | None = None) -> Document:
    """Return a document; raises BadDocument where a value is unknown, missing, empty, mistyped or does not sum."""
    made = template(name, folder)
    return print_pdf(made, written(made, data, lang), lang)


def html(name: str, data: Mapping[str, Any], *, lang: str, folder: Path | None = None) -> str:
    """Return the words and tables of the same document as HTML; raises BadDocument as `render` does."""
    made = template(name, folder)
    return print_html(made, written(made, data, lang))


def docx(name: str, data: Mapping[str, Any], *, lang: str, folder: Path | None = None) -> bytes:
    """Return the same document as DOCX, for whoever must go on writing; raises BadDocument as `render` does."""
    made = template(name, folder)
    return docx_of(html(name, data, lang=lang, folder=folder), made.title[lang], data[made.dated], lang)


def pages(name: str, data: Mapping[str, Any], *, lang: str, folder: Path | None = None) -> list[bytes]:
    """Return the pages of the same document as PNG pictures; raises BadDocument as `render` does."""
    made = template(name, folder)
    return print_pages(made, written(made, data, lang), lang)


__all__ = [
    "HOUSE", "BadDocument", "BadTemplate", "Document", "Template", "Variable", "amount_text", "docx", "docx_of", "html", "money_text", "pages",
    "render", "template", "templates",
]  # fmt: skip
