"""Somebody else pays: they see the amount, and the name only if the debtor chose so."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from forbear.web import clock
from forbear.web.debtor import policy, throttle
from forbear.web.debtor.session import address_of, keep
from forbear.web.payments import selectors, services
from forbear.web.payments.models import PayerLink

COOKIE = "my_for"
TOKEN_MAX = 64


@login_not_required
@require_http_methods(["GET", "HEAD"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address; nothing is looked up."""
    response = redirect("my_for")
    response.headers["Referrer-Policy"] = "no-referrer"
    keep(response, COOKIE, token[:TOKEN_MAX])
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the amount; a press on the button leads to the payment service."""
    at = clock.now()
    found = link_of(request)
    if found is None:
        return render(request, "debtor/for.html", {}, status=404 if request.method == "POST" else 200)
    context = {
        "link": found, "bank": policy.bank("bank", at), "hotline": policy.bank("hotline", at), "paid": selectors.is_paid(found),
        "name": found.case.customer.name if found.shows_name else "",
    }  # fmt: skip
    if request.method == "POST" and not context["paid"]:
        try:
            context["order"] = services.begin(
                found.case, found.account, found.amount_minor, at=at, link=found, return_path="/my/for/"
            )
        except services.PaymentRefused as refused:
            context["error"] = str(refused)
    return render(request, "debtor/for.html", context)


def link_of(request: HttpRequest) -> PayerLink | None:
    """Return the working link of this phone; guessing is slowed down by network address."""
    token, at = request.COOKIES.get(COOKIE, ""), clock.now()
    if not token:
        return None
    turn = throttle.begin(kind="relative", who="", address=address_of(request), at=at)
    found = selectors.payer_link(token, at) if turn.allowed else None
    if found is not None:
        throttle.succeed(turn)
    return found
