"""`forbear reach`: what the night learns about when people answer."""

from __future__ import annotations

import click

from forbear.web import clock
from forbear.web.reach.best_time import learn_answer_rates


@click.group()
def reach() -> None:
    """How people are reached."""


@reach.command("learn")
def learn() -> None:
    """Learn everybody's answer rates by hour anew; for the night."""
    click.echo(f"learned from {learn_answer_rates(clock.now())} calls")
