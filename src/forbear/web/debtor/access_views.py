"""Coming in: the link, the second factor, leaving, and "you have the wrong person"."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.web import clock
from forbear.web.debtor import access, codes, helpers, policy, throttle, wrong_person
from forbear.web.debtor.models import Visit
from forbear.web.debtor.session import (
    HELPER_COOKIE,
    HELPER_LINK_COOKIE,
    LINK_COOKIE,
    PATH,
    VISIT_COOKIE,
    address_of,
    current_visit,
    forget,
    keep,
)
from forbear.web.people.forms import PreferencesForm
from forbear.web.people.templatetags.forbear import clocktime

COOKIE_SECONDS = 365 * 24 * 3600
HOWS = ("id_tail", "sms_code")


@login_not_required
@require_http_methods(["GET", "HEAD"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once. Nothing is looked up: a preview robot neither spends nor learns anything."""
    response = redirect("my_identity")
    response.headers["Referrer-Policy"] = "no-referrer"
    keep(response, LINK_COOKIE, token[: access.TOKEN_LENGTH])
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Say who we are and ask for the second factor; the first answer spends the link."""
    at = clock.now()
    visit = current_visit(request, at)
    if visit is not None and visit.proved_at is not None and not request.COOKIES.get(LINK_COOKIE):
        return redirect("my_home")
    if request.method != "POST":
        return ask(request, visit, at)
    opened = None
    if token := request.COOKIES.get(LINK_COOKIE):
        opened = spend(request, token, at)
        visit = opened.visit if opened else None
    if visit is None:
        return with_cookies(ask(request, None, at, spent=True), None)
    return with_cookies(judge(request, visit, at), opened)


def spend(request: HttpRequest, token: str, at: datetime) -> access.NewVisit | None:
    """Exchange the token for a visit; too many tries from one address are not judged."""
    turn = throttle.begin(kind="link", who="", address=address_of(request), at=at)
    opened = access.open_link(token, at) if turn.allowed else None
    if opened is not None:
        throttle.succeed(turn)
    return opened


def with_cookies(response: HttpResponse, opened: access.NewVisit | None) -> HttpResponse:
    """Forget the token, and keep the key of a visit just begun."""
    forget(response, LINK_COOKIE)
    if opened is not None:
        keep(response, VISIT_COOKIE, opened.key)
    return response


def judge(request: HttpRequest, visit: Visit, at: datetime) -> HttpResponse:
    """Judge the second factor, or send a code when one is asked for."""
    if request.POST.get("send"):
        return send_code(request, visit, at)
    how = request.POST.get("how", "id_tail")
    if how not in HOWS:
        return ask(request, visit, at)
    proof = access.prove(
        visit, how=how, answer=request.POST.get("answer", "")[:32], address=address_of(request), at=at
    )
    if proof.passed:
        return redirect("my_home")
    if proof.over:
        return ask(request, None, at, spent=True)
    if proof.again_at:
        words = _("Too many tries. Please try again after %(time)s. Nothing is lost.")
        return ask(request, visit, at, error=words % {"time": clocktime(proof.again_at)[:5]}, status=429)
    return ask(
        request, visit, at, error=_("That does not match what we have. Check it and try again."), status=422
    )


def send_code(request: HttpRequest, visit: Visit, at: datetime) -> HttpResponse:
    """Send a code to the number on file, if one may get it."""
    point = codes.number_for(visit, at)
    if point is None:
        return ask(
            request,
            visit,
            at,
            error=_("We have no other number for a code. Please use your ID number."),
            status=422,
        )
    try:
        codes.send_code(visit, point, at=at)
    except codes.CodeNotSent as refused:
        return ask(request, visit, at, error=str(refused), status=429)
    return ask(request, visit, at, sent_to=codes.masked(point))


def ask(
    request: HttpRequest, visit: Visit | None, at: datetime, *, error: str = "", sent_to: str = "",
    spent: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Show the door: who we are, what we ask, and nothing about any debt."""
    has_link = bool(request.COOKIES.get(LINK_COOKIE)) and not spent
    context = {
        "bank": policy.bank("bank", at),
        "hotline": policy.bank("hotline", at),
        "open": (visit is not None or has_link) and not spent,
        "code_offered": visit is not None and codes.number_for(visit, at) is not None,
        "error": error,
        "sent_to": sent_to,
    }
    return render(request, "debtor/identity.html", context, status=status)


@login_not_required
@require_GET
def trust(request: HttpRequest) -> HttpResponse:
    """Tell how to know that this is the bank."""
    at = clock.now()
    context = {"bank": policy.bank("bank", at), "hotline": policy.bank("hotline", at)}
    return render(request, "debtor/trust.html", context)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back to where one was."""
    form = PreferencesForm({"language": request.POST.get("language", "")})
    wanted = request.POST.get("next", "")
    ours = wanted.startswith(PATH) and url_has_allowed_host_and_scheme(wanted, None)
    response = redirect(wanted if ours else "my_home")
    if form.is_valid() and form.cleaned_data["language"]:
        chosen = form.cleaned_data["language"]
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=COOKIE_SECONDS, samesite="Lax")
    return response


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the visit."""
    at = clock.now()
    if visit := current_visit(request, at):
        access.end_visit(visit, at)
    if helping := helpers.visit_of(request.COOKIES.get(HELPER_COOKIE, ""), at):
        helpers.leave(helping, at)
    response = redirect("my_identity")
    for name in (VISIT_COOKIE, LINK_COOKIE, HELPER_COOKIE, HELPER_LINK_COOKIE):
        forget(response, name)
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest) -> HttpResponse:
    """Stop contact on the number the message went to; nothing is asked and nothing is told."""
    at = clock.now()
    if request.method != "POST":
        return render(request, "debtor/not_me.html", {})
    visit = current_visit(request, at)
    if token := request.COOKIES.get(LINK_COOKIE):
        opened = spend(request, token, at)
        visit = opened.visit if opened else None
    if visit is not None:
        wrong_person.stop(visit, at)
    response = render(request, "debtor/not_me.html", {"done": True})
    forget(response, VISIT_COOKIE)
    forget(response, LINK_COOKIE)
    return response
