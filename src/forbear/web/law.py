"""The packs the running system judges by: loaded once, exchanged as a whole."""

from __future__ import annotations

from functools import lru_cache

from forbear.packs import Packs, load_packs


@lru_cache(maxsize=1)
def packs() -> Packs:
    """Return the law and policy packs."""
    return load_packs()
