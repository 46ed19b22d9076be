"""DOCX from the HTML that a template prints: headings, paragraphs, lists, tables; the same bytes for the same input."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FONT, SIZE = "Noto Sans CJK SC", Pt(10.5)
MARGIN, WIDTH, HEIGHT = Mm(24), Mm(210), Mm(297)
UPRIGHT_COLUMNS = 7  # a table of more is read on a sheet that is turned
WIDEST, EDGES = 30, 4  # signs a column counts for at most when the width is shared out, and for its two edges
FIGURE = re.compile(r"-?[0-9][0-9,]*\.[0-9]{2}")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest moment a ZIP can hold
LISTS = {"ol": "List Number", "ul": "List Bullet"}


class _Writer(HTMLParser):
    """Writes the elements that Typst's HTML has into a Word document, in order."""

    def __init__(self, into: Any) -> None:
        super().__init__(convert_charrefs=True)
        self.into = into
        self.paragraph: Any = None
        self.rows: list[list[Any]] = []
        self.table: Any = None
        self.bold, self.body, self.lists = 0, False, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what a tag opens."""
        if tag == "body":
            self.body = True
        elif tag in ("h1", "h2", "h3", "h4"):
            self.paragraph = self.into.add_heading(level=max(0, int(tag[1]) - 2))
        elif tag == "p" and self.table is None:
            self.paragraph = self.into.add_paragraph()
            if dict(attrs).get("class") == "right":
                self.paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif tag in LISTS:
            self.lists.append(LISTS[tag])
        elif tag == "li":
            self.paragraph = self.into.add_paragraph(style=self.lists[-1])
        elif tag == "table":
            self.table = self.into.add_table(rows=0, cols=1, style="Table Grid")
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell(bold=tag == "th")
        elif tag == "strong":
            self.bold += 1
        elif tag == "br" and self.paragraph is not None:
            self.paragraph.add_run().add_break()

    def _cell(self, *, bold: bool) -> None:
        if not self.rows[-1]:
            self.table.add_row()
        place = len(self.rows[-1])
        while place >= len(self.table.columns):
            self.table.add_column(Mm(1))
        self.paragraph = self.table.rows[-1].cells[place].paragraphs[0]
        self.rows[-1].append(bold)
        self.bold += bold

    def handle_endtag(self, tag: str) -> None:
        """Close what a tag closes."""
        if tag == "strong":
            self.bold -= 1
        elif tag in ("td", "th"):
            self.bold -= self.rows[-1][-1]
            self.paragraph = None
        elif tag == "table":
            self.table = self.paragraph = None
        elif tag in LISTS:
            self.lists.pop()
        elif tag in ("p", "li", "h1", "h2", "h3", "h4") and self.table is None:
            self.paragraph = None

    def handle_data(self, data: str) -> None:
        """Write text where a paragraph is open."""
        if self.body and data.strip():
            if self.paragraph is None:
                self.paragraph = self.into.add_paragraph()
            self.paragraph.add_run(data).bold = True if self.bold else None


def docx_of(html: str, title: str, dated: date, lang: str) -> bytes:
    """Return the DOCX of a printed template; `dated` is the day it bears."""
    made: Any = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = WIDTH, HEIGHT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        _font(made.styles[name])
    made.styles["Normal"].font.size = SIZE
    _Writer(made).feed(html)
    if any(len(table.columns) > UPRIGHT_COLUMNS for table in made.tables):
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = HEIGHT, WIDTH
    for table in made.tables:
        _fit(table, section.page_width - 2 * MARGIN)
    facts = made.core_properties
    facts.title, facts.author, facts.language = title, "Forbear", lang
    facts.comments, facts.last_modified_by = "", "Forbear"
    facts.created = facts.modified = datetime(dated.year, dated.month, dated.day, tzinfo=UTC)
    kept = io.BytesIO()
    made.save(kept)
    return _same_bytes(kept.getvalue())


def _fit(table: Any, width: int) -> None:
    """Share out the width of a table by the longest line of each column, and set bare amounts to the right."""
    table.autofit = False
    columns = [list(column.cells) for column in table.columns]
    longest = [max(_signs(line) for cell in cells for line in cell.text.split("\n")) for cells in columns]
    shares = [min(WIDEST, signs) + EDGES for signs in longest]
    for cells, share in zip(columns, shares, strict=True):
        for cell in cells:
            cell.width = width * share // sum(shares)
            if FIGURE.fullmatch(cell.text):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _signs(line: str) -> int:
    """Return how wide a line is, in Latin signs; a Chinese one counts twice."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def _font(style: Any) -> None:
    style.font.name = FONT
    style.font.color.rgb = None
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)


def _same_bytes(made: bytes) -> bytes:
    """Return the archive with every member dated alike, so that equal input gives equal bytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return kept.getvalue()
