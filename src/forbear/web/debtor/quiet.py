"""What every answer under /my/ carries: no index, no referrer to others, no copy kept; and calm words when it says no."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from forbear.web.debtor.session import PATH

HEADERS = {
    # Not "no-referrer": browsers would then send `Origin: null` with our own forms, which are refused as forged. The
    # one address that holds a secret answers with no-referrer itself and never shows a page.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "Cache-Control": "no-store, private",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
SORRY = (403, 404)


def quiet_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Add the headers, and replace the workbench's own pages that say no."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(PATH):
            return response
        if response.status_code in SORRY:
            response = render(request, "debtor/sorry.html", status=response.status_code)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
