"""The collections day from a snapshot to proved outcomes: all steps in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forbear.nightly import (
    ageing,
    allocation,
    eligibility,
    intake,
    queues,
    reconcile,
    risk,
    scoring,
    segment,
    strategy,
)
from forbear.nightly.day import Day
from forbear.nightly.folder import Folder, Manifest, digest_of
from forbear.nightly.messages import templates
from forbear.nightly.steps import Progress, Step, inputs_digest, run_steps

STEPS: tuple[Step, ...] = (
    intake.STEP,
    ageing.STEP,
    risk.STEP,
    segment.STEP,
    strategy.STEP,
    eligibility.STEP,
    scoring.STEP,
    allocation.STEP,
    queues.STEP,
    reconcile.STEP,
)


def decided_by(day: Day) -> dict[str, Any]:
    """Return everything besides the snapshot that decides the outcome: dates, seed, law, policy, texts, model."""
    texts = {name: dict(template.text) for name, template in templates(day.packs).items()}
    return {**day.settings(), "templates": digest_of(texts), "model": scoring.model_digest()}


def run_digest(folder: Folder, day: Day) -> str:
    """Return the digest that names a run: equal facts, law, policy and day give equal outcomes."""
    return digest_of({"inputs": inputs_digest(folder), "settings": decided_by(day)})


def run_day(root: Path, day: Day, progress: Progress | None = None) -> list[Manifest]:
    """Run the day in a run folder that holds its snapshot; finished steps are kept.

    Raises BadSnapshot, NoLawInForce or BrokenProof; then nothing may be committed.
    """
    return run_steps(Folder(root), day, STEPS, decided_by(day), progress)
