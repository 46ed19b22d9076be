"""What a run comes to, in one JSON object: for the screen, the board and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forbear.nightly import Day, Folder, Manifest, read_table

KEPT_NOTES = (
    "intake",
    "ageing",
    "class",
    "segment",
    "strategy",
    "eligibility",
    "scoring",
    "allocation",
    "queues",
)


def summarise(manifests: Sequence[Manifest], day: Day) -> dict[str, Any]:
    """Return the notes of all steps by step, and the proof lines."""
    notes = {manifest.step: dict(manifest.note) for manifest in manifests}
    proof = notes["reconcile"]["checks"]
    return {
        **{step: notes[step] for step in KEPT_NOTES},
        "proof": proof,
        "seed": day.seed,
        "steps": [
            {"step": m.step, "seconds": m.seconds, "peak_mb": m.peak_mb, "digest": m.digest}
            for m in manifests
        ],
    }


def outcomes_by_reason(folder: Folder) -> list[dict[str, Any]]:
    """Return accounts and amounts by outcome and reason, largest first."""
    table = read_table(
        folder.step_path("queues", "outcomes"), ["outcome", "reason", "past_due_minor", "total_minor"]
    )
    found = table.group_by(["outcome", "reason"]).aggregate(
        [("total_minor", "count"), ("past_due_minor", "sum"), ("total_minor", "sum")]
    )
    rows = [
        {
            "outcome": row["outcome"],
            "reason": row["reason"],
            "accounts": row["total_minor_count"],
            "past_due_minor": row["past_due_minor_sum"],
            "total_minor": row["total_minor_sum"],
        }
        for row in found.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row["accounts"], row["outcome"], row["reason"]))
