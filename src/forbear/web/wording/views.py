"""The wording desk: templates, their versions, writing with lint and real rows beside, and the second pair of eyes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.outbox.words import channel
from forbear.web.people.permissions import may, require, signed_in
from forbear.web.people.services import log_accesses
from forbear.web.reading import reading_lang
from forbear.web.wording import selectors, services
from forbear.web.wording.forms import VersionForm, first_values
from forbear.web.wording.models import TemplateVersion
from forbear.web.wording.services import WordingRefused
from forbear.web.wording.slots import slots

FIELDS = {"text.zh-hans": "text_zh", "text.en": "text_en", "key": "key", "kind": "kind"}


@require("see_wording")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every template, the version in use, and what waits for a second person."""
    at, lang = clock.now(), reading_lang()
    known = slots(at)
    rows = [
        (each, each.wording.title[lang] if each.wording else "", [(name, known[name].words[lang]) for name in each.wording.variables if name in known] if each.wording else [])
        for each in selectors.entries(at)
    ]  # fmt: skip
    return render(request, "wording/board.html", {"rows": rows, "writes": may(request.user, "write_wording")})


@require("see_wording")
@require_GET
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One template: its versions in both languages, what lint doubts, and the text in use with real rows."""
    at = clock.now()
    shipped, versions = selectors.shipped(key), selectors.history(key)
    if shipped is None and not versions:
        raise Http404(key)
    user = signed_in(request)
    context: dict[str, Any] = {
        "key": key, "versions": [(v, v.written_by_id == user.pk, channel(v.kind), v.text["zh-hans"]) for v in versions], "shipped": shipped,
        "writes": may(user, "write_wording"), "lang": reading_lang(),
    }  # fmt: skip
    try:
        used = services.current(key, at)
        context |= {"used": used, "title": used.title[reading_lang()], "previews": seen(request, used, "sms")}
    except WordingRefused:
        context |= {"title": versions[0].title[reading_lang()]}
    return render(request, "wording/template.html", context)


def seen(request: HttpRequest, wording: Any, kind: str) -> list[selectors.Shown]:
    """Return previews of a version, whose debtors are written down as read."""
    shown = selectors.previews(wording.text, wording.variables, kind, clock.now())
    return logged(request, shown)


def logged(request: HttpRequest, shown: list[selectors.Shown]) -> list[selectors.Shown]:
    """Write down whose data the previews show."""
    customers = sorted({each.row.customer_id for each in shown if each.row})
    if customers:
        log_accesses(signed_in(request), customers, "case", clock.now(), "template preview")
    return shown


@require("write_wording")
def edit(request: HttpRequest, key: str = "") -> HttpResponse:
    """Write a version: a new template, or the next version of one that is there."""
    at = clock.now()
    if request.method == "POST":
        return saved(request, VersionForm(request.POST), key)
    first: dict[str, str] = {}
    if key:
        newest = next(iter(selectors.history(key)), None)
        wording = newest or selectors.shipped(key)
        if wording is None:
            raise Http404(key)
        first = first_values(key, wording, newest.kind if newest else "sms")
    return editor(request, VersionForm(initial=first), key, at=at)


def editor(
    request: HttpRequest, form: VersionForm, key: str, *, at: Any, shown: Any = (), status: int = 200
) -> HttpResponse:
    """Draw the editor with the variables that may be used."""
    known = [(slot, slot.words[reading_lang()]) for slot in slots(at).values()]
    if key:
        form.fields["key"].widget = HiddenInput()
    context = {"form": form, "key": key, "slots": known, "previews": shown}
    return render(request, "wording/edit.html", context, status=status)


def saved(request: HttpRequest, form: VersionForm, key: str) -> HttpResponse:
    """Save a version, or draw what is wrong with it, the words marked."""
    at = clock.now()
    if not form.is_valid():
        return editor(request, form, key, at=at, status=422)
    given = form.cleaned_data
    try:
        made = services.write(
            key=key or given["key"], title=form.title(), text=form.text(), variables=form.variables(), kind=given["kind"],
            at=at, by=signed_in(request),
        )  # fmt: skip
    except WordingRefused as refused:
        form.add_error(FIELDS.get(refused.field), str(refused))
        return editor(request, form, key, at=at, shown=drawn(request, form), status=422)
    messages.success(
        request, _("Version %(number)s is saved. A colleague approves it.") % {"number": made.number}
    )
    return redirect("wording_template", made.key)


@require("write_wording")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Draw what was typed so far with real rows, and what lint marks in it."""
    form = VersionForm(request.POST)
    return render(request, "wording/_previews.html", {"previews": drawn(request, form), "live": True})


def drawn(request: HttpRequest, form: VersionForm) -> list[selectors.Shown]:
    """Return previews of what was typed; none where it cannot be filled yet."""
    kind = form.data.get("kind", "sms")
    try:
        text = {lang: words for lang, words in form.text().items() if words}
        shown: list[selectors.Shown] = []
        for lang, words in text.items():
            variables = [name for name in form.variables() if "{" + name + "}" in words]
            shown += selectors.previews({lang: words}, variables, kind, clock.now())
        return logged(request, shown)
    except WordingRefused:
        return []


@require("write_wording")
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a colleague's version be used from now on."""
    version = get_object_or_404(TemplateVersion, pk=pk)
    try:
        looked = request.POST.get("looked_at") == "yes"
        services.approve(version, at=clock.now(), by=signed_in(request), looked_at=looked)
        messages.success(request, _("Version %(number)s is in use from now on.") % {"number": version.number})
    except WordingRefused as refused:
        messages.error(request, str(refused))
    return redirect("wording_template", version.key)
