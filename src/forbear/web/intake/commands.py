"""`forbear files`: load, list and reverse files from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from forbear.channels import LAYOUTS, Options
from forbear.web import clock
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.intake.reading import standard_options
from forbear.web.intake.services import (
    CannotReverse,
    DoesNotReconcile,
    NotStanding,
    receive_file,
    reverse_batch,
)
from forbear.web.people.models import User
from forbear.web.reading import reading_lang

SET_ASIDE, REFUSED = 3, 4  # exit status: some rows wait for a person; a file was not applied
BATCHES_SHOWN = 30


@click.group()
def files() -> None:
    """Load the bank's files, list what became of them, take one back."""


@files.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--layout", type=click.Choice(sorted(LAYOUTS)), help="What the files are; found by headings if not given."
)
@click.option("--as", "username", help="Load in the name of this member of staff.")
@click.option(
    "--force",
    is_flag=True,
    help="Apply a file although a newer one is in the book; nothing newer is overwritten.",
)
@click.option(
    "--data-on", type=click.DateTime(["%Y-%m-%d"]), help="Business date, where file and name do not say it."
)
@click.option("--allow-test-ids", is_flag=True, help="Let invented people in (region 9999xx, phones 100...).")
def load(
    paths: tuple[Path, ...],
    layout: str | None,
    username: str | None,
    force: bool,
    data_on: object,
    allow_test_ids: bool,
) -> None:
    """Load PATHS (files, or folders of files) in the order in which rows can refer to each other.

    Exit status 0: all applied; 3: applied, but rows were set aside; 4: a file was refused or held.
    """
    user = staff(username)
    options = options_with(data_on, allow_test_ids)
    batches = [
        load_one(path, layout=layout, user=user, force=force, options=options) for path in in_order(paths)
    ]
    Console().print(table_of(batches))
    if any(batch.state in (BatchState.REFUSED, BatchState.SUPERSEDED) for batch in batches):
        sys.exit(REFUSED)
    if any(batch.rows_quarantined for batch in batches):
        sys.exit(SET_ASIDE)


def options_with(data_on: object, allow_test_ids: bool) -> Options:
    """Return the installation's reading options with what the command line adds."""
    standard = standard_options()
    day = data_on.date() if hasattr(data_on, "date") else None
    return Options(data_on=day, allow_test_ids=allow_test_ids or standard.allow_test_ids)


def staff(username: str | None) -> User | None:
    """Return the named member of staff; raise UsageError when there is none."""
    if username is None:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(f"there is no active member of staff {username!r}")
    return user


def in_order(paths: tuple[Path, ...]) -> list[Path]:
    """Return the files under paths: customers, accounts and lists before what refers to them, older days first."""
    found = [each for path in paths for each in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return sorted((path for path in found if path.is_file() and not path.name.startswith(".")), key=turn)


def turn(path: Path) -> tuple[int, str]:
    """Return the place of a file in a morning by its name; an unknown name goes last."""
    order = (
        "customers",
        "accounts",
        "overdue_list",
        "contact_points",
        "statements",
        "transactions",
        "handover",
    )
    name = path.name.upper()
    for layout, shape in LAYOUTS.items():
        if any(name.startswith(prefix.upper()) for prefix in shape.file_prefixes):
            return (order.index(layout) if layout in order else len(order), path.name)
    return (len(order), path.name)


def load_one(
    path: Path, *, layout: str | None, user: User | None, force: bool, options: Options
) -> ImportBatch:
    """Receive one file, showing how far it is; stop with status 1 when it does not reconcile."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.fields[name]}"), TextColumn("{task.description}"), BarColumn(),
               MofNCompleteColumn(), TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("read", name=path.name, total=None)

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total or None)

        try:
            return receive_file(
                path.name,
                path,
                user=user,
                at=clock.now(),
                layout=layout,
                force=force,
                options=options,
                progress=progress,
            )
        except DoesNotReconcile as error:
            raise click.ClickException(f"{path.name}: {error}. Nothing of it was applied.") from error


def table_of(batches: list[ImportBatch]) -> Table:
    """Return batches as a table for the terminal, with what was said about a file under it."""
    table = Table("batch", "file", "data of", "state", box=None)
    for heading in ("read", "applied", "warned", "set aside"):
        table.add_column(heading, justify="right", no_wrap=True)
    for batch in batches:
        counts = [batch.rows_read, batch.rows_applied, batch.rows_warned, batch.rows_quarantined]
        said = (batch.refusal or {}).get("message", {}).get(reading_lang())
        name = batch.received_name + (f"\n  {said}" if said else "")
        state = str(batch.get_state_display())
        table.add_row(
            str(batch.pk), name, str(batch.data_on or ""), state, *(f"{count:,}" for count in counts)
        )
    return table


@files.command("list")
@click.option("--limit", default=BATCHES_SHOWN, show_default=True, help="How many of the latest.")
def list_batches(limit: int) -> None:
    """List the latest files and what became of them."""
    Console().print(table_of(list(ImportBatch.objects.order_by("-pk")[:limit])))


@files.command()
@click.argument("batch_id", type=int)
@click.option("--as", "username", help="Reverse in the name of this member of staff.")
@click.confirmation_option(prompt="Take this file back as a whole?")
def reverse(batch_id: int, username: str | None) -> None:
    """Take batch BATCH_ID back as one unit (asks first; --yes does not)."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise click.UsageError(f"there is no batch {batch_id}")
    try:
        reverse_batch(batch=batch, user=staff(username), at=clock.now())
    except (CannotReverse, NotStanding) as error:
        raise click.ClickException(str(error)) from error
    Console().print(f"Batch {batch_id} is reversed.")
