"""Bring an input file into the book before the day: by its format, whole or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forbear.channels.uci import parse_uci
from forbear.web import clock
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.intake.receive import Delivery, receive_parsed
from forbear.web.intake.services import receive_file
from forbear.web.intake.stage import Progress, no_progress
from forbear.web.portfolio.vault import vault

FORMATS = {"bank": "bank", "uci": "uci"}  # format of the input to the portfolio it belongs to


class InputRefused(RuntimeError):
    """An input file was not applied; says which and why."""


@dataclass(frozen=True, slots=True)
class Received:
    """One input file and what became of its rows."""

    batch: ImportBatch

    @property
    def line(self) -> str:
        """Return the proof line: rows in = applied + quarantined."""
        batch = self.batch
        ties = batch.rows_read == batch.rows_applied + batch.rows_quarantined
        return (
            f"{batch.received_name}: {batch.rows_read:,} rows in = {batch.rows_applied:,} applied + "
            f"{batch.rows_quarantined:,} quarantined {'✓' if ties else '✗'} ({batch.get_state_display()})"
        )


def receive_input(path: Path, *, kind: str, as_of: date, progress: Progress = no_progress) -> list[Received]:
    """Receive a file, or every file of a folder in name order; raises InputRefused at the first refusal.

    A file that stands already changes nothing.
    """
    if kind not in FORMATS:
        raise KeyError(f"no format {kind!r}; known: {', '.join(FORMATS)}")
    files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return [Received(_receive(file, kind=kind, as_of=as_of, progress=progress)) for file in files]


def _receive(file: Path, *, kind: str, as_of: date, progress: Progress) -> ImportBatch:
    if kind == "uci":
        raw = file.read_bytes()
        delivery = Delivery(file.name, hashlib.sha256(raw).hexdigest(), None, clock.now(), "uci")
        batch = receive_parsed(delivery, parse_uci(raw, vault(), as_of, file.name), progress=progress)
    else:
        batch = receive_file(file.name, file, user=None, at=clock.now(), progress=progress)
    if batch.state == BatchState.DUPLICATE:
        return ImportBatch.objects.get(pk=(batch.refusal or {})["batch"])
    if batch.state != BatchState.APPLIED:
        raise InputRefused(f"{file.name}: {(batch.refusal or {}).get('message', {}).get('en', batch.state)}")
    return batch
