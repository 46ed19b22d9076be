"""`forbear payment-sandbox`: a payment provider of our own on this machine, for trying out."""

from __future__ import annotations

import os

import click

from forbear.channels.payment_sandbox.server import Sandbox
from forbear.web import clock


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, help="Port to listen on.")
def payment_sandbox(host: str, port: int) -> None:
    """Take orders signed with FORBEAR_PAY_SECRET and tell what happened; no money moves.

    Start the workbench with the same FORBEAR_PAY_SECRET and FORBEAR_PAY_URL=http://127.0.0.1:8090.
    """
    secret = os.environ.get("FORBEAR_PAY_SECRET")
    if not secret:
        raise click.UsageError("set FORBEAR_PAY_SECRET to the secret that the workbench has")
    with Sandbox((host, port), secret, clock.now) as server:
        click.echo(f"payment sandbox at {server.url}")
        server.serve_forever()
