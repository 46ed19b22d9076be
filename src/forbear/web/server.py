"""Serve the workbench with gunicorn: a few processes, threads in each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from gunicorn.app.base import BaseApplication

SECONDS_TO_STOP = 20
THREADS = 4  # a request waits for PostgreSQL most of its time


class Workbench(BaseApplication):  # type: ignore[misc]
    """gunicorn around our WSGI application."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIHandler:
        """Return the application, in each worker, with law and policy read: else the first who asks waits for seconds."""
        from forbear.web.config.wsgi import application
        from forbear.web.law.current import packs_now

        packs_now()
        connections.close_all()
        return application


QUEUES = ("files", "periodic")  # a process each: no large upload holds up a call for help


@contextmanager
def queue_workers() -> Iterator[None]:
    """Run the processes that do background work, beside the server and as long as it."""
    command = [sys.executable, "-m", "forbear", "manage", "procrastinate", "worker", "--queues"]
    workers = [
        subprocess.Popen([*command, queue], stdin=subprocess.DEVNULL)  # noqa: S603  # our own command, no outside words
        for queue in QUEUES
    ]
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=SECONDS_TO_STOP)


def compile_ahead() -> subprocess.Popen[bytes]:
    """Compile inner loops beside the server, so that the first who asks why an amount is what it is need not wait."""
    command = [sys.executable, "-m", "forbear.ledger.warm"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # our own command, no outside words


def listen(*, host: str, port: int, workers: int) -> None:
    """Serve until interrupted; raises what gunicorn raises when the port is taken."""
    connections.close_all()
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "threads": THREADS,
        "worker_class": "gthread",
        "accesslog": None,  # addresses carry no personal data, but no log is the surest
        "loglevel": "warning",
        "proc_name": "forbear",
    }
    warming = compile_ahead()
    try:
        with queue_workers():
            Workbench(options).run()
    finally:
        warming.terminate()
        warming.wait(timeout=SECONDS_TO_STOP)
