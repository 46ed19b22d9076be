"""What a day looks like in a terminal: progress while it runs, a summary when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from forbear.money import format_minor
from forbear.nightly import STEPS, words
from forbear.web.runs.models import DayRun
from forbear.web.runs.receiving import Received
from forbear.web.runs.services import Told

NAMES = {"snapshot": "Take a snapshot", **{step.id: step.en for step in STEPS}, "commit": "Commit"}
PRICED = 1e-9


@contextmanager
def progress(console: Console, steps: int) -> Iterator[Told]:
    """Show which step runs and how long each took."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=steps)

        def tell(step: str, state: str, figures: Mapping[str, Any]) -> None:
            if state == "started":
                bar.update(task, description=f"{NAMES[step]} …")
                return
            bar.advance(task)
            mark = "kept from before" if state == "kept" else f"{figures.get('seconds', 0):.2f} s"
            bar.console.print(f"  {NAMES[step]:<38} {figures.get('rows_out', 0):>10,} rows  {mark}")

        yield tell


def show_run(console: Console, run: DayRun, *, received: Sequence[Received], already: bool, why: str) -> None:
    """Print the closing summary of a run."""
    console.print(
        f"\n[bold]Collections day {run.as_of}[/bold] of {run.portfolio}, law of {run.law_on}, run {run.pk}: {run.get_state_display()}"
    )
    if why:
        console.print(f"  {why}")
    if already:
        console.print("  The same facts were run before: nothing has changed.")
    if run.error:
        console.print(f"  {run.error}")
    summary = run.summary
    if not summary:
        return
    console.print(_buckets(summary))
    console.print(_outcomes(summary))
    console.print(_capacity(summary))
    console.print(_steps(run))
    console.print("[bold]Proof[/bold]")
    for each in received:
        console.print(f"  {each.line}")
    for line in summary["proof"]:
        console.print(f"  {line['check']}: {line['found']} ✓")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    return table


def _buckets(summary: Mapping[str, Any]) -> Table:
    table = _table("Accounts by bucket", "bucket", "by days", "by cycles")
    by_days, by_cycles = summary["ageing"]["accounts_by_bucket"], summary["ageing"]["accounts_by_cycles"]
    for bucket, count in by_days.items():
        table.add_row(bucket, f"{count:,}", f"{by_cycles[bucket]:,}")
    return table


def _outcomes(summary: Mapping[str, Any]) -> Table:
    table = _table("Outcomes", "outcome", "accounts", "past due", "reason")
    table.columns[3].justify = "left"
    for row in summary["by_reason"]:
        table.add_row(
            row["outcome"],
            f"{row['accounts']:,}",
            format_minor(row["past_due_minor"]),
            words(row["reason"], "en"),
        )
    return table


def _capacity(summary: Mapping[str, Any]) -> Table:
    allocation = summary["allocation"]
    title = f"Capacity (proved within {allocation['gap']:.4%} of the best, {allocation['method']})"
    table = _table(title, "resource", "used", "of", "worth of one more, yuan")
    for row in allocation["resources"]:
        if row["used"] or row["price"] > PRICED:
            table.add_row(
                row["resource"], f"{row['used']:,.0f}", f"{row['capacity']:,.0f}", f"{row['price']:,.2f}"
            )
    if allocation["collectors_assumed"]:
        heads = ", ".join(f"{count} {stage}" for stage, count in allocation["collectors"].items())
        table.caption = f"Nobody is on the staff list: the planned headcount stands in ({heads})."
    return table


def _steps(run: DayRun) -> Table:
    table = _table("Steps", "step", "rows in", "rows out", "seconds", "peak MB", "attempts")
    for step in run.steps.order_by("ordinal"):
        table.add_row(
            NAMES.get(step.step, step.step), f"{step.rows_in:,}", f"{step.rows_out:,}", f"{step.seconds:.2f}",
            f"{step.peak_mb:,.0f}", str(step.attempts),
        )  # fmt: skip
    return table


def show_list(console: Console, runs: Iterable[DayRun]) -> None:
    """Print the runs, one a line."""
    table = _table("Days", "run", "as of", "law of", "portfolio", "state", "accounts", "digest")
    for run in runs:
        count = run.summary.get("intake", {}).get("accounts", 0)
        table.add_row(
            str(run.pk), str(run.as_of), str(run.law_on), run.portfolio, str(run.get_state_display()), f"{count:,}",
            run.inputs_digest[:12],
        )  # fmt: skip
    console.print(table)
