"""What the house says about ways out of the book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from forbear.money import parse_minor
from forbear.web.disposal.machine import DisposalRefused
from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang


def value(name: str, on: date) -> Any:
    """Return one value of policy/house/disposal.yaml."""
    return packs_now().value(f"house/disposal/{name}", on)


def criteria(on: date) -> dict[str, Mapping[str, Any]]:
    """Return the grounds for a write-off by code."""
    return {row["criterion"]: row for row in value("criteria", on)}


def proofs(on: date) -> dict[str, Mapping[str, Any]]:
    """Return what each proof is."""
    return {row["proof"]: row for row in value("proofs", on)}


def blocks(on: date) -> dict[str, Mapping[str, Any]]:
    """Return what keeps a debt from being sold."""
    return {row["block"]: row for row in value("transfer_blocks", on)}


def word(row: Mapping[str, Any]) -> str:
    """Return the words of a row in the reader's language."""
    return str(row[reading_lang()])


def approval(amount_minor: int, on: date) -> Mapping[str, Any]:
    """Return who must agree to an amount; raises DisposalRefused where the house lets nobody."""
    for row in value("approvals", on):
        if amount_minor <= parse_minor(row["amount_max"]):
            found: Mapping[str, Any] = row
            return found
    raise DisposalRefused(_("No authority of the house covers this amount."))
