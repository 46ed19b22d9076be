"""`forbear recordings`: let a contact centre in, take a folder, delete what may go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from forbear.channels.contact_centre import RecordingReady
from forbear.web import clock
from forbear.web.recordings import selectors, services


@click.group()
def recordings() -> None:
    """Recordings and transcripts."""


@recordings.command("vendor")
@click.argument("code")
def vendor(code: str) -> None:
    """Let contact centre CODE call back; prints its secret, this once."""
    click.echo(services.make_vendor(code)[1])


@recordings.command("take")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def take(folder: Path) -> None:
    """Take the recordings of FOLDER: manifest.jsonl announces, <recording_id> beside it holds the bytes."""
    at = clock.now()
    decoder = msgspec.json.Decoder(RecordingReady)
    for line in (folder / "manifest.jsonl").read_bytes().splitlines():
        ready = decoder.decode(line)
        path = folder / ready.recording_id
        row = services.announce("file", ready, at)
        if not path.is_file():
            click.echo(f"{ready.recording_id}: announced, its bytes are not there")
            continue
        try:
            services.receive(row, parts_of(path), at)
        except services.RecordingRefused as refused:
            click.echo(f"{ready.recording_id}: {refused}")


def parts_of(path: Path) -> Iterator[bytes]:
    """Yield a file in parts."""
    with path.open("rb") as file:
        yield from iter(lambda: file.read(services.READ_BYTES), b"")


@recordings.command("purge")
def purge() -> None:
    """Delete what no rule asks for any more, and say what was kept and why; for the night."""
    from forbear.web.visits import retention

    for name, night in (("recordings", services.purge), ("files of visits", retention.purge)):
        done = night(clock.now())
        click.echo(f"{name}: looked at {done.looked_at}, deleted {done.deleted}, kept {done.report['kept']}")


@recordings.command("missing")
def missing() -> None:
    """List answered calls without a recording, and announced recordings that did not come."""
    at = clock.now()
    for attempt in selectors.missing(at):
        click.echo(f"attempt {attempt.pk} of {attempt.at:%Y-%m-%d %H:%M}: no recording")
    for row in selectors.late(at):
        click.echo(
            f"{row.source} {row.external_id}: announced {row.announced_at:%Y-%m-%d %H:%M}, not received"
        )
