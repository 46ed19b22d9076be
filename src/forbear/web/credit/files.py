"""The files for the register: written sealed, one stream, and opened only for whoever may carry them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.channels.credit_bureau import Layout, correction_file, month_file
from forbear.privacy import StreamVault
from forbear.web.credit.columns import LENGTH
from forbear.web.credit.models import CreditCorrection, CreditDelta, CreditRun
from forbear.web.credit.running import CreditRefused
from forbear.web.law.current import packs_at
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

AT_ONCE = 20_000
ROWS = """
SELECT a.org_no, k.name, k.id_type, k.id_no_cipher, a.account_no, a.currency, a.opened_on, a.credit_limit_minor,
       l.letter, l.dpd, l.past_due_minor, l.balance_minor, l.class5, l.history, l.disputed
FROM credit_creditline l JOIN portfolio_account a ON a.id = l.account_id JOIN portfolio_customer k ON k.id = a.customer_id
WHERE l.run_id = %s AND l.reported ORDER BY a.id
"""
CORRECTED = """
SELECT a.org_no, k.name, k.id_type, k.id_no_cipher, a.account_no, c.month, c.old, c.new, c.cause
FROM credit_creditcorrection c JOIN portfolio_account a ON a.id = c.account_id
JOIN portfolio_customer k ON k.id = a.customer_id
WHERE c.id > %s AND c.id <= %s ORDER BY c.id
"""


def layout_at(at: datetime) -> Layout:
    """Return how files are written at a moment."""
    said = packs_at(at).value("house/credit/file", at.date())
    return Layout(said["institution"], said["separator"], said["encoding"])


def folder() -> Path:
    """Return where sealed files lie."""
    found = Path(settings.HOME) / "credit-files"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def month_path(run: CreditRun) -> Path:
    """Return the sealed file of a month."""
    return folder() / f"month-{run.pk}.sealed"


def delta_path(delta: CreditDelta) -> Path:
    """Return a sealed file of corrections."""
    return folder() / f"corrections-{delta.pk}.sealed"


def write_month(run: CreditRun) -> tuple[str, int]:
    """Write the file of a month; return digest and length of its plain bytes."""
    short = packs_at(run.at).value("house/credit/months", run.month)["short"]
    rows = (month_row(row, run.month, short) for row in _rows(ROWS, [run.pk]))
    return _sealed(month_path(run), month_file(layout_at(run.at), run.month, run.reported_on, rows))


def month_row(row: tuple[Any, ...], month: date, short: int) -> dict[str, Any]:
    """Return one reported account as the file tells it; its identity number in the clear, for the register alone."""
    (
        org_no,
        name,
        id_type,
        cipher,
        account_no,
        currency,
        opened_on,
        limit,
        letter,
        dpd,
        past_due,
        balance,
        class5,
        history,
        disputed,
    ) = row
    return {
        "org_no": org_no, "name": name, "id_type": id_type, "id_no": identity(cipher), "account_no": account_no,
        "currency": currency, "opened_on": opened_on, "limit_minor": limit or 0, "month": month, "letter": letter, "dpd": dpd,
        "past_due_minor": past_due, "balance_minor": balance, "class5": class5, "history_short": history[LENGTH - short :],
        "history_long": history, "disputed": bool(disputed),
    }  # fmt: skip


def identity(cipher: Any) -> str:
    """Return an identity number in the clear, empty where none is on file."""
    return vault().open(bytes(cipher), "id") if cipher else ""


@transaction.atomic
def write_delta(*, at: datetime, by: User | None) -> CreditDelta:
    """Write a file of the corrections that no file holds yet; raises CreditRefused where there are none."""
    last = CreditDelta.objects.order_by("-pk").first()
    after = last.until if last else 0
    newest = CreditCorrection.objects.order_by("-pk").first()
    if newest is None or newest.pk <= after:
        raise CreditRefused(_("There is no correction that was not sent."))
    count = CreditCorrection.objects.filter(pk__gt=after, pk__lte=newest.pk).count()
    made = CreditDelta.objects.create(at=at, until=newest.pk, rows=count, bytes=0, by=by)
    rows = (correction_row(row) for row in _rows(CORRECTED, [after, newest.pk]))
    made.sha256, made.bytes = _sealed(
        delta_path(made), correction_file(layout_at(at), at.date(), at.date(), rows)
    )
    made.save(update_fields=["sha256", "bytes"])
    return made


def correction_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return one correction as the file tells it."""
    org_no, name, id_type, cipher, account_no, month, old, new, cause = row
    return {
        "org_no": org_no, "name": name, "id_type": id_type, "id_no": identity(cipher), "account_no": account_no,
        "month": month, "old": old, "new": new, "cause": cause,
    }  # fmt: skip


def _rows(query: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield rows without holding them all; inside the caller's transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while some := cursor.fetchmany(AT_ONCE):
            yield from some


def _sealed(path: Path, lines: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in lines:
            digest.update(line)
            size += len(line)
            yield line

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        _vault().seal(counted(), file)
    return digest.hexdigest(), size


def opened(path: Path, size: int) -> Iterator[bytes]:
    """Yield the plain bytes of a sealed file; raises SealBroken, FileNotFoundError."""
    with path.open("rb") as file:
        yield from _vault().open(file, size=size)


def _vault() -> StreamVault:
    return StreamVault(settings.FORBEAR_SECRET.encode())
