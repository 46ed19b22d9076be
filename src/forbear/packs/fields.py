"""Reads what the files of law/ and policy/ have in common: keys, dates, texts in each language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forbear.packs.articles import english
from forbear.packs.errors import PackError, gettext_noop
from forbear.packs.model import LANGS


def only(entry: Any, known: set[str] | frozenset[str], path: Path, name: str) -> None:
    """Raise PackError where an entry is no mapping, or has a key that nothing reads."""
    if not isinstance(entry, dict):
        raise PackError(
            gettext_noop("%(path)s: %(name)s: write a mapping with the keys %(known)s"),
            path=path,
            name=name,
            known=sorted(known),
        )
    if unknown := sorted(set(map(str, entry)) - known):
        raise PackError(
            gettext_noop("%(path)s: %(name)s: unknown key %(unknown)r; known: %(known)s"),
            path=path,
            name=name,
            unknown=unknown[0],
            known=sorted(known),
        )


def need(entry: Mapping[str, Any], key: str, path: Path, name: str) -> Any:
    """Return what an entry holds under a key; raises PackError where that is nothing."""
    if entry.get(key) in (None, "", {}, []):
        raise PackError(
            gettext_noop(
                "%(path)s: %(name)s: `%(key)s` is missing; a value without it cannot be checked by a reader"
            ),
            path=path,
            name=name,
            key=key,
        )
    return entry[key]


def one_of(value: Any, known: tuple[str, ...], path: Path, name: str, key: str) -> str:
    """Return a value that is one of the known; raises PackError naming them."""
    if value not in known:
        raise PackError(
            gettext_noop("%(path)s: %(name)s: %(key)s %(value)r is unknown; use one of %(known)s"),
            path=path,
            name=name,
            key=key,
            value=value,
            known=", ".join(known),
        )
    return str(value)


def day(value: Any, path: Path, name: str) -> date:
    """Return a date; raises PackError where YAML read something else."""
    if type(value) is not date:
        raise PackError(
            gettext_noop("%(path)s: %(name)s: %(value)r is no date; write YYYY-MM-DD unquoted"),
            path=path,
            name=name,
            value=value,
        )
    return value


def langs(entry: Any, path: Path, name: str) -> Mapping[str, str]:
    """Return a text in each language, none of them blank; raises PackError."""
    if (
        not isinstance(entry, dict)
        or set(entry) != set(LANGS)
        or not all(isinstance(text, str) and text.strip() for text in entry.values())
    ):
        raise PackError(
            gettext_noop("%(path)s: %(name)s: give the text in both languages, {%(langs)s: ..}"),
            path=path,
            name=name,
            langs=": .., ".join(LANGS),
        )
    return entry


def said(entry: Mapping[str, Any], key: str, path: Path, name: str) -> Mapping[str, str]:
    """Return a text that every reader is shown, in each language; raises PackError naming the key."""
    return langs(need(entry, key, path, name), path, f"{name}: {key}")


def place(entry: Mapping[str, Any], path: Path, name: str, policy: bool) -> Mapping[str, str]:
    """Return where a norm stands, by language; law must say it, a policy may. Raises PackError.

    A place written once is read, and its English made of the Chinese; other words are written in both languages.
    """
    written = entry.get("article", "") if policy else need(entry, "article", path, name)
    if isinstance(written, dict):
        return langs(written, path, f"{name}: article")
    try:
        return {"zh": str(written), "en": english(str(written))}
    except ValueError as error:
        raise PackError(
            gettext_noop(
                "%(path)s: %(name)s: article %(article)s has no English form: write it in both languages, {en: .., zh: ..}"
            ),
            path=path,
            name=name,
            article=written,
        ) from error
