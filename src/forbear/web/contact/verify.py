"""Prove that no decision was altered: walk a debtor's chain and name the rows that do not fit."""

from __future__ import annotations

from forbear.web import evidence
from forbear.web.contact.models import GateDecision
from forbear.web.contact.store import chained


def broken_decisions(customer_id: int) -> list[int]:
    """Return the ids of decisions whose content, or place in the chain, is not what was written."""
    broken, previous = [], evidence.GENESIS
    rows = GateDecision.objects.filter(customer_id=customer_id).order_by("sequence")
    for expected, row in enumerate(rows.iterator(), start=1):
        content = chained(expected, row.at, customer_id, row.facts, row.reply)
        if bytes(row.previous_hash) != previous or bytes(row.hash) != evidence.link(previous, content):
            broken.append(row.pk)
        previous = bytes(row.hash)
    return broken
