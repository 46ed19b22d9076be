"""What `make demo` shows, step by step, with progress and a closing summary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.core.management import call_command
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

from forbear.demo import Book, make_book, write_files
from forbear.nightly import STEPS
from forbear.web import clock
from forbear.web.intake.services import receive_file
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account
from forbear.web.runs import report
from forbear.web.runs.models import DayRun, RunState
from forbear.web.runs.services import run_day
from forbear.web.showcase.calls import Receipt, make_calls
from forbear.web.showcase.records import make_records
from forbear.web.showcase.staff import PASSWORD, hire
from forbear.web.showcase.visits import make_visits

ARRIVAL = time(6, 10)  # when the morning files are in
FIRST_ACCOUNT = "A000000001"
T = TypeVar("T")
Tick = Callable[[int, int], None]


class NotADemo(RuntimeError):
    """This database holds a portfolio that is not the demo's; nothing was changed. Set FORBEAR_HOME to another folder."""


def show(console: Console, *, as_of: date, seed: int, scale: float) -> None:
    """Make the book, deliver a month-old and today's files, work ten days, run both days, print the sign-ins."""
    call_command("migrate", verbosity=0)
    settings.FORBEAR_ALLOW_TEST_IDS = True
    if standing(as_of):
        console.print(f"The demo portfolio of {as_of} is here already; nothing to do.")
    else:
        build(console, as_of=as_of, seed=seed, scale=scale)
    console.print(sign_ins())


def standing(as_of: date) -> bool:
    """Return whether today's demo stands whole; clear an older or half-built one; raise NotADemo before a real portfolio."""
    accounts = Account.objects.all()
    if accounts.exists() and not accounts.filter(account_no=FIRST_ACCOUNT).exists():
        raise NotADemo(NotADemo.__doc__)
    if DayRun.objects.filter(portfolio="bank", as_of=as_of, state=RunState.COMMITTED).exists():
        return True
    if accounts.exists():
        call_command("flush", interactive=False, verbosity=0)
    return False


def build(console: Console, *, as_of: date, seed: int, scale: float) -> None:
    """Go through the month as a bank would."""
    with working(console) as progress:
        staff = step(progress, "people", lambda tick: hire())
        book = step(progress, "a book from the seed", lambda tick: make_book(as_of, seed=seed, scale=scale))
        folder = Path(settings.HOME) / "demo-files"
        then, now = step(progress, "the bank writes its files", lambda tick: write_files(book, folder))
        deliver(progress, then, day=book.month_ago_on, staff=staff)
    run_one_day(console, book.month_ago_on)
    with working(console) as progress:
        step(
            progress,
            "ten days of calls, each through the gate",
            lambda tick: make_calls(staff, receipts(book), as_of=as_of, seed=seed, progress=tick),
        )
        deliver(progress, now, day=as_of, staff=staff)
    run_one_day(console, as_of)
    with working(console) as progress:
        step(progress, "visits on their routes", lambda tick: make_visits(staff, as_of=as_of, seed=seed))
        told_on = book.month_ago_on + timedelta(days=1)
        step(
            progress,
            "a month told to the register",
            lambda tick: make_records(staff, as_of=as_of, told_on=told_on),
        )


def run_one_day(console: Console, as_of: date) -> None:
    """Run one collections day and print its summary."""
    with report.progress(console, len(STEPS) + 2) as tell:
        ran = run_day(as_of, tell=tell)
    report.show_run(console, ran.run, received=[], already=ran.already, why="")


def deliver(progress: Progress, files: list[Path], *, day: date, staff: list[User]) -> None:
    """Hand in the files of a morning, in order."""
    administrator = next(user for user in staff if user.role == Role.ADMINISTRATOR)
    at = datetime.combine(day, ARRIVAL, tzinfo=clock.bank_zone())
    if day == clock.today():
        at = min(at, clock.now() - timedelta(minutes=len(files)))  # nothing arrives in the future
    for number, path in enumerate(files):
        receive = partial(
            receive_file, path.name, path, user=administrator, at=at + timedelta(minutes=number)
        )
        step(progress, f"file {path.name}", lambda tick, receive=receive: receive())  # type: ignore[misc]


def receipts(book: Book) -> list[Receipt]:
    """Return the payments of the month that are on their way, by customer."""
    owner = dict(zip(book.rows["accounts"]["account_no"], book.rows["accounts"]["customer_no"], strict=True))
    paid = book.payments_since
    return [
        Receipt(owner[account], amount, day)
        for account, amount, day in zip(
            paid["account_no"], paid["amount_minor"], paid["value_on"], strict=True
        )
        if day >= book.as_of - timedelta(days=8)
    ]


def working(console: Console) -> Progress:
    """Return the progress display."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console,
    )  # fmt: skip


def step(progress: Progress, words: str, work: Callable[[Tick], T]) -> T:
    """Do one piece of work under a line of the display."""
    task = progress.add_task(words, total=1)
    result = work(lambda done, total: progress.update(task, completed=done, total=total))
    total = progress.tasks[task].total
    progress.update(task, completed=total)
    return result


def sign_ins() -> Table:
    """Return the table of demo sign-ins."""
    table = Table(title=f"Sign in with any of these names; the password of all is {PASSWORD}")
    for heading in ("name", "who", "role"):
        table.add_column(heading)
    for user in User.objects.order_by("id"):
        table.add_row(
            user.username, user.display_name, f"{user.get_role_display()} {user.get_skill_group_display()}"
        )
    return table
