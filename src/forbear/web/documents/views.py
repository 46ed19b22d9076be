"""Reading a stored document: by those who may open its case and read documents; logged each time."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from forbear.web import clock
from forbear.web.desk.queue import my_day
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.screen import may_open
from forbear.web.documents import store
from forbear.web.documents.models import StoredDocument
from forbear.web.people.permissions import require

ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@require("read_documents")
@require_GET
def download(request: StaffRequest, document_id: int) -> HttpResponse:
    """Send a document as a file; its name says what it is, never whose."""
    at = clock.now()
    found = get_object_or_404(StoredDocument.objects.select_related("case__customer"), pk=document_id)
    if not may_open(request.user, found.case, my_day(request.user, at)):
        raise PermissionDenied("this case is neither in your queue nor assigned to you")
    content = store.read(found, by=request.user, at=at)
    answer = HttpResponse(content, content_type=found.media_type)
    name = f"{found.kind}-{found.pk}.{ENDINGS[found.media_type]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
