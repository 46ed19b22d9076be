"""What I owe and why, who contacted me, what I agreed, my papers: each read only for the debtor of the visit."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from forbear.privacy import SealBroken
from forbear.web.debtor import owed, policy
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.documents.store import plain
from forbear.web.reading import reading_lang


@require_safe
@debtor_page
def why(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Every part of the amount, every line of interest and fees with its formula, what comes next."""
    context = owed.explained(debtor.case, debtor.at, reading_lang())
    return render(request, "debtor/why.html", context)


@require_safe
@debtor_page
def contacts(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Every contact made with me, by whom, and how many calls are left today."""
    context = {"contacts": owed.contacts(debtor.customer.pk), "left": owed.calls_left(debtor.case, debtor.at)}
    return render(request, "debtor/contacts.html", context)


@require_safe
@debtor_page
def messages(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Every message and letter that went out to me, as it was written."""
    return render(request, "debtor/messages.html", {"letters": owed.letters(debtor.customer.pk)})


@require_safe
@debtor_page
def agreements(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """What I agreed, the next dates, receipts and papers."""
    context = owed.agreements(debtor.case, debtor.at) | {"hotline": policy.bank("hotline", debtor.at)}
    return render(request, "debtor/agreements.html", context)


@require_safe
@debtor_page
def paper(request: HttpRequest, debtor: Debtor, paper_id: int) -> HttpResponse:
    """One of my own papers as it was made, to keep; anybody else's is not there."""
    return as_file(debtor, paper_id, "attachment")


@require_safe
@debtor_page
def show_paper(request: HttpRequest, debtor: Debtor, paper_id: int) -> HttpResponse:
    """One of my own papers, opened on the phone."""
    return as_file(debtor, paper_id, "inline")


def as_file(debtor: Debtor, paper_id: int, how: str) -> HttpResponse:
    """Return a paper of this person as a file; 404 for any other."""
    found = owed.papers(debtor.customer.pk, debtor.at).filter(pk=paper_id).first()
    if found is None:
        raise Http404("no such paper of this person")
    try:
        content = plain(found)
    except SealBroken as error:
        raise Http404("the paper is not whole") from error
    headers = {
        "Content-Disposition": f'{how}; filename="{found.kind}-{found.made_at:%Y-%m-%d}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=found.media_type, headers=headers)
