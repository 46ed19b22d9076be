"""The disposal room: candidates, write-offs, the register of what is pursued on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.complaints.bars import is_barred
from forbear.web.desk.requests import StaffRequest
from forbear.web.disposal import policy, selectors
from forbear.web.disposal.forms import BuyerForm, CriterionForm, ProofForm, ReasonForm
from forbear.web.disposal.machine import DisposalRefused, broken_at
from forbear.web.disposal.models import WriteOff, WriteOffState
from forbear.web.disposal.write_offs import approval, preparation, proofs
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access, log_accesses

PAGES = (
    ("disposal", lazy("Candidates")), ("disposal_write_offs", lazy("Write-offs")), ("disposal_register", lazy("Pursued on")),
    ("disposal_transfers", lazy("Transfers")),
)  # fmt: skip
LOOK = "disposal"


def page(
    request: StaffRequest, template: str, here: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page of the room with its tabs."""
    shown = {"pages": PAGES, "here": here, "label": dict(PAGES).get(here, lazy("Write-off and transfer"))}
    return render(request, f"disposal/{template}.html", shown | context, status=status)


def criteria_choices() -> list[tuple[str, str]]:
    """Return the grounds in the reader's words."""
    return [(code, policy.word(row)) for code, row in policy.criteria(clock.today()).items()]


@require("see_disposal")
@require_GET
def candidates(request: StaffRequest) -> HttpResponse:
    """List cases that could be written off or sold, the most owed first."""
    return candidates_page(request)


def candidates_page(request: StaffRequest, status: int = 200, **wrong: Any) -> HttpResponse:
    """Render the candidates with the forms that begin something."""
    found = selectors.candidates(clock.today())
    log_accesses(request.user, sorted({row.customer_id for row in found}), LOOK, clock.now(), "candidates")
    context = {"rows": found, "criterion_form": CriterionForm(criteria_choices()), "buyer_form": BuyerForm()}
    return page(request, "candidates", "disposal", context | wrong, status=status)


@require("work_disposal")
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Begin a write-off of each ticked case; who cannot be is named."""
    form, at, made = CriterionForm(criteria_choices(), request.POST), clock.now(), []
    if not form.is_valid():
        return candidates_page(request, status=422, criterion_form=form)
    ticked = [int(each) for each in request.POST.getlist("case")[: selectors.SHOWN] if each.isdecimal()]
    for case in Case.objects.filter(pk__in=ticked).order_by("pk"):
        try:
            made.append(preparation.prepare(case, form.cleaned_data["criterion"], at=at, by=request.user))
        except DisposalRefused as refused:
            messages.error(request, f"{case.pk}: {refused}")
    if not ticked:
        messages.info(request, _("Tick cases first."))
    return (
        redirect("disposal_write_off", made[0].number)
        if len(made) == 1
        else redirect("disposal_write_offs" if made else "disposal")
    )


@require("see_disposal")
@require_GET
def write_off_list(request: StaffRequest) -> HttpResponse:
    """List write-offs."""
    view = "done" if request.GET.get("view") == "done" else "open"
    rows = list(selectors.write_offs(view)[: selectors.SHOWN])
    log_accesses(
        request.user, sorted({row.case.customer_id for row in rows}), LOOK, clock.now(), "write-offs"
    )
    known = policy.criteria(clock.today())
    shown = [(row, policy.word(known[row.criterion])) for row in rows]
    return page(request, "write_offs", "disposal_write_offs", {"rows": shown, "view": view})


@require("see_disposal")
@require_GET
def register(request: StaffRequest) -> HttpResponse:
    """Show what was written off and is pursued on, with what came in since."""
    rows = selectors.register()
    log_accesses(
        request.user, sorted({row.write_off.case.customer_id for row in rows}), LOOK, clock.now(), "register"
    )
    return page(request, "register", "disposal_register", {"rows": rows, "totals": selectors.totals(rows)})


def one(request: StaffRequest, number: str) -> WriteOff:
    """Return a write-off the person may look at; the look is logged."""
    found = get_object_or_404(
        WriteOff.objects.select_related("case__customer", "prepared_by", "approval"), number=number
    )
    if is_barred(request.user, found.case.customer_id):
        raise PermissionDenied("this debtor is closed to this person")
    log_access(request.user, found.case.customer_id, LOOK, clock.now(), found.number)
    return found


@require("see_disposal")
@require_GET
def write_off(request: StaffRequest, number: str) -> HttpResponse:
    """Show one write-off: its figures, what its ground asks for, what is missing, what came in since."""
    return write_off_page(request, one(request, number))


def write_off_page(request: StaffRequest, held: WriteOff, status: int = 200, **wrong: Any) -> HttpResponse:
    """Render a write-off."""
    at = clock.now()
    on = at.date()
    ground, known = policy.criteria(on)[held.criterion], policy.proofs(on)
    there: dict[str, list[Any]] = {}
    for each in held.proofs.select_related("document", "by").order_by("pk"):
        there.setdefault(each.proof, []).append(each)
    asked = [
        {
            "words": policy.word(known[code]), "system": known[code]["by"] == "system", "files": there.get(code, []),
            "there": proofs.proved(held.case, code, at) if known[code]["by"] == "system" else code in there,
        }
        for code in ground["proofs"]
    ]  # fmt: skip
    open_now = held.state == WriteOffState.CANDIDATE
    lacks = proofs.missing(held, at) if open_now else []
    context = {
        "it": held, "ground": policy.word(ground), "asked": asked, "lacks": lacks, "law": approval.lawful(held, at, met=not lacks),
        "changes": selectors.changes(held.number), "broken": broken_at(held), "recovered": selectors.recovered([held]).get(held.pk, 0),
        "proof_form": ProofForm([(code, policy.word(known[code])) for code in ground["proofs"] if known[code]["by"] == "person"]),
        "reason_form": ReasonForm(), "states": WriteOffState,
    }  # fmt: skip
    return page(request, "write_off", "disposal_write_offs", context | wrong, status=status)


@require("work_disposal")
@require_POST
def step(request: StaffRequest, number: str, what: str) -> HttpResponse:
    """Do one step of a write-off; a refusal is said on the page and nothing is changed."""
    held = one(request, number)
    if what not in STEPS:
        return write_off_page(request, held, status=422, wrong=_("There is no such step."))
    try:
        STEPS[what](held, request)
    except DisposalRefused as refused:
        return write_off_page(request, held, status=422, wrong=str(refused))
    return redirect("disposal_write_off", number)


def file_of(request: StaffRequest) -> bytes:
    """Return the file that came with a form; raises DisposalRefused for none or one too large."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > FILE_BYTES:
        raise DisposalRefused(_("Choose a file of at most 10 MB."), "file")
    return bytes(file.read())


def _proof(held: WriteOff, request: StaffRequest) -> None:
    proof = request.POST.get("proof", "")
    proofs.add_proof(held, proof, file_of(request), at=clock.now(), by=request.user)


def _ask(held: WriteOff, request: StaffRequest) -> None:
    approval.ask(held, reason=request.POST.get("reason", ""), at=clock.now(), by=request.user)


def _undo(held: WriteOff, request: StaffRequest) -> None:
    approval.ask_undo(held, reason=request.POST.get("reason", ""), at=clock.now(), by=request.user)


FILE_BYTES = 10 * 1024 * 1024
STEPS: dict[str, Callable[[WriteOff, StaffRequest], None]] = {"proof": _proof, "ask": _ask, "undo": _undo}
