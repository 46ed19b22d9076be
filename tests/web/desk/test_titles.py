"""Every kind of event that some room appends has words on the timeline, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils import translation

from forbear.web import desk
from forbear.web.desk.titles import PLAIN, STATES, TITLES

WEB = Path(desk.__file__).parents[1]
APPENDED = re.compile(r'append_event\([^()]*?kind="(\w+)"|NewEvent\(\s*[\w.]+,\s*"(\w+)"', re.DOTALL)


def kinds() -> set[str]:
    """Return the kinds that the rooms' code names where it appends an event."""
    sources = (
        path.read_text(encoding="utf-8") for path in WEB.rglob("*.py") if "migrations" not in path.parts
    )
    return {one or other for text in sources for one, other in APPENDED.findall(text)}


def test_no_kind_of_event_is_shown_raw() -> None:
    found = kinds()
    assert {
        "credit_notice",
        "matter_move",
        "write_off",
        "letter_signed",
    } <= found  # the pattern finds them at all
    assert not sorted(found - set(TITLES))
    assert (set(PLAIN) | set(STATES)) <= set(TITLES)


def test_each_title_is_translated() -> None:
    with translation.override("en"):
        english = {kind: str(title) for kind, (title, _) in TITLES.items()}
    with translation.override("zh-hans"):
        same = sorted(kind for kind, (title, _) in TITLES.items() if str(title) == english[kind])
    assert same == []
