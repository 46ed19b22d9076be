"""One question a page: how a form of the debtor's page is drawn, and what is done with free words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from forbear.web.debtor.session import Debtor
from forbear.web.replies.policy import freezes
from forbear.web.replies.services import said_on_page

TEXT_MAX = 2000
Words = str | Promise


class FilesInput(forms.FileInput):
    """A field for several files; a phone offers its camera."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each judged by its content elsewhere."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files, none where nothing was chosen."""
        return list(data or [])


def bound(request: HttpRequest) -> tuple[Any, Any]:
    """Return what was sent, none and none where the page is only looked at."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def ask(
    request: HttpRequest, form: forms.Form, title: Words, lead: Words, button: Words, **more: Any
) -> HttpResponse:
    """Draw a page with one form."""
    context = {"form": form, "title": title, "lead": lead, "button": button, **more}
    return render(request, "debtor/ask.html", context, status=422 if form.errors else 200)


def heard(debtor: Debtor, text: str) -> HttpResponse | None:
    """Read free words for what they force; words of despair lead to the page of care, and everything stops."""
    if not text.strip():
        return None
    reply = said_on_page(debtor.case, text, at=debtor.at)
    on = debtor.at.date()
    if any(freezes(one["signal"], one["kind"], on) for one in reply.signals):
        return redirect("my_care")
    return None
