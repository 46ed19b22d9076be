"""Words the program writes into a row that somebody else reads: kept in both languages, told in the reader's own."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import translation
from django.utils.functional import Promise as LazyText

from forbear.web.reading import reading_lang

Said = str | Mapping[str, str]  # a person's own words, or the program's: {"zh": ..., "en": ...}
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def both(words: LazyText, **facts: object) -> dict[str, str]:
    """Return the program's words in each language, `facts` written into the places they name."""
    said = {}
    for name, code in LANGUAGES.items():
        with translation.override(code):
            said[name] = str(words) % facts if facts else str(words)
    return said


def told(said: Said) -> str:
    """Return words in the reader's language; a plain text, a person's own or an older row's, as it stands."""
    if isinstance(said, str):
        return said
    return said[reading_lang()]
