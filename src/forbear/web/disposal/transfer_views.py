"""Pages of transfers: what is sold and what is not, the moment it is done, the file for the buyer, what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.disposal import selectors
from forbear.web.disposal.forms import BackForm, BuyerForm, ReasonForm, ServedForm
from forbear.web.disposal.machine import DisposalRefused, broken_at
from forbear.web.disposal.models import Transfer, TransferItem
from forbear.web.disposal.transfers import approval, eligible, execution, notices, preparation, taking_back
from forbear.web.disposal.views import LOOK, candidates_page, file_of, page
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_accesses
from forbear.web.reading import reading_lang


@require("see_disposal")
@require_GET
def transfer_list(request: StaffRequest) -> HttpResponse:
    """List transfers."""
    return page(
        request, "transfers", "disposal_transfers", {"rows": list(selectors.transfers()[: selectors.SHOWN])}
    )


@require("work_disposal")
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Begin a transfer of the ticked cases."""
    form = BuyerForm(request.POST)
    ticked = [int(each) for each in request.POST.getlist("case")[: preparation.MOST] if each.isdecimal()]
    if form.is_valid():
        try:
            made = preparation.prepare(ticked, form.cleaned_data, at=clock.now(), by=request.user)
            return redirect("disposal_transfer", made.number)
        except DisposalRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return candidates_page(request, status=422, buyer_form=form, ticked=ticked)


@require("see_disposal")
@require_GET
def transfer(request: StaffRequest, number: str) -> HttpResponse:
    """Show one transfer: what is sold, what is left out and why, whether the debtors are told."""
    return transfer_page(request, get_object_or_404(Transfer.objects.defer("file_cipher"), number=number))


def transfer_page(request: StaffRequest, held: Transfer, status: int = 200, **wrong: Any) -> HttpResponse:
    """Render a transfer; after it is done, names only for those who read what was passed on."""
    at, rows = clock.now(), selectors.items(held)
    shows_names = held.done_at is None or may(request.user, "read_passed_on")
    if shows_names:
        log_accesses(request.user, sorted({row.case.customer_id for row in rows}), LOOK, at, held.number)
    shown = [
        (
            row,
            eligible.words([c for c in row.left_out if c != "changed"], at.date())
            + ([_("The debt has changed")] if "changed" in row.left_out else []),
            selectors.proved_on(row),
        )
        for row in rows
    ]
    inside = [row for row in rows if not row.left_out and row.back_at is None]
    context = {
        "it": held, "rows": shown, "names": shows_names, "count": len(inside), "total": sum(row.total_minor for row in inside),
        "told": sum(1 for row, _why, day in shown if day and not row.left_out), "law": eligible.law(at, reading_lang()), "broken": broken_at(held),
        "changes": selectors.changes(held.number), "reason_form": ReasonForm(), "back_form": BackForm(), "served_form": ServedForm(initial={"served_on": at.date()}),
    }  # fmt: skip
    return page(request, "transfer", "disposal_transfers", context | wrong, status=status)


@require("work_disposal", "approve")
@require_POST
def step(request: StaffRequest, number: str, what: str) -> HttpResponse:
    """Do one step of a transfer; a refusal is said on the page and nothing is changed."""
    held = get_object_or_404(Transfer.objects.defer("file_cipher"), number=number)
    if what not in STEPS:
        return transfer_page(request, held, status=422, wrong=_("There is no such step."))
    try:
        STEPS[what](held, request)
    except DisposalRefused as refused:
        held.refresh_from_db()
        return transfer_page(request, held, status=422, wrong=str(refused))
    return redirect("disposal_transfer", number)


def _item(held: Transfer, request: StaffRequest) -> TransferItem:
    wanted = request.POST.get("item", "")
    return get_object_or_404(
        TransferItem.objects.select_related("transfer", "case"),
        pk=int(wanted) if wanted.isdecimal() else 0,
        transfer=held,
    )


def _ask(held: Transfer, request: StaffRequest) -> None:
    if not may(request.user, "work_disposal"):
        raise DisposalRefused(_("Transfers are prepared by the legal desk."))
    approval.ask(held, reason=request.POST.get("reason", ""), at=clock.now(), by=request.user)


def _carry_out(held: Transfer, request: StaffRequest) -> None:
    execution.carry_out(held, at=clock.now(), by=request.user)
    messages.success(request, _("Passed on. All access of ours has ended."))


def _back(held: Transfer, request: StaffRequest) -> None:
    item, consent = _item(held, request), file_of(request)
    reason = request.POST.get("reason", "")
    made = taking_back.take_back(item, reason=reason, consent=consent, at=clock.now(), by=request.user)
    messages.success(request, _("Case %(case)d goes on from here.") % {"case": made.pk})


def _served(held: Transfer, request: StaffRequest) -> None:
    form = ServedForm(request.POST)
    if not form.is_valid():
        raise DisposalRefused(_("Write the day as 2026-11-24."), "served_on")
    notices.note_served(_item(held, request), form.cleaned_data["served_on"], at=clock.now(), by=request.user)


STEPS: dict[str, Callable[[Transfer, StaffRequest], None]] = {
    "ask": _ask,
    "do": _carry_out,
    "back": _back,
    "served": _served,
}


@require("work_disposal")
@require_POST
def data_file(request: StaffRequest, number: str) -> HttpResponse:
    """Hand out the enciphered file; only the buyer opens it."""
    held = get_object_or_404(Transfer, number=number)
    if held.file_cipher is None:
        raise Http404(number)
    answer = HttpResponse(bytes(held.file_cipher), content_type="application/pkcs7-mime")
    answer["Content-Disposition"] = f'attachment; filename="{held.number}.p7m"'
    return answer
