"""Background work with files."""

from __future__ import annotations

from procrastinate.contrib.django import app

from forbear.web import clock
from forbear.web.intake.models import Upload
from forbear.web.intake.uploads import run_upload


@app.task(queue="files")
def apply_upload(upload_id: int) -> None:
    """Apply one uploaded file."""
    run_upload(upload=Upload.objects.select_related("by").get(pk=upload_id), at=clock.now())
