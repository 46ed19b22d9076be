"""What the house does on replies."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Any

from forbear.questions.debtor_signals import forced
from forbear.web.law.current import packs_now


def word_of(text: str, on: date) -> str:
    """Return what a reply means that is one of the agreed words alone: stop, callback, not_me; else nothing."""
    said = unicodedata.normalize("NFKC", text).strip(" \t\r\n。.!！").upper()
    words: dict[str, list[str]] = packs_now().value("house/signals/words", on)
    return next((meaning for meaning, listed in words.items() if said in listed), "")


def actions_of(signal: str, kind: str, on: date) -> list[dict[str, Any]]:
    """Return what a signal forces."""
    rows = packs_now().value("house/signals/actions", on)
    return [dict(action) for action in forced(rows, signal, kind)]


def freezes(signal: str, kind: str, on: date) -> bool:
    """Say whether a signal stops every channel at once."""
    rows = packs_now().value("house/signals/actions", on)
    return any(r.get("freeze", False) for r in rows if r["signal"] == signal and r.get("kind", kind) == kind)


def undo_roles(on: date) -> list[str]:
    """Return the roles that may undo what a reply forced."""
    return list(packs_now().value("house/signals/undo_roles", on))


def may_undo(role: str, on: date) -> bool:
    """Say whether a role may undo what a reply forced."""
    return role in undo_roles(on)


def paged_roles(on: date) -> list[str]:
    """Return the roles called to an emergency, first the one that is called first."""
    return list(packs_now().value("house/signals/paged_roles", on))


def answer_within(on: date) -> timedelta:
    """Return how long a person who is called has before the next one is."""
    return timedelta(minutes=packs_now().value("house/signals/page_minutes", on))
