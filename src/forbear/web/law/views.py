"""The library: search, the page of a rule, a parameter, an instrument; and judging the past again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from forbear.packs import Packs
from forbear.packs.files import packs_root
from forbear.web import clock
from forbear.web.law import checks, current, library, replay, words
from forbear.web.law.forms import LibraryForm, ReplayForm
from forbear.web.law.models import Draft, DraftState
from forbear.web.law.readers import Readers, readers_of
from forbear.web.people.days import day_end, day_start
from forbear.web.people.permissions import require
from forbear.web.reading import reading_lang

VECTORS_SHOWN = 40
TABS = {
    "law/replay.html": "replay", "law/drafts.html": "drafts", "law/draft.html": "drafts", "law/draft_form.html": "drafts",
    "law/capacity.html": "capacity", "law/conflicts.html": "conflicts", "law/notices.html": "notices", "law/notice.html": "notices",
}  # fmt: skip


@require("read_law")
def library_page(request: HttpRequest) -> HttpResponse:
    """Every instrument, rule and parameter, as of a day."""
    packs = current.packs_now()
    asked = request.GET.copy()
    asked.setdefault("on", clock.today().isoformat())
    form = LibraryForm(asked, packs=packs)
    wanted = form.wanted(clock.today())
    found = [
        (each, each.status(wanted.on), library.said(packs, each, wanted.on))
        for each in library.search(packs, wanted)
    ]
    refused = library.refusals(clock.now())
    context = {
        "form": form,
        "found": found,
        "on": wanted.on,
        "refused": refused,
        "all": len(library.entries(packs)),
    }
    return page(request, "law/library.html", context)


@require("read_law")
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: what it says, where that stands, and where it is used."""
    packs, on = current.packs_now(), chosen_day(request)
    found = packs.rules.get(rule_id)
    if found is None:
        raise Http404(rule_id)
    named = sorted(packs.parameters_of(found))
    context = {
        "rule": found, "on": on, "entry": library.of_rule(packs, found), "text": library.rendered(packs, found, on),
        "status": library.of_rule(packs, found).status(on),
        "acts": {fact: words.acts_words(fact, values, found.instrument.pack) for fact, values in library.acts_of(found).items()},
        "parameters": [(packs.parameters[n], library.timeline(packs.parameters[n], on)) for n in named],
        "conflicts": library.conflicts_about(packs, rule_id),
        "tightened_by": library.tightened_by(packs, rule_id), **used(packs, [rule_id], found.instrument.key, Readers()),
        "refused": library.refusals(clock.now()).get(rule_id),
    }  # fmt: skip
    return page(request, "law/rule.html", context)


@require("read_law")
def parameter(request: HttpRequest, name: str) -> HttpResponse:
    """One parameter: its versions with what each replaced, and the rules that stand on it."""
    packs, on = current.packs_now(), chosen_day(request)
    found = packs.parameters.get(name)
    if found is None:
        raise Http404(name)
    rules = library.rules_using(packs, name)
    entry = library.of_parameter(found)
    context = {
        "parameter": found, "on": on, "entry": entry, "status": entry.status(on), "timeline": library.timeline(found, on),
        "conflicts": library.conflicts_about(packs, name), "rules": rules, "tightened_by": library.tightened_by(packs, name),
        **used(packs, [name, *(each.id for each in rules)], found.instrument.key, readers_of(name)),
    }  # fmt: skip
    return page(request, "law/parameter.html", context)


def used(packs: Packs, ids: list[str], instrument: str, readers: Readers) -> dict[str, Any]:
    """Return where rules or parameters are used besides the gate."""
    root = packs_root()
    cases = library.vectors_touching(root, ids)
    return {
        "questions": sorted({packs.rules[each].question for each in ids if each in packs.rules} | {*readers.question}),
        "programs": readers.programs(), "named_by": [each for each in readers.parameter if each in packs.parameters],
        "vectors": cases[:VECTORS_SHOWN], "vectors_in_all": len(cases),
        "templates": library.templates_naming(root, [*ids, instrument]),
    }  # fmt: skip


@require("read_law")
def instrument(request: HttpRequest, key: str) -> HttpResponse:
    """One instrument and everything the packs hold of it."""
    packs, on = current.packs_now(), chosen_day(request)
    found = packs.instruments.get(key)
    if found is None:
        raise Http404(key)
    held = [
        (each, each.status(on), library.said(packs, each, on)) for each in library.entries(packs)
        if each.instrument.key == key and each.kind != "instrument"
    ]  # fmt: skip
    entry = library.of_instrument(found)
    context = {
        "instrument": found,
        "on": on,
        "found": held,
        "status": entry.status(on),
        "refused": library.refusals(clock.now()),
    }
    return page(request, "law/instrument.html", context)


@require("draft_law", "publish_law")
def replay_page(request: HttpRequest) -> HttpResponse:
    """Judge a past period again: under the law of its date, or under a draft."""
    today = clock.today()
    drafts = Draft.objects.filter(state__in=[DraftState.DRAFT, DraftState.SUBMITTED]).order_by("-pk")
    form = ReplayForm(
        request.GET or None, drafts=drafts, initial={"first": today - timedelta(days=6), "last": today}
    )
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        context |= judged_again(form.cleaned_data)
    return page(request, "law/replay.html", context)


def judged_again(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the report a reader asked for, or the words why there is none."""
    start, end = day_start(asked["first"]), day_end(asked["last"])
    if not asked["draft"]:
        return {"report": replay.replay(start, end).as_json(), "exact": True}
    draft = get_object_or_404(Draft, pk=asked["draft"])
    checked = checks.check_draft(draft.file, draft.text, draft.effective_at)
    if checked.packs is None:
        return {"checked": checked, "draft": draft}
    return {
        "report": replay.what_if_draft(start, end, checked.packs, draft.effective_at).as_json(),
        "draft": draft,
    }


def chosen_day(request: HttpRequest) -> date:
    """Return the day a reader looks at; anything that is no date is today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render one page of the room in the reader's language of law."""
    lang = reading_lang()
    tab = TABS.get(template, "library")
    return render(
        request, template, {"tab": tab, "lang": lang, "other": "zh" if lang == "en" else "en"} | context
    )
