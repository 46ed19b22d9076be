"""What can I pay? Asked step by step, kept after each, sent at the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear.money import format_minor, parse_minor
from forbear.web.agreements import means
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.cases.codes import codes, name_of
from forbear.web.cases.models import Case
from forbear.web.complaints import uploads
from forbear.web.debtor import drafts, papers, policy
from forbear.web.debtor.afford_forms import LEADS, ORDER, SEND, STEPS, TITLES, LivingStep, step_form
from forbear.web.debtor.asking import bound, heard
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.people.templatetags.forbear import money as written

KIND, TITLE = "means_paper", lazy("Paper on means")
LIVING = tuple(LivingStep.base_fields)


@require_safe
@debtor_page
def afford(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Go on where one stopped."""
    return redirect("my_afford_step", next_step(drafts.answers(debtor.customer.pk, debtor.at)))


def next_step(said: drafts.Answers) -> str:
    """Return the first step that is not answered."""
    return next((step for step in STEPS if step not in said.get("done", [])), SEND)


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def step(request: HttpRequest, debtor: Debtor, step: str) -> HttpResponse:
    """Ask one step, keep the answer, lead on. Nothing is kept before the first step, which is the consent."""
    if step not in ORDER:
        raise Http404("no such step")
    said = drafts.answers(debtor.customer.pk, debtor.at)
    if step != "consent" and "consent" not in said.get("done", []):
        return redirect("my_afford_step", "consent")
    if step == SEND:
        return send(request, debtor, said)
    form = step_form(step, debtor.at, *bound(request), initial=said)
    if request.method == "POST" and form.is_valid():
        try:
            answered(debtor, step, form.cleaned_data, said)
        except uploads.UploadRefused as refused:
            form.add_error("papers", str(refused))
        else:
            care = heard(debtor, form.cleaned_data.get("text", ""))
            back = SEND if next_step(said) == SEND else ORDER[ORDER.index(step) + 1]
            return care or redirect("my_afford_step", back)
    return draw(request, debtor, step, form, said)


@transaction.atomic
def answered(debtor: Debtor, step: str, data: dict[str, Any], said: drafts.Answers) -> None:
    """Keep the answers of a step; papers go where papers are kept, and only their number stays here."""
    if step == "consent":
        drafts.agree(debtor.customer.pk, drafts.DATA, at=debtor.at)
        data = {}
    if step == "papers":
        data = {"kept": said.get("kept", 0) + keep_papers(debtor, data)}
    plain = {name: str(value) if isinstance(value, Decimal) else value for name, value in data.items()}
    done = [*dict.fromkeys([*said.get("done", []), step])]
    drafts.save(debtor.case, {**plain, "done": done}, at=debtor.at)


def keep_papers(debtor: Debtor, data: dict[str, Any]) -> int:
    """Keep what was photographed or chosen, sealed, and say so to the desk; return how many."""
    files = uploads.take([*data["photo"], *data["papers"]], debtor.at.date())
    if not files:
        return 0
    drafts.agree(debtor.customer.pk, drafts.PAPERS, at=debtor.at)
    for each in files:
        papers.keep(debtor.case, each, kind=KIND, title=str(TITLE), at=debtor.at)
    papers.to_be_looked_at(debtor.case, note="means", at=debtor.at)
    return len(files)


def draw(request: HttpRequest, debtor: Debtor, step: str, form: Any, said: drafts.Answers) -> HttpResponse:
    """Draw a step with the way back and how far one is."""
    place = ORDER.index(step)
    context = {
        "form": form, "title": TITLES[step], "lead": LEADS[step], "number": place + 1, "of": len(ORDER), "step": step,
        "before": ORDER[place - 1] if place else "", "days": policy.value("draft_days", debtor.at), "kept": said.get("kept", 0),
        "agreed": step == "consent" and drafts.consents(debtor.customer.pk, drafts.DATA),
    }  # fmt: skip
    return render(request, "debtor/afford.html", context, status=422 if form.errors else 200)


def send(request: HttpRequest, debtor: Debtor, said: drafts.Answers) -> HttpResponse:
    """Show every answer, and record them when they are right."""
    missing = next_step(said)
    if missing != SEND:
        return redirect("my_afford_step", missing)
    error = ""
    if request.method == "POST":
        try:
            means.record_means(debtor.case, told(debtor.case, said), at=debtor.at, by=None)
        except AgreementRefused as refused:
            error = str(refused)
        else:
            drafts.forget(debtor.customer.pk)
            return redirect("my_options")
    context = {
        "title": TITLES[SEND],
        "rows": lines(said, debtor),
        "error": error,
        "number": len(ORDER),
        "of": len(ORDER),
    }
    return render(request, "debtor/afford_send.html", context, status=422 if error else 200)


def lines(said: drafts.Answers, debtor: Debtor) -> list[tuple[str, Any, Any]]:
    """Return each answer as step, question and answer."""
    reasons = {code: name_of(row) for code, row in codes(debtor.at.date()).reasons.items()}
    asked = [
        ("income", "income"), *(("living", name) for name in LIVING if said.get(name)), ("debts", "other_debts"),
        ("debts", "dependants"), ("why", "reason"),
    ]  # fmt: skip
    found = []
    for step, name in asked:
        found.append((step, STEPS[step].base_fields[name].label, shown(name, said[name], reasons)))
    return found


def shown(name: str, value: Any, reasons: dict[str, str]) -> Any:
    """Write one answer: a reason by its name, a count as it is, everything else as money."""
    if name == "reason":
        return reasons.get(value, value)
    return value if name == "dependants" else written(parse_minor(money(value)))


def told(case: Case, said: drafts.Answers) -> means.Told:
    """Return what was told as facts of the question `affordability`."""
    facts = {
        "income": money(said["income"]), "expenses": {name: money(said[name]) for name in LIVING if said.get(name)},
        "other_debts": money(said["other_debts"]), "dependants": said["dependants"],
        "due_monthly": format_minor(case.past_due_minor),
    }  # fmt: skip
    return means.Told(facts, said["reason"], said.get("text", ""), said.get("willing") or None)


def money(written: str) -> str:
    """Write a decimal amount as the questions want it."""
    return format_minor(parse_minor(f"{Decimal(written):.2f}"))


@require_POST
@debtor_page
def withdraw(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Agree no more: what is unfinished is forgotten at once."""
    drafts.take_back(debtor.customer.pk, at=debtor.at)
    messages.success(request, _("Done. We forgot what you had answered."))
    return redirect("my_home")
