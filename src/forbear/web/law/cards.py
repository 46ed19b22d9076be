"""Law cards for the case in hand: what the gate cited, with the way to the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from forbear.web.law.library import UNVERIFIED


def cards_for(reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one card for each reason of an answer; draw them with `law/_cards.html`. No query."""
    return [
        {
            **reason,
            "address": reverse("law_rule", args=[reason["rule"]]),
            "unverified": reason["source_grade"] in UNVERIFIED,
            "tone": {"refuse": "bad", "discourage": "soon", "permit": "good"}.get(reason["effect"], "info"),
        }
        for reason in reply["reasons"]
    ]
