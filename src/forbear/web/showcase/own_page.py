"""A debtor's own page for whoever tries the demo: a link that works, and a payment service of ours beside it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.cases.states import ACTIVE
from forbear.web.debtor import access

SECRET_BYTES = 16
SECONDS_TO_STOP = 5


def own_page() -> tuple[str, str] | None:
    """Return a fresh one-time address of a debtor of the demo and the answer to its second factor."""
    case = (
        Case.objects.filter(state__in=ACTIVE, past_due_minor__gt=0)
        .exclude(customer__id_no_tail="")
        .select_related("customer")
        .order_by("pk")
        .first()
    )
    if case is None:
        return None
    made = access.make_link(case, at=clock.now())
    return f"{settings.FORBEAR_PUBLIC}/my/l/{made.token}/", case.customer.id_no_tail


@contextmanager
def payment_service(*, host: str, port: int) -> Iterator[str]:
    """Run our payment sandbox beside the workbench, unless a provider is connected already; yield its address."""
    if os.environ.get("FORBEAR_PAY_URL"):
        yield os.environ["FORBEAR_PAY_URL"]
        return
    os.environ["FORBEAR_PAY_SECRET"] = secrets.token_urlsafe(SECRET_BYTES)
    os.environ["FORBEAR_PAY_URL"] = f"http://{host}:{port}"
    command = [sys.executable, "-m", "forbear", "payment-sandbox", "--host", host, "--port", str(port)]
    service = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    try:
        yield os.environ["FORBEAR_PAY_URL"]
    finally:
        service.terminate()
        service.wait(timeout=SECONDS_TO_STOP)
