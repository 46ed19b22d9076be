"""What every answer carries beside its own results: reasons, the day, the versions of the packs, what was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forbear.packs import Packs

HOUSE = "house"


def envelope(
    answer: Any,
    results: Mapping[str, Any],
    reasons: list[dict[str, Any]],
    *,
    on: date,
    packs: Packs,
    needs: Sequence[str],
    jurisdiction: str = "cn",
) -> dict[str, Any]:
    """Return the public JSON object: `answer`, the named results, `reasons`, `needs`, `as_of`, `pack_versions`."""
    return {
        "answer": answer,
        **results,
        "reasons": reasons,
        "needs": list(needs),
        "as_of": on.isoformat(),
        "pack_versions": _versions(packs, on, jurisdiction),
    }


def _versions(packs: Packs, on: date, jurisdiction: str) -> dict[str, str]:
    key = ("envelope", jurisdiction, on)
    if key not in packs.compiled:
        packs.compiled[key] = packs.versions(
            [pack for pack in (jurisdiction, HOUSE) if pack in packs.digests], on
        )
    found: dict[str, str] = packs.compiled[key]
    return dict(found)
