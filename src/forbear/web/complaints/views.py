"""The desk of complaints: a queue by last day, and one page on which a complaint is dealt with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.privacy import mask_name
from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.complaints import charts, deciding, policy, selectors, services
from forbear.web.complaints.bars import is_barred
from forbear.web.complaints.forms import NewForm, StepForm
from forbear.web.complaints.machine import ComplaintRefused, broken_at
from forbear.web.complaints.models import Complaint, Evidence, State
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.models import User
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.portfolio.vault import vault

PAGE_ROWS = 100
VIEWS = ("open", "mine", "done")
S = State
# Which steps a state offers; each is a part of the page.
OFFERED = {
    S.REGISTERED: ("assign",), S.ASSIGNED: ("assign", "name", "investigate"),
    S.INVESTIGATING: ("assign", "name", "extend", "resolve"), S.EXTENDED: ("assign", "name", "extend", "resolve"),
    S.RESOLVED: ("answer",), S.ANSWERED: ("close",), S.REVIEW_REQUESTED: ("review",), S.CLOSED: ("root_cause",),
    S.REVIEWED: ("root_cause",),
}  # fmt: skip


@require("handle_complaints")
@require_GET
def desk(request: StaffRequest) -> HttpResponse:
    """Show the queue, what is late, and the rate by month."""
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    on = clock.today()
    page = Paginator(selectors.queue(view, request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [
        {"it": each, "kind": policy.word_of("kinds", each.kind, on), "channel": policy.word_of("channels", each.channel, on),
         "days": (each.respond_by - on).days, "name": mask_name(each.customer.name)}
        for each in page.object_list
    ]  # fmt: skip
    context = {
        "page": page, "rows": rows, "view": view, "query": f"view={view}", "figures": selectors.figures(on),
        "chart": charts.rate(selectors.rates(on, settings.TIME_ZONE)),
    }  # fmt: skip
    return render(request, "complaints/desk.html", context)


@require("handle_complaints")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Take in a complaint that came by telephone, letter or a supervisor."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = taken_in(form.cleaned_data, request.user)
        except ComplaintRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return redirect("complaint", made.number)
    return render(request, "complaints/new.html", {"form": form})


def taken_in(data: dict[str, Any], by: User) -> Complaint:
    """Take in what the form brought."""
    case = Case.objects.filter(pk=data["case"]).first()
    if case is None or is_barred(by, case.customer_id):
        raise ComplaintRefused(_("There is no case of this number."), "case")
    named = selectors.staff_by_number(data["named"]) if data["named"] else None
    if data["named"] and named is None:
        raise ComplaintRefused(_("Nobody has this staff number."), "named")
    at = clock.now()
    received = min(at, datetime.combine(data["received_on"], datetime.min.time(), tzinfo=at.tzinfo))
    if data["received_on"] > at.date():
        raise ComplaintRefused(_("It cannot have come in later than now."), "received_on")
    said = services.Said(
        data["kind"], data["text"], channel=data["channel"], stage=data["stage"], named=[named] if named else [],
        received_at=received,
    )  # fmt: skip
    return services.take_in(case, said, at=at, by=by)


def opened(request: StaffRequest, number: str) -> Complaint:
    """Return a complaint the person may deal with; one that names them is closed to them."""
    found = get_object_or_404(
        Complaint.objects.select_related("case", "customer", "handler", "hold"), number=number
    )
    if is_barred(request.user, found.customer_id):
        raise PermissionDenied("a report keeps this person away from this debtor")
    return found


@require("handle_complaints")
@require_GET
def complaint(request: StaffRequest, number: str) -> HttpResponse:
    """Show one complaint; its text is read, so the look is logged."""
    found, at = opened(request, number), clock.now()
    log_access(request.user, found.customer_id, "complaint", at, found.number)
    offered = OFFERED.get(State(found.state), ())
    context = {
        "it": found, "text": services.text_of(found), "answer": services.answer_of(found), "offered": offered,
        "mine": found.handler_id == request.user.pk, "history": selectors.history(found), "broken": broken_at(found),
        "kind": policy.word_of("kinds", found.kind, at.date()), "channel": policy.word_of("channels", found.channel, at.date()),
        "stage": policy.word_of("stages", found.stage, at.date()),
        "finding": policy.word_of("findings", found.finding, at.date()) if found.finding else "",
        "cause": policy.word_of("root_causes", found.root_cause, at.date()) if found.root_cause else "",
        "findings": policy.choices("findings", at.date()), "causes": policy.choices("root_causes", at.date()),
        "handlers": selectors.handlers() if "assign" in offered else [], "bars": found.bars.select_related("user"),
        "evidence": found.evidence.all(), "days": (found.respond_by - at.date()).days,
    }  # fmt: skip
    return render(request, "complaints/complaint.html", context)


@require("handle_complaints")
@require_POST
def step(request: StaffRequest, number: str) -> HttpResponse:
    """Do one step; a refusal is said on the page and nothing is changed."""
    found, form = opened(request, number), StepForm(request.POST)
    if not form.is_valid() or form.cleaned_data["step"] not in STEPS:
        messages.error(request, _("Nothing was changed: a field is missing or too long."))
        return redirect("complaint", number)
    try:
        STEPS[form.cleaned_data["step"]](found, form.cleaned_data, clock.now(), request.user)
    except ComplaintRefused as refused:
        messages.error(request, str(refused))
    return redirect("complaint", number)


Step = Callable[[Complaint, dict[str, Any], datetime, User], None]


def assign(found: Complaint, data: dict[str, Any], at: datetime, by: User) -> None:
    """Give it to the person chosen."""
    person = next((each for each in selectors.handlers() if each.pk == data["handler"]), None)
    if person is None:
        raise ComplaintRefused(_("Choose one of the list."), "handler")
    services.assign(found, person, at=at, by=by)


def name(found: Complaint, data: dict[str, Any], at: datetime, by: User) -> None:
    """Name a person found out."""
    person = selectors.staff_by_number(data["named"])
    if person is None:
        raise ComplaintRefused(_("Nobody has this staff number."), "named")
    services.name_person(found, person, at=at, by=by)


STEPS: dict[str, Step] = {
    "assign": assign,
    "name": name,
    "investigate": lambda found, data, at, by: services.investigate(found, at=at, by=by),
    "extend": lambda found, data, at, by: services.extend(found, reason=data["reason"], at=at, by=by),
    "resolve": lambda found, data, at, by: deciding.resolve(found, data["finding"], reason=data["reason"], at=at, by=by),
    "answer": lambda found, data, at, by: deciding.answer(found, data["answer"], at=at, by=by),
    "close": lambda found, data, at, by: deciding.close(found, at=at, by=by),
    "review": lambda found, data, at, by: deciding.review(found, data["finding"], data["answer"], at=at, by=by),
    "root_cause": lambda found, data, at, by: deciding.name_root_cause(
        found, data["root_cause"], note=data["reason"], at=at, by=by
    ),
}  # fmt: skip


@require("handle_complaints")
@require_GET
def evidence(request: StaffRequest, number: str, evidence_id: int) -> HttpResponse:
    """Send a file that came with a complaint; never shown in the browser, logged."""
    found = opened(request, number)
    file = get_object_or_404(Evidence, pk=evidence_id, complaint=found)
    log_access(request.user, found.customer_id, "complaint", clock.now(), f"{found.number} file {file.pk}")
    answer = HttpResponse(
        vault().open_bytes(bytes(file.cipher), services.FILE_SEAL), content_type=file.media_type
    )
    ending = file.media_type.split("/")[1]
    answer["Content-Disposition"] = f'attachment; filename="evidence-{file.pk}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
