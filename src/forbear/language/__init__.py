"""Reads what people say: normalises a text, finds concepts in it, and composes them by rules with scope.

reader = shared_reader("collector")            # or "debtor"; the data is policy/house/language/, see docs/language.md
found = reader.read("别怪我们不客气", Scene(kind="sms"))   # -> list of Finding: category, span, pattern, evidence
"""

from __future__ import annotations

from forbear.language.book import Book, Category, LanguageError, load_book
from forbear.language.reader import Finding, Reader, Scene, shared_reader

__all__ = ["Book", "Category", "Finding", "LanguageError", "Reader", "Scene", "load_book", "shared_reader"]
