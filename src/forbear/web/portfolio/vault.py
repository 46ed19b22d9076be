"""The installation's vault: one set of keys, derived from FORBEAR_SECRET."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from forbear.privacy import Vault


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Return the vault that seals, indexes and opens numbers of people."""
    return Vault(settings.FORBEAR_SECRET.encode())
