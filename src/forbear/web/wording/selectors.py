"""Reads on templates: all of them with their versions, and real rows to see a text with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from forbear.nightly import templates as shipped_templates
from forbear.web.law.current import packs_at, packs_now
from forbear.web.wording.models import TemplateVersion
from forbear.web.wording.services import LANGUAGES, SHIPPED, Wording, current, fill, improper

ROWS = 3  # debtors with whom a text is shown
# The debtors whose cases were touched last, each with the tail of the card that is latest.
REAL_ROWS = """
SELECT c.id, c.customer_id, u.name, coalesce((
    SELECT a.card_no_tail FROM portfolio_account a
    WHERE a.customer_id = c.customer_id AND a.product = c.product AND a.card_no_tail <> '' ORDER BY a.id LIMIT 1), '')
FROM cases_case c JOIN portfolio_customer u ON u.id = c.customer_id
WHERE c.closed_on IS NULL ORDER BY c.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One template: the version in use, and how many wait for a second person."""

    wording: Wording | None
    key: str
    waiting: int
    since: datetime | None  # None: shipped with the house policy


def entries(at: datetime) -> list[Entry]:
    """Return every template by name; a few queries for all."""
    versions: dict[str, list[TemplateVersion]] = {}
    for version in TemplateVersion.objects.order_by("key", "number"):
        versions.setdefault(version.key, []).append(version)
    keys = sorted(set(versions) | set(shipped_templates(packs_now())))
    return [entry(key, versions.get(key, []), at) for key in keys]


def entry(key: str, versions: Sequence[TemplateVersion], at: datetime) -> Entry:
    """Return one template as the list shows it."""
    approved = [v for v in versions if v.approved_at and v.approved_at <= at]
    waiting = sum(v.approved_at is None for v in versions if not approved or v.number > approved[-1].number)
    known = bool(approved) or key in shipped_templates(packs_now())
    return Entry(
        current(key, at) if known else None, key, waiting, approved[-1].approved_at if approved else None
    )


def titles(names: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Return the title of versions by the name beside a message (such as "notice_1@2"); unknown ones are left out.

    No query where all are versions shipped with the house policy, else one.
    """
    files, found, asked = shipped_templates(packs_now()), {}, Q()
    for name in set(names):
        key, _at, number = name.rpartition("@")
        if number == str(SHIPPED) and key in files:
            found[name] = files[key].title
        elif key and number.isdecimal():
            asked |= Q(key=key, number=int(number))
    versions = TemplateVersion.objects.filter(asked).only("key", "number", "title") if asked else ()
    return found | {f"{version.key}@{version.number}": version.title for version in versions}


def history(key: str) -> list[TemplateVersion]:
    """Return the versions of a template, newest first; the shipped one is not among them."""
    return list(
        TemplateVersion.objects.filter(key=key)
        .select_related("written_by", "approved_by")
        .order_by("-number")
    )


def shipped(key: str) -> Wording | None:
    """Return the version in the files of the house policy, if there is one."""
    found = shipped_templates(packs_now()).get(key)
    return Wording(key, SHIPPED, found.title, found.text, found.variables) if found else None


@dataclass(frozen=True, slots=True)
class RealRow:
    """A debtor of the book, to see a text with."""

    case_id: int
    customer_id: int
    name: str
    card_tail: str


def real_rows() -> list[RealRow]:
    """Return debtors whose cases were opened last."""
    with connection.cursor() as cursor:
        cursor.execute(REAL_ROWS, [ROWS])
        return [RealRow(*row) for row in cursor.fetchall()]


def values_of(row: RealRow | None, at: datetime) -> dict[str, str]:
    """Return the values of every variable for one debtor, or for nobody in particular."""
    house = {
        name: str(packs_at(at).value(f"house/messages/{name}", at.date()))
        for name in ("bank", "hotline", "app")
    }
    return house | {"card_tail": (row.card_tail if row else "") or "0000"}


Pieces = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A text filled for one debtor in one language, cut where lint marks it, with its hits and length."""

    row: RealRow | None
    lang: str
    pieces: Pieces
    hits: list[dict[str, Any]]
    length: int

    @property
    def said(self) -> list[dict[str, Any]]:
        """Return one hit for each thing that is to be said of the text, the gravest first."""
        order = sorted(self.hits, key=lambda hit: hit["severity"] != "block")
        return list({(hit["severity"], hit["rule"], hit["title"]): hit for hit in reversed(order)}.values())[
            ::-1
        ]


def previews(text: Mapping[str, str], variables: Sequence[str], kind: str, at: datetime) -> list[Shown]:
    """Return a text filled with real rows in every language, as lint reads it; raises WordingRefused."""
    rows: list[RealRow | None] = [*real_rows()] or [None]
    made = []
    for row in rows:
        given = {name: value for name, value in values_of(row, at).items() if name in variables}
        for lang in LANGUAGES:
            if not text.get(lang, "").strip():
                continue
            filled = fill(text[lang], tuple(variables), given)
            hits = improper(filled, {"kind": kind}, at.date())
            made.append(Shown(row, lang, marked(filled, hits), hits, len(filled)))
    return made


def marked(text: str, hits: Sequence[Mapping[str, Any]]) -> Pieces:
    """Cut a text at its hits into (words, severity, rule); of two that overlap the first is marked, the gravest first."""
    pieces: Pieces = []
    at = 0
    order = sorted(hits, key=lambda hit: (hit["start"], hit["severity"] != "block", -hit["end"]))
    for hit in order:
        if hit["start"] < at or hit["end"] <= hit["start"]:
            continue
        pieces += [
            (text[at : hit["start"]], "", ""),
            (text[hit["start"] : hit["end"]], hit["severity"], hit["rule"]),
        ]
        at = hit["end"]
    return [piece for piece in [*pieces, (text[at:], "", "")] if piece[0]]
