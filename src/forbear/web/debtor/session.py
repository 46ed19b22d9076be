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
from forbear.web.debtor import access
from forbear.web.debtor.models import Visit
from forbear.web.portfolio.models import Customer

VISIT_COOKIE, LINK_COOKIE = "my_visit", "my_link"
PATH = "/my/"


@dataclass(frozen=True, slots=True)
class Debtor:
    """A debtor whose identity was proved in this visit. Read nothing that is not of `customer`."""

    visit: Visit
    at: datetime

    @property
    def customer(self) -> Customer:
        """Return the debtor."""
        found: Customer = self.visit.customer
        return found

    @property
    def case(self) -> Case:
        """Return the case the link was made for."""
        return self.visit.case


DebtorView = Callable[..., HttpResponse]


def debtor_page(view: DebtorView) -> DebtorView:
    """Call `view(request, debtor, ...)` for a proved debtor; everybody else is asked who they are.

    No staff sign-in is needed or looked at. The page may only read what belongs to `debtor.customer`.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        at = clock.now()
        visit = current_visit(request, at)
        if visit is None or visit.proved_at is None:
            return redirect("my_identity")
        return view(request, Debtor(visit, at), *args, **named)

    return guarded


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
