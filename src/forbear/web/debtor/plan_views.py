"""Ways to pay with real dates: moved by what can be paid at once and by the months, chosen, or wished for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from forbear.money import parse_minor
from forbear.web.agreements import means, options, own
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Plan, Waiver
from forbear.web.cases.authority import BeyondAuthority
from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Promise
from forbear.web.cases.opening import CaseRefused, add_task
from forbear.web.cases.policy import pay_channels
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.law.current import packs_now
from forbear.web.people.templatetags.forbear import money
from forbear.web.reading import reading_lang

CASH_MAX = 1_000_000  # yuan; a slip of the finger, not a limit of the house
MONTHS_MAX = 60
WISH, LATER = "plan_wish", "deferral"
REFUSED = (AgreementRefused, PromiseRefused, BeyondAuthority, CaseRefused)
INSTALMENT = "ordinary_instalment"
SHOWN = ("total", "charges", "highest")  # amounts of a plan that the page writes


def found(debtor: Debtor, cash_minor: int | None) -> dict[str, Any]:
    """Return what the solver finds for this debtor, by the very function the desk calls."""
    return options.options(debtor.case, cash_minor=cash_minor, at=debtor.at, by=None, lang=reading_lang())


def number(text: str, most: int) -> int | None:
    """Return a whole number above zero that a slider sent; none for anything else."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return value if 0 < value <= most else None


@require_safe
@debtor_page
def plans(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the ways to pay, each with every date; two sliders move them."""
    cash, months = (
        number(request.GET.get("cash", ""), CASH_MAX),
        number(request.GET.get("months", ""), MONTHS_MAX),
    )
    try:
        answer = found(debtor, cash * 100 if cash else None)
    except AgreementRefused as refused:
        return render(request, "debtor/options.html", {"refused": str(refused)})
    offered = sorted(
        (each for each in answer["options"].values() if each["offered"]),
        key=lambda each: each["plan"]["rank"],
    )
    ways = [way(each, months) for each in offered if each["plan"]["rows"] and each["kind"] != "pay_now"]
    terms = [len(plan["rows"]) for each in offered for plan in (each["plan"], *each["alternatives"])]
    context = {
        "ways": ways, "cash": cash or 0, "months": months or max(terms, default=1), "longest": max(terms, default=1),
        "most": sum(parse_minor(each["plan"]["owed"]) for each in offered[:1]) // 100, "known": means.latest(debtor.case),
        "channels": channels(debtor.at.date()),
    }  # fmt: skip
    return render(request, "debtor/options.html", context)


def way(option: dict[str, Any], months: int | None) -> dict[str, Any]:
    """Return an option with the one of its plans whose number of payments is nearest to what was asked for."""
    plans = [option["plan"], *option["alternatives"]]
    nearest = min(plans, key=lambda plan: abs(len(plan["rows"]) - months)) if months else option["plan"]
    kind = option["kind"]
    return {
        **option,
        "plan": drawn(nearest),
        "promised": kind in own.PROMISED,
        "asks_instalment": kind in (INSTALMENT, LATER),
    }


def drawn(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan of the solver with its amounts written as the page writes money."""
    rows = [row | {"amount": written(row["amount"])} for row in plan["rows"]]
    return plan | {name: written(plan[name]) for name in SHOWN} | {"rows": rows}


def written(amount: str) -> str:
    """Write an amount of the solver with thousands separators: 2300.25 is 2,300.25."""
    return money(parse_minor(amount))


def channels(on: date) -> list[tuple[str, str]]:
    """Return how promised money may come, in the reader's words."""
    return [(code, str(row[reading_lang()])) for code, row in pay_channels(on).items()]


@require_POST
@debtor_page
def choose(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Agree to a way, found again on today's facts; what the house does not leave to the page goes to a person."""
    cash = number(request.POST.get("cash", ""), CASH_MAX)
    in_instalments = {"yes": True, "no": False}.get(request.POST.get("instalment", ""))
    chosen = request.POST.get("option", "")[:100]
    try:
        made = own.choose(
            debtor.case, chosen, cash_minor=cash * 100 if cash else None, already_instalment=in_instalments,
            pay_channel=request.POST.get("pay_channel", "")[:20], at=debtor.at, lang=reading_lang(),
        )  # fmt: skip
    except REFUSED as refused:
        return not_alone(request, debtor, refused, chosen, cash)
    if isinstance(made, Plan):
        return redirect("my_plan")
    messages.success(request, told(made))
    return redirect("my_agreements")


def told(made: Any) -> str:
    """Return what a debtor is told of what was made."""
    if isinstance(made, Promise):
        return _("Thank you. We wait until %(day)s and do not call until then.") % {"day": made.due_on}
    if isinstance(made, Waiver):
        return _("We have asked for it. Somebody with the right to decide looks at it and answers you.")
    return _("We have asked for it. Somebody answers you soon.")


def not_alone(
    request: HttpRequest, debtor: Debtor, refused: Exception, chosen: str, cash: int | None
) -> HttpResponse:
    """Say why it cannot be agreed here; a way that stands goes to the desk as a wish."""
    try:
        _kind, plan = own.option_of(
            debtor.case, chosen, cash_minor=cash * 100 if cash else None, at=debtor.at, lang=reading_lang()
        )
    except AgreementRefused as gone:
        messages.error(request, str(gone))
        return redirect("my_options")
    missing = isinstance(refused, AgreementRefused) and bool(refused.missing)
    if missing or isinstance(refused, BeyondAuthority):
        wish(
            debtor,
            {
                "option": chosen,
                "rows": [{"on": row["pay_by"], "amount": row["amount"]} for row in plan["rows"]],
            },
        )
        messages.success(
            request,
            _("That needs a person. Your wish is with us; somebody answers within a few working days."),
        )
        return redirect("my_home")
    messages.error(request, str(refused))
    return redirect("my_options")


@transaction.atomic
def wish(debtor: Debtor, detail: dict[str, Any]) -> None:
    """Ask the desk for something the page cannot agree to, once at a time."""
    if debtor.case.tasks.filter(kind=WISH, done_at__isnull=True).exists():
        return
    due = end_of_business_days(debtor.at, packs_now().value("house/help/wish_days", debtor.at.date()))
    task = add_task(
        debtor.case, kind=WISH, due_at=due, at=debtor.at, by=None, owner=debtor.case.owner, note=detail["option"][:200]
    )  # fmt: skip
    task.detail = detail
    task.save(update_fields=["detail"])


@require_safe
@debtor_page
def later(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show whether all of it can wait: the new day where it can, else why not and what can be done."""
    try:
        option = found(debtor, None)["options"].get(LATER)
    except AgreementRefused as refused:
        return render(request, "debtor/later.html", {"refused": str(refused)})
    asked = debtor.case.tasks.filter(kind=WISH, note=LATER, done_at__isnull=True).exists()
    plan = drawn(option["plan"]) if option and option["plan"] else None
    context = {"option": option, "plan": plan, "known": means.latest(debtor.case), "asked": asked}
    return render(request, "debtor/later.html", context)


@require_POST
@debtor_page
def ask_later(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Ask a person for a deferral that the page cannot give."""
    wish(debtor, {"option": LATER, "rows": []})
    return redirect("my_later")
