"""The inbox of replies, undoing what one forced, and taking an emergency."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.cases.services import HoldRefused
from forbear.web.people.permissions import may, require, signed_in
from forbear.web.people.services import log_accesses
from forbear.web.replies import policy, selectors, services, words
from forbear.web.replies.models import Page


@require_GET
@require("see_replies")
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what waits, gravest first, or what was handled; reading the words of people is logged."""
    at, user = clock.now(), signed_in(request)
    handled = request.GET.get("show") == "handled"
    shown = selectors.inbox(user, handled=handled)
    known = sorted({one.reply.customer_id for one in shown if one.reply.customer_id is not None})
    log_accesses(user, known, "reply", at)
    context = {
        "shown": [
            (one, words.channel(one.reply.channel), *words.URGENCY[one.reply.severity]) for one in shown
        ],
        "handled": handled,
        "waiting": selectors.waiting(user).count(),
        "may_undo": policy.may_undo(user.role, at.date()),
    }
    return render(request, "replies/inbox.html", context)


@require_POST
@require("see_replies")
def handled(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a reply off the list of what waits."""
    found = get_object_or_404(selectors.readable(signed_in(request)), pk=pk)
    services.handle(found, at=clock.now(), by=signed_in(request))
    return redirect("replies")


@require_POST
@require("see_replies")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what a reply forced, with a reason; says why where it may not be."""
    found = get_object_or_404(selectors.readable(signed_in(request)), pk=pk)
    reason = request.POST.get("reason", "")[:200]
    try:
        services.undo(found, at=clock.now(), by=signed_in(request), reason=reason)
        messages.success(request, _("Undone. The case's timeline says so."))
    except (services.UndoRefused, HoldRefused) as refused:
        messages.error(request, str(refused))
    return redirect("replies")


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person who was called take the emergency; nobody further is called."""
    user = signed_in(request)
    page = get_object_or_404(Page, pk=pk, user=user)
    services.answer(page, at=clock.now(), by=user)
    messages.success(request, _("You take the emergency; nobody further is called."))
    return redirect("case", page.task.case_id) if may(user, "see_case") else redirect("home")
