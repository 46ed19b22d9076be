"""`forbear credit`: tell a month to the register, notices before it, corrections between months."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from django.core.management import call_command
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from forbear.packs import NoLawInForce
from forbear.web import clock
from forbear.web.credit import files, notices, running
from forbear.web.credit.models import CreditDelta, CreditRun
from forbear.web.credit.running import STEPS, CreditRefused

DAY = click.DateTime(["%Y-%m-%d"])
REFUSED = 1
SAID = {
    "read": "Read the book",
    "letters": "A letter for every account",
    "write": "Corrections, law, lines, file",
    "done": "Done",
}


@click.group()
def credit() -> None:
    """Tell the credit register, with proof of notice before."""
    call_command("migrate", verbosity=0)


@credit.command()
@click.option("--as-of", type=DAY, required=True, help="Last day of the month.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the file in the clear here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def report(as_of: datetime, out: Path | None, as_json: bool) -> None:
    """Tell one month. Exit status 1 if it is refused: not over, told already, or no law in force."""
    console = Console(stderr=as_json, highlight=False)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    )
    try:
        with bar:
            task = bar.add_task("", total=len(STEPS))
            run = running.run_month(
                running.begin(as_of.date(), at=clock.now(), by=None),
                tell=lambda step, _done, _total: bar.update(task, description=SAID[step], advance=1),
            )
    except (CreditRefused, NoLawInForce) as refused:
        console.print(f"[bold]{type(refused).__name__}:[/bold] {refused}")
        sys.exit(REFUSED)
    if out is not None:
        out.write_bytes(b"".join(files.opened(files.month_path(run), run.bytes)))
    told(console, run, as_json)


def told(console: Console, run: CreditRun, as_json: bool) -> None:
    """Print what was told of a month: every account once."""
    if as_json:
        click.echo(
            json.dumps({"run": run.pk, "month": run.month.isoformat(), "sha256": run.sha256, **run.counts})
        )
        return
    counts = run.counts
    reported, withheld = (sum(counts[name].values()) for name in ("reported", "withheld"))
    console.print(
        f"{run.month:%Y-%m}: {counts['all']:,} accounts = {reported:,} reported + {withheld:,} withheld"
    )
    for name in ("reported", "withheld", "corrections"):
        for code, count in counts[name].items():
            console.print(f"  {name:<12} {code:<12} {count:>10,}")


@credit.command("notices")
def plan() -> None:
    """Plan a message to everybody who would be bad news at the month's end and was not told in this spell."""
    found = notices.plan_notices(at=clock.now())
    click.echo(
        f"{found.planned:,} planned, {found.without_point:,} without a number, {found.already:,} on their way, "
        f"{found.without_case:,} accounts without a case"
    )


@credit.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the file in the clear here."
)
def correct(out: Path | None) -> None:
    """Correct what was booked or taken back since the last month was told, and write the file of corrections."""
    at = clock.now()
    try:
        made = running.correct_now(at=at)
        delta: CreditDelta = files.write_delta(at=at, by=None)
    except CreditRefused as refused:
        click.echo(str(refused), err=True)
        sys.exit(REFUSED)
    if out is not None:
        out.write_bytes(b"".join(files.opened(files.delta_path(delta), delta.bytes)))
    click.echo(f"{len(made):,} corrected now; the file holds {delta.rows:,}")
