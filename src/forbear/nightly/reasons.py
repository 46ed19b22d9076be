"""The words for each reason code, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "zh")


@lru_cache(maxsize=1)
def reasons() -> Mapping[str, Mapping[str, str]]:
    """Return the words by reason code, then language; raises ValueError for a code without both."""
    found: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("reasons.yaml").read_text())
    for code, words in found.items():
        if sorted(words) != sorted(LANGUAGES):
            raise ValueError(f"reasons.yaml: {code}: write {' and '.join(LANGUAGES)}")
    return found


def words(code: str, language: str) -> str:
    """Return the words of a reason; `language` begins with en or zh."""
    return reasons()[code]["zh" if language.lower().startswith("zh") else "en"]
