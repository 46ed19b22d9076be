"""Addresses of the workbench."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

# The room's address, and the app that answers there.
ROOMS = {
    "": "people",
    "desk/": "desk",
    "dialler/": "telephony",
    "board/": "board",
    "reception/": "reception",
    "recordings/": "recordings",
    "reach/": "reach",
    "agreements/": "agreements",
    "documents/": "documents",
    "law/": "law",
    "court/": "litigation",
    "credit/": "credit",
    "disposal/": "disposal",
    "letters/": "letters",
    "wording/": "wording",
    "files/": "intake",
    "runs/": "runs",
    "ledger/": "ledger",
    "my/": "debtor",
    "outbox/": "outbox",
    "replies/": "replies",
    "complaints/": "complaints",
    "visits/": "visits",
    "pay/": "payments",
    "api/": "api",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path(address, include(f"forbear.web.{app}.urls"))
    for address, app in ROOMS.items()
    if find_spec(f"forbear.web.{app}") and find_spec(f"forbear.web.{app}.urls")
]

handler403 = "forbear.web.people.views.refused"
handler404 = "forbear.web.people.views.not_found"
