"""What every answer carries: a content security policy, and the language its reader chose."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]

# No 'unsafe-inline', no 'unsafe-eval', no other host: bank networks are closed, and a note typed by a
# stranger must not be able to run. The chart library sets its styles through the DOM's own objects, which the policy
# lets pass; the style sheet it brings along for maps is refused, and we draw none. It takes `data:` and `blob:`
# images when a chart is saved as a picture.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADER = "Content-Security-Policy"


def content_security_policy(get_response: Handler) -> Handler:
    """Add the policy to every answer that has none of its own."""
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(HEADER, policy)
        return response

    return middleware


def chosen_language(get_response: Handler) -> Handler:
    """Speak the language of the signed-in person, else of the language cookie, else the bank's own.

    Django's LocaleMiddleware would ask the browser first; a browser installed in English must not turn a
    Chinese bank's sign-in page English.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with translation.override(language_for(request)):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response

    return middleware


def language_for(request: HttpRequest) -> str:
    """Return the code of a language we have."""
    wanted = request.user.language if request.user.is_authenticated else None
    wanted = wanted or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def never_cached(get_response: Handler) -> Handler:
    """Keep pages about people out of the browser's disk and out of proxies (PIPL art. 51)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware
