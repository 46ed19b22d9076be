"""The decorator of the planner's inner loops: the same as the ledger's."""

from __future__ import annotations

from forbear.ledger.compiled import compiled

__all__ = ["compiled"]
