"""The only module that says in which language of the packs a reader reads."""

from __future__ import annotations

from django.utils.translation import get_language

from forbear.packs import DEFAULT_LANG, LANGS


def reading_lang() -> str:
    """Return the reader's language among those that law and policy are written in; their first where there is none."""
    asked = (get_language() or DEFAULT_LANG)[:2]
    return asked if asked in LANGS else DEFAULT_LANG
