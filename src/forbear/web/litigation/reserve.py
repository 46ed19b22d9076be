"""What enforcement may take of an income beside the living costs it must leave; a help to choose leads, no order of a court."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from forbear.questions import ask
from forbear.questions.living import FLOOR
from forbear.web import clock
from forbear.web.agreements import means
from forbear.web.law.current import packs_at
from forbear.web.litigation.forms import ReserveForm
from forbear.web.litigation.frame import page as court_page
from forbear.web.litigation.models import LegalMatter
from forbear.web.litigation.requests import StaffRequest, matter_for
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang


@require("work_court")
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """Reckon what is left to the debtor and dependants a month and what may be taken; looking is written down."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    log_access(request.user, shown.case.customer_id, "means", at, f"{shown.number} reserve")
    lang, packs = reading_lang(), packs_at(at)
    places = [
        (row["region"], f"{row[lang]} {row['monthly']} ({row['published']})")
        for row in packs.value(FLOOR, at.date())
    ]
    told, on = told_means(shown)
    form = ReserveForm(places, request.POST or None, initial=told)
    answer = None
    if request.method == "POST" and form.is_valid():
        answer = ask("attachable", form.facts() | {"as_of": at.date().isoformat()}, packs=packs, lang=lang)
    context = {"matter": shown, "form": form, "answer": answer, "told_on": on}
    return court_page(request, "litigation/reserve.html", "court", context)


def told_means(shown: LegalMatter) -> tuple[Mapping[str, Any], Any]:
    """Return the newest income, dependants and region the debtor told, and when; nothing where nothing was told."""
    newest = means.latest(shown.case)
    if newest is None:
        return {}, None
    facts = means.opened(newest)["facts"]
    names = {"income": "monthly_income", "dependants": "dependants", "region": "region"}
    return {to: facts[name] for name, to in names.items() if facts.get(name) is not None}, newest.at
