"""`forbear outbox`: send what is planned, turn a day's batch into messages, run a gateway for trying out."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import click

from forbear.channels.contract import ConnectionRefused
from forbear.channels.smpp.simulator import Smsc
from forbear.channels.smtp import read_mail
from forbear.web import clock
from forbear.web.outbox.day import DayNotCommitted, take_day
from forbear.web.outbox.events import receive
from forbear.web.outbox.wiring import NotConnected, build
from forbear.web.outbox.worker import Worker
from forbear.web.runs.models import DayRun

REFUSED = 1
MAIL_MAX = 25 * 1024 * 1024


@click.group()
def outbox() -> None:
    """Messages: plan a day's batch, send what is planned."""


@outbox.command()
@click.argument("channel", type=click.Choice(["sms", "email", "push", "wecom", "letter"]))
@click.option("--until-empty", is_flag=True, help="End when nothing is left that may go out now.")
def work(channel: str, until_empty: bool) -> None:
    """Send messages of CHANNEL; run as many as needed, on as many machines.

    Where to and with which secret is said by FORBEAR_<CHANNEL>_HOST and so on; see docs/outbox.md.
    """
    try:
        built = build(channel, at=clock.now())
        worker = Worker(channel, built.channel, batch=built.batch, in_hand=built.in_hand)
        asyncio.run(_work(worker, until_empty))
    except (NotConnected, ConnectionRefused) as error:
        click.echo(str(error), err=True)
        sys.exit(REFUSED)


async def _work(worker: Worker, until_empty: bool) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run(until_empty=until_empty)


@outbox.command()
@click.argument("run", type=int)
def take(run: int) -> None:
    """Plan the messages of the committed run RUN; taken again it adds nothing."""
    found = DayRun.objects.filter(pk=run).first()
    if found is None:
        raise click.UsageError(f"there is no run {run}; `forbear day list` shows them")
    try:
        taken = take_day(found)
    except DayNotCommitted as error:
        click.echo(str(error), err=True)
        sys.exit(REFUSED)
    click.echo(
        f"planned {taken.planned}, without a contact point {taken.without_point}, there already {taken.already}"
    )


@outbox.command()
def mail() -> None:
    """Take one mail on standard input: a bounce, a delivery notice or a reply. For the mail server's alias file."""
    told = read_mail(sys.stdin.buffer.read(MAIL_MAX))
    click.echo(f"{receive('email', told, at=clock.now())} new")


@outbox.command()
@click.option("--port", default=2775, show_default=True)
@click.option("--log", type=click.Path(path_type=Path), required=True, help="Where every submit is logged.")
def gateway(port: int, log: Path) -> None:
    """Run an SMPP gateway on loopback that reaches nobody, to try things out (user forbear, secret loopback)."""
    smsc = Smsc(log, now=lambda: clock.now().isoformat())

    async def serve() -> None:
        click.echo(f"listening on 127.0.0.1:{await smsc.start(port)}, logging to {log}")
        await asyncio.Event().wait()

    asyncio.run(serve())
