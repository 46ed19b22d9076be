"""`forbear day`: run a collections day, and look at the days that were run."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from django.core.management import call_command
from rich.console import Console

from forbear.nightly import STEPS, BadSnapshot, BrokenProof
from forbear.packs import NoLawInForce
from forbear.web import clock
from forbear.web.law.current import packs_now
from forbear.web.runs import report
from forbear.web.runs.models import DayRun
from forbear.web.runs.portfolios import portfolio
from forbear.web.runs.receiving import FORMATS, InputRefused, Received, receive_input
from forbear.web.runs.services import DayBusy, run_day

DAY = click.DateTime(["%Y-%m-%d"])
REFUSED = 1
NO_LAW = 2


@click.group()
def day() -> None:
    """Run a collections day, or look at those that were run."""


@day.command("run")
@click.option("--as-of", type=DAY, default=None, help="Business date; default today.")
@click.option(
    "--law-on",
    type=DAY,
    default=None,
    help="Judge by the law and policy of this day; default as the book says, else --as-of.",
)
@click.option(
    "--input",
    "path",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="Receive this file, or the files of this folder, first.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(sorted(FORMATS)),
    default="bank",
    show_default=True,
    help="Format of the input, and so whose book is run.",
)
@click.option("--seed", default=0, show_default=True, help="Same facts, law and seed: same outcomes.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def run_command(
    as_of: datetime | None, law_on: datetime | None, path: Path | None, kind: str, seed: int, as_json: bool
) -> None:
    """Run one collections day and commit it. Run again over the same facts it changes nothing.

    Exit status 1 if an input was refused or a proof did not hold, 2 if no law was in force.
    """
    console = Console(stderr=as_json, highlight=False)
    call_command("migrate", verbosity=0)
    on = as_of.date() if as_of else clock.today()
    judged = law_on.date() if law_on else None
    try:
        received = receive_input(path, kind=kind, as_of=on) if path else []
        with report.progress(console, len(STEPS) + 2) as tell:
            ran = run_day(on, law_on=judged, book=FORMATS[kind], seed=seed, tell=tell)
    except NoLawInForce as error:
        console.print(f"[bold]NoLawInForce:[/bold] {error}")
        sys.exit(NO_LAW)
    except (InputRefused, DayBusy, BadSnapshot, BrokenProof, ValueError) as error:
        console.print(f"[bold]{type(error).__name__}:[/bold] {error}")
        sys.exit(REFUSED)
    held = ran.run.summary.get("bank_figures")
    if as_json:
        found = as_object(ran.run, received) | {"bank_figures": held}
        click.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    report.show_run(console, ran.run, received=received, already=ran.already, why=_why(kind, on, judged))
    if held:
        console.print(
            "Bank's own figures of {data_on}: {accounts:,} accounts compared, {equal:,} equal to the cent,"
            " {different:,} different, {not_comparable:,} not comparable.".format(**held)
        )


def _why(kind: str, on: date, judged: date | None) -> str:
    """Return why the law of another day is applied, where the book says so."""
    book = portfolio(packs_now(), FORMATS[kind], on)
    return book.why.get("en", "") if book.law_on and judged is None else ""


def as_object(run: DayRun, received: list[Received]) -> dict[str, Any]:
    """Return a run as plain JSON."""
    return {
        "run": run.pk,
        "as_of": run.as_of.isoformat(),
        "law_on": run.law_on.isoformat(),
        "portfolio": run.portfolio,
        "state": run.state,
        "digest": run.inputs_digest,
        "inputs": [
            {
                "name": each.batch.received_name,
                "rows_in": each.batch.rows_read,
                "applied": each.batch.rows_applied,
                "quarantined": each.batch.rows_quarantined,
            }
            for each in received
        ],
        "summary": run.summary,
    }


@day.command("list")
def list_command() -> None:
    """List the days that were run, newest first."""
    report.show_list(Console(highlight=False), DayRun.objects.order_by("-as_of", "-pk")[:50])


@day.command("show")
@click.argument("run", type=int)
def show_command(run: int) -> None:
    """Show one run by its number."""
    found = DayRun.objects.filter(pk=run).first()
    if found is None:
        raise click.UsageError(f"there is no run {run}; `forbear day list` shows them")
    report.show_run(Console(highlight=False), found, received=[], already=True, why="")
