"""Records of accounts and the objections to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.complaints.bars import cut_cases, is_barred, is_cut
from forbear.web.credit import notices, objections, policy, selectors
from forbear.web.credit.forms import NoticeForm, ObjectionForm
from forbear.web.credit.models import CreditNotice, CreditObjection, ObjectionState
from forbear.web.credit.running import CreditRefused
from forbear.web.credit.selectors import Record
from forbear.web.credit.views import PAGE_ROWS, page
from forbear.web.desk.requests import StaffRequest
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.portfolio.models import Account


@require("see_credit")
@require_GET
def find(request: StaffRequest) -> HttpResponse:
    """Go to the record of an account by its number or its card's last digits."""
    found = selectors.account_found(request.GET.get("q", ""))
    if found is None:
        messages.info(request, _("No single account has this number or these last digits."))
        return redirect("credit")
    return redirect("credit_account", found.pk)


@require("see_credit")
@require_GET
def of_case(request: StaffRequest, case_id: int) -> HttpResponse:
    """Go to the record of a case's first account."""
    case = get_object_or_404(Case, pk=case_id)
    account = (
        Account.objects.filter(customer_id=case.customer_id, product=case.product)
        .order_by("account_no")
        .first()
    )
    if account is None:
        messages.info(request, _("There is no account on this case."))
        return redirect("case", case_id)
    return redirect("credit_account", account.pk)


def opened(request: StaffRequest, pk: int) -> Account:
    """Return an account the person may look at; the look is logged."""
    account = get_object_or_404(Account.objects.select_related("customer"), pk=pk)
    gone = cut_cases(request.user).filter(customer=account.customer_id, product=account.product)
    if is_barred(request.user, account.customer_id) or gone.exists():
        raise PermissionDenied("a report keeps this person away from this debtor")
    log_access(request.user, account.customer_id, "credit", clock.now(), account.account_no)
    return account


@require("see_credit")
@require_GET
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the record of one account: the picture of its months, what was told before, what was corrected and objected to."""
    return record_page(request, opened(request, pk))


def record_page(request: StaffRequest, shown: Account, status: int = 200, **wrong: Any) -> HttpResponse:
    """Render the record of an account."""
    on = clock.today()
    held = selectors.record(shown, on)
    months_told = told_months(held)
    siblings = Account.objects.filter(customer_id=shown.customer_id).order_by("account_no")
    context = {
        "record": held, "account": shown, "siblings": siblings, "letters": policy.letters(on),
        "words": [(letter, policy.word(row), row["bad"]) for letter, row in policy.letters(on).items()],
        "proofs": [(each, selectors.proved_on(each)) for each in held.notices],
        "objection_form": ObjectionForm(months_told, on), "notice_form": NoticeForm(initial={"served_on": on}),
        "months": range(1, 13), "short": policy.months(on)[0],
    }  # fmt: skip
    return page(request, "account", "", context | wrong, status=status)


def told_months(held: Record) -> list[tuple[date, str]]:
    """Return the months that were told, the newest first, with their letters."""
    told = {line.run.month for line in held.lines}
    return [(cell.month, cell.letter) for cell in reversed(held.cells) if cell.month in told]


@require("work_credit")
@require_POST
def object_to(request: StaffRequest, pk: int) -> HttpResponse:
    """Take in an objection."""
    shown, at = opened(request, pk), clock.now()
    form = ObjectionForm(told_months(selectors.record(shown, at.date())), at.date(), request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = objections.take_in(
                shown,
                form.chosen(),
                ground=data["ground"],
                text=data["text"],
                received_on=data["received_on"],
                at=at,
                by=request.user,
            )
            return redirect("credit_objection", made.number)
        except CreditRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return record_page(request, shown, status=422, objection_form=form)


@require("work_credit")
@require_POST
def served(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down that a paper notice was served."""
    shown, at = opened(request, pk), clock.now()
    form = NoticeForm(request.POST, request.FILES)
    if form.is_valid():
        case = Case.objects.filter(customer_id=shown.customer_id, product=shown.product).order_by("pk").last()
        try:
            if case is None:
                raise CreditRefused(_("There is no case on this account."))
            data = form.cleaned_data
            notices.note_served(
                case, served_on=data["served_on"], content=data["file"].read(), at=at, by=request.user
            )
            messages.success(request, _("Written down."))
            return redirect("credit_account", pk)
        except CreditRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return record_page(request, shown, status=422, notice_form=form)


