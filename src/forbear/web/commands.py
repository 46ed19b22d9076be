"""Commands of the whole installation: serve it, show it, manage it, give its callers tokens."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime

import click
from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from rich.console import Console

from forbear.web import clock
from forbear.web.api.models import make_token
from forbear.web.desk.screen import quiet_hours
from forbear.web.people.models import User
from forbear.web.server import listen
from forbear.web.showcase import NotADemo, show
from forbear.web.showcase.codes import codes_on
from forbear.web.showcase.own_page import own_page, payment_service

console = Console()
PAY_PORT_ABOVE = 90  # the payment sandbox listens so far above the workbench


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
)
@click.pass_context
def manage(context: click.Context) -> None:
    """Run any Django management command, e.g. `forbear manage migrate`."""
    execute_from_command_line(["forbear manage", *context.args])


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the workbench until interrupted."""
    call_command("migrate", verbosity=0)
    listen(host=host, port=port, workers=workers)


@click.command()
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Business date; default today."
)
@click.option("--seed", default=0, show_default=True, help="Same seed and date, same book.")
@click.option("--scale", default=1.0, show_default=True, help="1.0 is 20,000 overdue accounts.")
@click.option("--serve/--no-serve", "then_serve", default=True, help="Serve the workbench afterwards.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo(as_of: datetime | None, seed: int, scale: float, then_serve: bool, host: str, port: int) -> None:
    """Make a bank that does not exist, run its collections day, and serve the workbench."""
    day: date = as_of.date() if as_of else clock.today()
    try:
        show(console, as_of=day, seed=seed, scale=scale)
    except NotADemo as error:
        console.print(f"[bold]{error}[/bold]")
        sys.exit(1)
    if then_serve:
        if hours := quiet_hours(clock.now()):
            console.print(
                f"\nIn Shanghai it is [bold]{clock.now():%H:%M}[/bold], within the quiet hours {hours}: the law lets nobody"
                " call a debtor now, so the desk refuses every call and says why."
            )
        console.print(
            f"\nThe workbench is at [bold]http://{host}:{port}/[/bold]  (Ctrl+C stops it; `make serve` starts it again)"
        )
        if not os.environ.get("FORBEAR_PUBLIC"):
            settings.FORBEAR_PUBLIC = f"http://{host}:{port}"
        with payment_service(host=host, port=port + PAY_PORT_ABOVE), codes_on(console):
            if page := own_page():
                console.print(
                    f"A debtor's own page, for a phone: [bold]{page[0]}[/bold]\n"
                    f"It works once; the end of the ID number is [bold]{page[1]}[/bold]. Payments go to a sandbox of ours."
                    " Codes by SMS are printed here.",
                    soft_wrap=True,
                )
            listen(host=host, port=port, workers=2)


@click.command()
@click.argument("username")
@click.option("--name", required=True, help="What the token is for, e.g. the agency's dialler.")
def token(username: str, name: str) -> None:
    """Make an API token for USERNAME and print it, this once."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(f"there is no active member of staff {username!r}")
    click.echo(make_token(user=user, name=name, at=clock.now()))
