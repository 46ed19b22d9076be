"""Typst behind one door: its own fonts only, no network, the same bytes for the same values."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import typst

from forbear.documents.model import BadDocument, BadTemplate, Document, Template

FONTS = "manimgx_fonts_cjk"  # Noto Sans CJK, SIL Open Font License 1.1
NO_PACKAGES = "/nonexistent"  # a template that asks for a package from the network finds none
STANDARD: Literal["a-2a"] = "a-2a"  # archival and accessible
PREVIEW_PPI = 110
NO_SHAPE = re.compile(r'the text `"(.).*"` could not be displayed')
_one_at_a_time = Lock()  # a compiler may not be entered twice; a letter takes milliseconds


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files(FONTS))])


@lru_cache(maxsize=4)
def _compiler(root: Path) -> typst.Compiler:
    return typst.Compiler(
        root=str(root),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        package_path=NO_PACKAGES,
        package_cache_path=NO_PACKAGES,
    )


def _compile(template: Template, given: str, **options: Any) -> Any:
    try:
        with _one_at_a_time:
            return _compiler(template.path.parent).compile(
                template.body, sys_inputs={"given": given}, timestamp=0, **options
            )
    except typst.TypstError as error:
        if unshown := NO_SHAPE.search(error.message):
            # Only the sign is named: the value around it may be somebody's name.
            raise BadDocument(
                f"{template.name}: the font has no shape for U+{ord(unshown[1]):04X}; write it otherwise"
            ) from None
        raise BadTemplate(f"{template.path}: {error.message}") from error


def print_pdf(template: Template, given: str, lang: str) -> Document:
    """Return the PDF of values already written as JSON; raises BadTemplate where the template itself fails."""
    pdf: bytes = _compile(template, given, format="pdf", pdf_standards=STANDARD)
    return Document(
        pdf,
        template.name,
        lang,
        template.title[lang],
        template.version,
        template.sha256,
        hashlib.sha256(pdf).hexdigest(),
    )


def print_html(template: Template, given: str) -> str:
    """Return the same words and tables as HTML, from which other forms are made; what only paper has is left out."""
    made: bytes = _compile(template, given, format="html")
    return made.decode()


def print_pages(template: Template, given: str, lang: str) -> list[bytes]:
    """Return the pages as PNG pictures."""
    made = _compile(template, given, format="png", ppi=PREVIEW_PPI)
    return [made] if isinstance(made, bytes) else list(made)
