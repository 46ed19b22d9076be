"""Why this amount, its printable statement, and the desk where differences with the bank are settled."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.desk import calls
from forbear.web.desk.queue import my_day
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.screen import may_open
from forbear.web.law.current import packs_now
from forbear.web.ledger import charts, selectors, services
from forbear.web.ledger.forms import SETTLED_BY_PEOPLE, ActionForm, DayForm
from forbear.web.ledger.models import Difference
from forbear.web.ledger.paper import statement_of_account
from forbear.web.ledger.words import FAULTS, KINDS, PARTS, STATES
from forbear.web.people.models import User
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access
from forbear.web.portfolio.models import Account
from forbear.web.reading import reading_lang

PAGE_ROWS = 200


@require("see_case", "explain_amount", "reconcile")
@require_GET
def why(request: StaffRequest, account_id: int) -> HttpResponse:
    """One account's amount as of any day: parts, lines with formulas, rows, what will be owed."""
    found = explained(request, account_id, "why_amount")
    near, far = (
        packs_now().value(f"house/pricing/forecast_{which}_days", found.as_of) for which in ("near", "far")
    )
    context = {
        "why": found,
        "case": case_of(found.account),
        "parts": [(label, found.balance[name]) for name, label in PARTS],
        "accrued_minor": found.balance["accrued"] + found.balance["accrued_compound"],
        "pending_late_fee_minor": found.balance["pending_late_fee"],
        "steps": [(step, KINDS[step.kind]) for step in found.steps],
        "faults": [FAULTS[name] for name in found.faults],
        "ahead": [(days, found.forecast_on(days)) for days in (near, far)],
        "chart": charts.ahead(found.forecast),
        "today": clock.today(),
    }
    return render(request, "ledger/why.html", context)


@require("see_case", "explain_amount", "reconcile")
@require_GET
def statement(request: StaffRequest, account_id: int) -> HttpResponse:
    """The same as a PDF."""
    found = explained(request, account_id, "statement_of_account")
    made = statement_of_account(found, lang=reading_lang())
    headers = {
        "Content-Disposition": f'inline; filename="statement-{found.account.pk}-{found.as_of}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


def explained(request: StaffRequest, account_id: int, what: str) -> selectors.Why:
    """Return an account's explanation if this person may see it now; every look is logged."""
    account = get_object_or_404(Account.objects.select_related("customer"), pk=account_id)
    allow(request, account)
    as_of = chosen_day(request)
    log_access(request.user, account.customer_id, what, clock.now(), f"account {account.pk} as of {as_of}")
    return selectors.why(account, as_of=as_of, lang=reading_lang())


def allow(request: StaffRequest, account: Account) -> None:
    """Raise PermissionDenied unless the role explains amounts, or the debtor's identity is confirmed on this case."""
    case = case_of(account)
    if is_barred(request.user, account.customer_id) or is_cut(request.user, case):
        raise PermissionDenied("this debtor is closed to this person")
    if may(request.user, "reconcile") or (may(request.user, "explain_amount") and case is not None):
        return
    if case is None or not may_open(request.user, case, my_day(request.user, clock.now())):
        raise PermissionDenied("this case is neither in your queue nor assigned to you")
    call = calls.on_case(request, case.pk)
    if call is None or not call.identity_at:
        raise PermissionDenied("no amount is shown before the debtor's identity is confirmed")


def case_of(account: Account) -> Case | None:
    """Return the newest case of the account's customer and product."""
    return (
        Case.objects.select_related("customer", "owner")
        .filter(customer_id=account.customer_id, product=account.product)
        .order_by("-pk")
        .first()
    )


def chosen_day(request: StaffRequest) -> date:
    """Return the day asked for, today by default; a day to come or nonsense is refused as not found."""
    form = DayForm(request.GET)
    if not form.is_valid():
        raise Http404("no such day")
    day = form.cleaned_data["on"] or clock.today()
    if day > clock.today():
        raise Http404("that day has not come")
    return day


@require("reconcile")
@require_GET
def desk(request: StaffRequest) -> HttpResponse:
    """Differences with the bank's own figures: open, mine or closed, the largest first."""
    view = request.GET.get("view", "open")
    user = request.user
    found = selectors.differences(user, closed=view == "closed", mine=user.pk if view == "mine" else None)
    context = {
        "view": view,
        "page": Paginator(found, PAGE_ROWS).get_page(request.GET.get("page")),
        "totals": selectors.totals(found),
        "comparison": selectors.latest_comparison(),
        "chart": charts.reasons(selectors.by_reason(selectors.differences(user))),
        "query": f"view={view}" if view in ("open", "mine", "closed") else "",
        "today": clock.today(),
    }
    return render(request, "ledger/desk.html", context)


@require("reconcile")
@require_POST
def compare(request: StaffRequest) -> HttpResponse:
    """Compare all accounts that have the bank's figures of the latest day."""
    day = selectors.latest_data_day(clock.today())
    if day is None:
        messages.error(request, _("The bank has delivered no figures yet: import an overdue list first."))
    else:
        made = services.compare(data_on=day, at=clock.now(), by=request.user)
        messages.success(
            request,
            ngettext(
                "%(accounts)d account compared, %(different)d different.",
                "%(accounts)d accounts compared, %(different)d different.",
                made.accounts,
            )
            % {"accounts": made.accounts, "different": made.different},
        )
    return redirect("ledger")


@require("reconcile")
@require_http_methods(["GET", "POST"])
def difference(request: StaffRequest, difference_id: int) -> HttpResponse:
    """One difference, part by part, with what was done about it."""
    found = get_object_or_404(
        Difference.objects.select_related("account__customer", "assigned_to", "closed_by"), pk=difference_id
    )
    case = case_of(found.account)
    if is_barred(request.user, found.account.customer_id) or is_cut(request.user, case):
        raise PermissionDenied("this debtor is closed to this person")
    form = ActionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(request, found, form.cleaned_data)
        return redirect("ledger_difference", found.pk)
    log_access(
        request.user,
        found.account.customer_id,
        "difference",
        clock.now(),
        f"account {found.account_id} {found.data_on}",
    )
    context = {
        "found": found,
        "rows": [
            (label, bank, ours, ours - bank)
            for (_name, label), bank, ours in zip(PARTS, found.bank_minor, found.ours_minor, strict=False)
        ],
        "states": [(STATES.get(found.bank_state, found.bank_state), STATES[found.ours_state])]
        if found.ours_state
        else [],
        "bank_total": sum(found.bank_minor),
        "ours_total": sum(found.ours_minor),
        "notes": found.notes.select_related("by"),
        "reasons": SETTLED_BY_PEOPLE,
        "colleagues": selectors.who_settles(request.user),
        "form": form,
    }
    return render(request, "ledger/difference.html", context, status=422 if form.is_bound else 200)


def act(request: StaffRequest, found: Difference, given: dict[str, Any]) -> None:
    """Do what the form asks; a difference closed meanwhile is left as it is."""
    by, at = request.user, clock.now()
    try:
        if given["action"] == "take":
            services.assign(difference=found, to=by, by=by, at=at)
        elif given["action"] == "give":
            to = get_object_or_404(User, pk=given["to"])
            services.assign(difference=found, to=to, by=by, at=at)
        elif given["action"] == "note":
            services.note(difference=found, text=given["text"], by=by, at=at)
        else:
            services.close(difference=found, reason=given["reason"], text=given["text"], by=by, at=at)
    except services.AlreadyClosed:
        messages.error(request, _("Somebody closed this difference meanwhile. Nothing was changed."))
    except services.NotTheirs:
        messages.error(request, _("This person does not settle differences."))
