"""Who is looking: the visit behind the cookie, and the decorator that lets only a proved debtor see a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.debtor import access, helpers
from forbear.web.debtor.models import Helper, Visit
from forbear.web.disposal.selectors import buyer_of
from forbear.web.portfolio.models import Customer

VISIT_COOKIE, LINK_COOKIE = "my_visit", "my_link"
HELPER_COOKIE, HELPER_LINK_COOKIE = "my_helper", "my_helper_link"
PATH = "/my/"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose page it is: proved in this visit, or shown to a helper within their rights. Read nothing that is not of
    `customer`.
    """

    customer: Customer
    case: Case  # the one the link was made for
    at: datetime
    helper: Helper | None = None  # who acts for the debtor; none: the debtor


# What stays open once the debt belongs to another creditor: who that is, what was said, papers, complaints.
AFTER_TRANSFER = frozenset(
    ("my_home", "my_contacts", "my_messages", "my_paper", "my_complain", "my_report", "my_complaints", "my_complaint_review", "my_help")
)  # fmt: skip
DebtorView = Callable[..., HttpResponse]


def debtor_page(view: DebtorView) -> DebtorView:
    """Call `view(request, debtor, ...)` for a proved debtor, or for a helper to whom the debtor granted this very page.

    No staff sign-in is needed or looked at. The page may only read what belongs to `debtor.customer`. Which pages a right
    opens says house/helpers by the name of the address; everything a helper opens is kept and shown to the debtor.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        at = clock.now()
        visit = current_visit(request, at)
        if visit is not None and visit.proved_at is not None:
            if passed_on(request, visit.case):
                return redirect("my_home")  # which says to whom the debt belongs now
            return view(request, Debtor(visit.customer, visit.case, at), *args, **named)
        helping = helpers.visit_of(request.COOKIES.get(HELPER_COOKIE, ""), at)
        if helping is None:
            return redirect("my_identity")
        page = name_of(request)
        if page not in helpers.pages(helping.helper, at) or passed_on(request, helping.helper.case):
            return redirect("my_helping")
        helpers.note(helping.helper, page, sent=request.method == "POST", at=at)
        whose = Debtor(helping.helper.customer, helping.helper.case, at, helping.helper)
        return view(request, whose, *args, **named)

    return guarded


def passed_on(request: HttpRequest, case: Case) -> bool:
    """Return whether a page is closed because the debt belongs to another creditor now."""
    return name_of(request) not in AFTER_TRANSFER and buyer_of(case) is not None


def name_of(request: HttpRequest) -> str:
    """Return the name of the address that was asked for."""
    return (request.resolver_match.url_name or "") if request.resolver_match else ""


def current_visit(request: HttpRequest, at: datetime) -> Visit | None:
    """Return the running visit of this phone, proved or not."""
    return access.visit_of(request.COOKIES.get(VISIT_COOKIE, ""), at)


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Put a secret into a cookie that no script reads, that goes to these pages only and ends with the browser."""
    response.set_cookie(
        name, value, path=PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def forget(response: HttpResponse, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path=PATH, samesite="Lax")


def address_of(request: HttpRequest) -> str:
    """Return the network address a request came from."""
    return request.META.get("REMOTE_ADDR") or "unknown"