# ---- objections ----
@require("see_credit")
@require_GET
def objection_list(request: StaffRequest) -> HttpResponse:
    """List objections, those whose last day is nearest first."""
    view, on = request.GET.get("view", "open"), clock.today()
    rows = Paginator(selectors.objections(request.user, view), PAGE_ROWS).get_page(request.GET.get("page"))
    grounds = policy.grounds(on)
    shown = [
        {"it": each, "days": (each.respond_by - on).days, "ground": policy.word(grounds[each.ground])}
        for each in rows.object_list
    ]
    return page(
        request,
        "objections",
        "credit_objections",
        {"page": rows, "rows": shown, "view": view, "query": f"view={view}"},
    )


@require("see_credit")
@require_GET
def objection(request: StaffRequest, number: str) -> HttpResponse:
    """Show one objection with what may be done next."""
    return objection_page(request, one_objection(request, number))


def one_objection(request: StaffRequest, number: str) -> CreditObjection:
    """Return an objection the person may look at; its text is read, so the look is logged."""
    found = get_object_or_404(
        CreditObjection.objects.select_related("case__customer", "account", "handler", "letter"),
        number=number,
    )
    if is_barred(request.user, found.case.customer_id) or is_cut(request.user, found.case):
        raise PermissionDenied("a report keeps this person away from this debtor")
    log_access(request.user, found.case.customer_id, "credit", clock.now(), found.number)
    return found


def objection_page(
    request: StaffRequest, held: CreditObjection, status: int = 200, wrong: str = ""
) -> HttpResponse:
    """Render an objection."""
    on = clock.today()
    letters, ground = selectors.shown_letters(held.account_id), policy.grounds(on)[held.ground]
    known = policy.letters(on)
    context = {
        "it": held, "text": objections.text_of(held), "ground": policy.word(ground), "withdraws": ground["withdraws"],
        "days": (held.respond_by - on).days, "broken": objections.broken_at(held), "open": held.state in objections.OPEN,
        "mine": held.handler_id in (None, request.user.pk), "changes": held.changes.select_related("by").order_by("sequence"),
        "months": [(month, letters.get(month, "*"), policy.word(known[letters.get(month, "*")])) for month in held.months],
        "letters": [(letter, policy.word(row)) for letter, row in known.items()], "states": ObjectionState,
        "corrections": held.corrections.order_by("month"), "wrong": wrong,
        "notice": [(each, selectors.proved_on(each)) for each in CreditNotice.objects.filter(accounts__contains=[held.account_id]).select_related("message")],
    }  # fmt: skip
    return page(request, "objection", "credit_objections", context, status=status)


@require("work_credit")
@require_POST
def step(request: StaffRequest, number: str) -> HttpResponse:
    """Do one step of an objection; a refusal is said on the page and nothing is changed."""
    held = one_objection(request, number)
    do = STEPS.get(request.POST.get("step", ""))
    if do is None:
        return objection_page(request, held, status=422, wrong=_("There is no such step."))
    try:
        do(held, request)
    except CreditRefused as refused:
        held.refresh_from_db()
        return objection_page(request, held, status=422, wrong=str(refused))
    return redirect("credit_objection", number)


def _uphold(held: CreditObjection, request: StaffRequest) -> None:
    given = {month: request.POST.get(f"letter_{month:%Y%m}", "") for month in held.months}
    letters = {month: letter for month, letter in given.items() if letter}
    objections.uphold(held, letters, why=request.POST.get("why", ""), at=clock.now(), by=request.user)


def _answer(held: CreditObjection, request: StaffRequest) -> None:
    lang = "en" if request.POST.get("lang") == "en" else "zh"
    objections.answer(held, request.POST.get("text", ""), at=clock.now(), by=request.user, lang=lang)


STEPS: dict[str, Callable[[CreditObjection, StaffRequest], None]] = {
    "check": lambda held, request: objections.check(held, at=clock.now(), by=request.user),
    "uphold": _uphold,
    "confirm": lambda held, request: objections.confirm(held, why=request.POST.get("why", ""), at=clock.now(), by=request.user),
    "answer": _answer,
}  # fmt: skip
