"""Files handed in on screen: small ones are applied at once, large ones by a worker, with progress."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from procrastinate.contrib.django import app
from psycopg import sql

from forbear.web.intake.models import ImportBatch, Upload, UploadState
from forbear.web.intake.receive import clean_name, receive_file
from forbear.web.people.models import User

AT_ONCE_BYTES = 1_000_000  # about 5,000 rows of an overdue list: a second or two
TELL_EVERY_SECONDS = 0.4


def folder() -> Path:
    """Return where files wait for a worker, readable by this installation's user only."""
    place = settings.HOME / "files" / "incoming"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(place)


def is_small(file: UploadedFile[bytes]) -> bool:
    """Return whether a file can be applied while its sender waits."""
    return (file.size or 0) <= AT_ONCE_BYTES


def apply_now(
    *, file: UploadedFile[bytes], layout: str, force: bool, user: User, at: datetime
) -> ImportBatch:
    """Receive a small file within the request."""
    return receive_file(file.name or "", file.read(), user=user, at=at, layout=layout or None, force=force)


def queue_upload(*, file: UploadedFile[bytes], layout: str, force: bool, user: User, at: datetime) -> Upload:
    """Keep a large file and ask a worker to apply it."""
    stored_as = secrets.token_hex(16)
    path = folder() / stored_as
    with path.open("xb") as kept:
        path.chmod(0o600)
        for chunk in file.chunks():
            kept.write(chunk)
    upload = Upload.objects.create(
        name=clean_name(file.name or ""), stored_as=stored_as, size_bytes=file.size or 0, layout=layout, force=force,
        by=user, at=at,
    )  # fmt: skip
    start(upload)
    return upload


def start(upload: Upload) -> None:
    """Ask a worker to apply an upload; asking twice is harmless, for the same bytes apply once."""
    app.configure_task("forbear.web.intake.tasks.apply_upload", queue="files").defer(upload_id=upload.pk)


def restart(*, upload: Upload) -> Upload:
    """Start an upload again that failed or whose worker died; raise ValueError when its file is gone."""
    if not upload.stored_as or not (folder() / upload.stored_as).exists():
        raise ValueError(f"the file of upload {upload.pk} is not here any more; hand it in again")
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.QUEUED, step="", error="", finished_at=None)
    upload.refresh_from_db()
    start(upload)
    return upload


def run_upload(*, upload: Upload, at: datetime) -> Upload:
    """Apply a waiting upload and tell how far it is; what goes wrong is kept on the upload and raised."""
    if upload.state == UploadState.DONE:
        return upload
    path = folder() / upload.stored_as
    with telling(upload) as tell:
        tell(state=UploadState.RUNNING)
        try:
            batch = receive_file(
                upload.name, path, user=upload.by, at=at, layout=upload.layout or None, force=upload.force,
                progress=lambda step, done, total: tell(step=step, rows_done=done, rows_total=total),
            )  # fmt: skip
        except Exception as error:
            tell(state=UploadState.FAILED, error=f"{type(error).__name__}: {error}"[:2000], finished_at=at)
            raise
        tell(state=UploadState.DONE, batch=batch.pk, stored_as="", finished_at=at)
    path.unlink(missing_ok=True)
    upload.refresh_from_db()
    return upload


@contextmanager
def telling(upload: Upload) -> Iterator[Callable[..., None]]:
    """Yield a function that writes progress on a connection of its own, so that others see it before the commit."""
    beside = connection.copy()
    last = 0.0

    def tell(**values: Any) -> None:
        nonlocal last
        now = time.perf_counter()
        if (
            set(values) == {"step", "rows_done", "rows_total"}
            and now - last < TELL_EVERY_SECONDS
            and values["rows_done"]
        ):
            return
        last = now
        columns = [sql.Identifier("batch_id" if name == "batch" else name) for name in values]
        pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(column) for column in columns)
        with beside.cursor() as cursor:
            update = sql.SQL("UPDATE intake_upload SET {} WHERE id = %s").format(pairs)
            cursor.execute(update, [*values.values(), upload.pk])

    try:
        yield tell
    finally:
        beside.close()
