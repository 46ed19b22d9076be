"""The components of what is owed, in the order of every column of the ledger."""

from __future__ import annotations

OWED = ("principal", "interest", "compound", "late_fee", "fee", "cost")
