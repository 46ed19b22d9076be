"""The channel of letters: a folder shared with a printer, `out` for jobs and `in` for files of results."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from forbear.channels.contract import (
    HELD_BACK,
    Arrived,
    ConnectionRefused,
    Health,
    MayStart,
    Outcome,
    Outgoing,
    Result,
)
from forbear.channels.letter.jobs import OUT, OWNER_ONLY, job_name, page_count, write_job
from forbear.channels.letter.results import BadResults, PostResult, read_results

log = logging.getLogger(__name__)

IN = "in"
DONE, REFUSED = ".done", ".refused"
RESULTS = "*.csv"
NO_DOCUMENT, NO_ADDRESS = "no_document", "no_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """Where jobs go, who sends them, how often to look for results and what these mean."""

    folder: Path
    sender: str
    now: Callable[[], datetime]
    outcomes: Mapping[str, PostResult] = field(default_factory=dict)
    look_seconds: float = 30.0


class LetterBox:
    """Drops jobs for a printer and hears what the post did with the letters."""

    def __init__(self, settings: LetterSettings) -> None:
        self.settings = settings
        self.incoming: asyncio.Queue[Arrived] = asyncio.Queue()
        self.looking: asyncio.Task[None] | None = None
        self.told_of: set[str] = set()  # files in hand whose results are not all stored yet
        self.trouble = ""

    async def connect(self) -> None:
        """Make sure that the folder is there and ours to write; then look for results until closed."""
        if not os.access(self.settings.folder, os.W_OK | os.X_OK):
            self.trouble = "no folder"
            raise ConnectionRefused(f"{self.settings.folder} is not there, or may not be written")
        for name in (OUT, IN):
            (self.settings.folder / name).mkdir(mode=OWNER_ONLY, exist_ok=True)
        self.trouble = ""
        self.looking = asyncio.create_task(self.look())

    async def send(self, batch: Sequence[Outgoing], *, may_start: MayStart) -> list[Result]:
        """Write one job of all letters that may start; a job is dropped whole or not at all."""
        if self.looking is None:
            self.trouble = self.trouble or "not connected"
            return [Result(each.key, Outcome.NOT_TAKEN, code="not_connected") for each in batch]
        found = {each.key: wrong for each in batch if (wrong := unfit(each))}
        going = [each for each in batch if each.key not in found and may_start(each)]
        found |= await asyncio.to_thread(self.dropped, going)
        return [found.get(each.key) or Result(each.key, Outcome.NOT_TAKEN, code=HELD_BACK) for each in batch]

    def dropped(self, letters: Sequence[Outgoing]) -> dict[str, Result]:
        """Drop a job; return the result of each letter."""
        if not letters:
            return {}
        name = job_name(letters, f"{self.settings.now():%Y%m%dT%H%M%S}")
        try:
            lines = write_job(self.settings.folder, letters, name=name, sender=self.settings.sender)
        except OSError as error:
            self.trouble = type(error).__name__
            return {
                each.key: Result(each.key, Outcome.NOT_TAKEN, code=type(error).__name__) for each in letters
            }
        return {
            line.letter: Result(line.letter, Outcome.ACCEPTED, (f"{name}/{line.file}",)) for line in lines
        }

    async def look(self) -> None:
        """Look for files of results until cancelled."""
        while True:
            for path in sorted((self.settings.folder / IN).glob(RESULTS)):
                if path.name not in self.told_of:
                    self.take(path)
            await asyncio.sleep(self.settings.look_seconds)

    def take(self, path: Path) -> None:
        """Tell what a file holds; one that cannot be read is set aside with its reason beside it."""
        try:
            told = read_results(path.read_bytes(), self.settings.outcomes)
        except (OSError, BadResults) as error:
            self.trouble = f"{path.name}: {error}"
            log.warning("letters: %s cannot be taken", path.name)
            with contextlib.suppress(OSError):
                path.with_suffix(".txt").write_text(f"{error}\n")
                path.rename(path.with_suffix(REFUSED))
            return
        left = {each.event_key for each in told}
        if not left:
            path.rename(path.with_suffix(DONE))
            return
        self.told_of.add(path.name)
        for each in told:
            self.incoming.put_nowait(Arrived(each, self.acknowledged(path, left, each.event_key)))

    def acknowledged(self, path: Path, left: set[str], event_key: str) -> Callable[[], Awaitable[None]]:
        """Return what to do once one result is stored: with the last of its file, the file is done."""

        async def stored() -> None:
            left.discard(event_key)
            if not left and path.exists():
                path.rename(path.with_suffix(DONE))
                self.told_of.discard(path.name)

        return stored

    async def close(self) -> None:
        """Look no more."""
        if self.looking is not None:
            self.looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.looking
            self.looking = None

    def health(self) -> Health:
        """Say how the channel is."""
        return Health(self.looking is not None, 0, self.trouble)


def unfit(letter: Outgoing) -> Result | None:
    """Return why a letter can never be printed, or nothing."""
    if not page_count(letter.document):
        return Result(letter.key, Outcome.REJECTED, code=NO_DOCUMENT)
    return None if letter.address.strip() else Result(letter.key, Outcome.REJECTED, code=NO_ADDRESS)
