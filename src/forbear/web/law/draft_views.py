"""Drafts: writing, submitting, and the page on which a second person decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.law import current, overlay, services
from forbear.web.law.changes import changes, concern_contact
from forbear.web.law.checks import Checked, check_draft
from forbear.web.law.forms import DraftForm
from forbear.web.law.models import Draft, DraftState
from forbear.web.law.overlay import LAW_FILE, POLICY_FILE
from forbear.web.law.views import page
from forbear.web.people.permissions import require, signed_in

SHOWN = 200


@require("draft_law", "publish_law")
def drafts(request: HttpRequest) -> HttpResponse:
    """Every draft, newest first, and the files that can be changed."""
    found = (
        Draft.objects.select_related("author", "publication__approved_by")
        .defer("text", "base", "what_if")
        .order_by("-pk")[:SHOWN]
    )
    files = overlay.policy_files(tuple(each.overlay for each in current.publications()))
    return page(request, "law/drafts.html", {"drafts": found, "files": files})


@require("draft_law")
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft over a file of house policy, or over a new file of an instrument."""
    file = request.GET.get("file", "").strip()
    if not (POLICY_FILE.fullmatch(file) or LAW_FILE.fullmatch(file)):
        raise Http404(file)
    at = clock.now()
    tomorrow = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    form = DraftForm(
        request.POST or None, initial={"text": services.base_text(file, tomorrow), "effective_at": tomorrow}
    )
    if request.method == "POST" and form.is_valid():
        draft = services.write_draft(by=signed_in(request), at=at, file=file, **form.cleaned_data)
        return redirect("law_draft", draft.pk)
    return page(request, "law/draft_form.html", {"form": form, "file": file})


@require("draft_law")
def edit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Change one's own draft."""
    found = get_object_or_404(Draft, pk=draft_id, author=signed_in(request), state=DraftState.DRAFT)
    held = {name: getattr(found, name) for name in ("text", "effective_at", "note", "everyone_reads")}
    form = DraftForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        services.write_draft(
            by=signed_in(request), at=clock.now(), file=found.file, draft=found, **form.cleaned_data
        )
        return redirect("law_draft", found.pk)
    return page(request, "law/draft_form.html", {"form": form, "file": found.file, "draft": found})


@require("draft_law", "publish_law")
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One draft: what changes, what stands against it, what it would have changed, and who may do what now."""
    found = get_object_or_404(Draft.objects.select_related("author", "publication__approved_by"), pk=draft_id)
    return page(
        request,
        "law/draft.html",
        {"draft": found, "mine": found.author_id == signed_in(request).pk} | shown(found),
    )


def shown(found: Draft) -> dict[str, Any]:
    """Return what the page of a draft shows of its content."""
    if found.state == DraftState.PUBLISHED:
        publication = found.publication
        return {
            "changes": publication.changes,
            "publication": publication,
            "concerns": publication.must_acknowledge,
        }
    if found.state == DraftState.WITHDRAWN:
        return {"changes": []}
    checked = check_draft(found.file, found.text, found.effective_at)
    if checked.packs is None:
        return {"checked": checked}
    before = current.packs_at(found.effective_at)
    differ = changes(before, checked.packs)
    return {
        "changes": differ,
        "concerns": found.everyone_reads or concern_contact(differ, before, checked.packs),
    }


@require("draft_law", "publish_law")
@require_POST
def act(request: HttpRequest, draft_id: int, step: str) -> HttpResponse:
    """Submit, withdraw, publish or send back a draft."""
    found = get_object_or_404(Draft, pk=draft_id)
    by, at = signed_in(request), clock.now()
    try:
        if step == "submit":
            services.submit(found, by=by, at=at)
            messages.success(request, _("Submitted. A second person of compliance decides."))
        elif step == "withdraw":
            services.withdraw(found, by=by)
            messages.success(request, _("Withdrawn. It stays on record."))
        elif step == "publish":
            services.publish(found, by=by, at=at)
            messages.success(request, _("Published. The gate takes it up at its moment."))
        elif step == "send-back":
            services.send_back(found, by=by, reason=request.POST.get("reason", ""))
            messages.success(request, _("Sent back to its author."))
        else:
            raise Http404(step)
    except services.LawRefused as refusal:
        context = {"draft": found, "mine": found.author_id == by.pk, "refusal": str(refusal)} | shown(found)
        context |= {"checked": refusal.checked} if isinstance(refusal.checked, Checked) else {}
        answer = page(request, "law/draft.html", context)
        answer.status_code = 422
        return answer
    return redirect("law_draft", found.pk)
