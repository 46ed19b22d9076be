"""The parts of a debt that a settlement goes through, and what is left of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from forbear.web.cases.owed import AccountOwed

PARTS = ("principal", "interest", "compound", "late_fee", "fee", "other")
OURS = {"fees": "fee", "costs": "other"}  # our parts by the names of settlement.yaml


def divided(rows: Sequence[AccountOwed], shares: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """Return each account's parts with what is waived of each: share times part, half up to the fen."""
    return [
        {
            "account": row.account_id, "part": part, "owed_minor": owed,
            "waived_minor": int((Decimal(owed) * shares.get(part, Decimal(0))).quantize(Decimal(1), ROUND_HALF_UP)),
        }
        for row in rows
        for part in PARTS
        if (owed := left_of(row)[part])
    ]  # fmt: skip


def left_of(row: AccountOwed) -> dict[str, int]:
    """Return what is left of each part of an account: what came since is taken off fees, interest, principal.

    What raised the debt since is of no known part and counts as principal, which nobody waives.
    """
    left = {part: int(getattr(row, f"{part}_minor")) for part in PARTS}
    posted = row.posted_since_minor
    for part in ("late_fee", "fee", "other", "compound", "interest"):
        taken = max(min(posted, left[part]), 0)
        left[part], posted = left[part] - taken, posted - taken
    left["principal"] -= posted
    return left
