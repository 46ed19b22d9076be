"""Sign in and out, home, preferences, own password, and the pages that say no."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from forbear.web import clock
from forbear.web.people import services, shell, throttle
from forbear.web.people.forms import PreferencesForm, SignInForm
from forbear.web.people.models import Role
from forbear.web.people.permissions import ACTIONS, NotAllowed, roles_that_may, signed_in

COOKIE_SECONDS = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    """Send each role to the room where its day begins."""
    return redirect(shell.HOME[Role(signed_in(request).role)])


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; the same words answer a wrong name and a wrong password."""
    if request.user.is_authenticated:
        return redirect("home")
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        status = try_to_sign_in(request, form)
        if request.user.is_authenticated:
            return with_choice_kept(request, redirect(next_address(request)))
    context = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "people/sign_in.html", context, status=status)


def try_to_sign_in(request: HttpRequest, form: SignInForm) -> int:
    """Sign in, or add to the form why not; return the HTTP status."""
    name, secret = form.cleaned_data["username"], form.cleaned_data["password"]
    attempt = throttle.begin(name=name, address=request.META.get("REMOTE_ADDR") or None, at=clock.now())
    if attempt is None:
        minutes = int(throttle.LIMITS.window.total_seconds() // 60)
        form.add_error(
            None,
            ngettext(
                "Too many tries. Wait %(minutes)d minute and try again.",
                "Too many tries. Wait %(minutes)d minutes and try again.",
                minutes,
            )
            % {"minutes": minutes},
        )
        return 429
    user = authenticate(request, username=name, password=secret)
    if user is None:
        form.add_error(None, _("User name and password do not match. Check both and try again."))
        return 422
    throttle.succeed(attempt)
    login(request, user)
    return 200


def with_choice_kept(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the language chosen on the sign-in page with the person; the page itself speaks the bank's again."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in dict(settings.LANGUAGES):
        services.set_preferences(user=signed_in(request), language=chosen, dark_mode=None)
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


def next_address(request: HttpRequest) -> str:
    """Return where the person wanted to go, if it is one of our pages."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign_in")


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep language and light or dark: with the person when signed in, in a cookie before."""
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("This choice is not offered."), status=422)
    language = form.cleaned_data["language"] or None
    dark = {"on": True, "off": False}.get(form.cleaned_data["dark_mode"])
    response: HttpResponse = redirect(next_address(request))
    if request.user.is_authenticated:
        services.set_preferences(user=request.user, language=language, dark_mode=dark)
    elif language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=COOKIE_SECONDS, samesite="Lax")
    if dark is not None:
        response.set_cookie("theme", "dark" if dark else "light", max_age=COOKIE_SECONDS, samesite="Lax")
    return response


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions of this person end."""
    form: Any = PasswordChangeForm(signed_in(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed."))
        return redirect("home")
    return render(request, "people/password.html", {"form": form}, status=422 if form.errors else 200)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this role may not, who may, and what to do."""
    action = exception.action if isinstance(exception, NotAllowed) else None
    context = {
        "action": ACTIONS[action] if action else None,
        "roles": roles_that_may(action) if action else [],
    }
    return render(request, "403.html", context, status=403)


@login_not_required
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form had grown old or came from elsewhere (CSRF)."""
    return refused(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here without repeating what was asked for."""
    return render(request, "404.html", status=404)
