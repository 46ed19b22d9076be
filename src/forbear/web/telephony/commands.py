"""`forbear line`: hold the line to the exchange, and give people handsets."""

from __future__ import annotations

import asyncio
import sys

import click

from forbear.web import clock
from forbear.web.people.models import User
from forbear.web.telephony import services
from forbear.web.telephony.dialling import serve_dialler
from forbear.web.telephony.line import LineTaken, SettingsWrong, serve


@click.group()
def line() -> None:
    """Hold the line to the telephone exchange, and give people handsets."""


@line.command("hold")
def hold() -> None:
    """Place the calls that are asked for, and run the dialler, until interrupted."""

    async def both() -> None:
        await asyncio.gather(serve(), serve_dialler())

    try:
        asyncio.run(both())
    except (LineTaken, SettingsWrong) as trouble:
        click.echo(str(trouble), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("the line is closed")


@line.command("handset")
@click.argument("username")
@click.argument("number")
def handset(username: str, number: str) -> None:
    """Say at which NUMBER of the exchange USERNAME telephones."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise click.UsageError(f"there is no active member of staff {username!r}")
    services.set_handset(user, number, clock.now())
    click.echo(f"{username} telephones at {number}")
