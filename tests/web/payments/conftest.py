"""A debtor's case and a payment provider of our own, listening."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.web.debtor.conftest import NOON, bank, case, debtor_client, other_client, stop_clock

from forbear.channels.payment_sandbox.server import Sandbox

__all__ = ["bank", "case", "debtor_client", "other_client", "stop_clock"]

SECRET = "a secret of the tests"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Return the provider, connected to this installation."""
    with Sandbox(("127.0.0.1", 0), SECRET, lambda: NOON) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("FORBEAR_PAY_URL", server.url)
        monkeypatch.setenv("FORBEAR_PAY_SECRET", SECRET)
        yield server
        server.shutdown()
