"""Complaining, reporting unlawful collection, and following what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear.web.complaints import deciding, policy, services, uploads
from forbear.web.complaints.machine import ComplaintRefused
from forbear.web.complaints.models import Complaint, State
from forbear.web.contact.models import ContactAttempt
from forbear.web.debtor.asking import FilesField, FilesInput, ask, bound, heard
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.people.models import User

ACCEPT = "image/jpeg,image/png,application/pdf,audio/*"
UNKNOWN = "unknown"


class ComplainForm(forms.Form):
    """What happened, in a few words, with proofs if there are any."""

    kind = forms.ChoiceField(label=lazy("What is it about?"), widget=forms.RadioSelect)
    named = forms.ChoiceField(
        label=lazy("Who was it?"), help_text=lazy("Whoever you name can no longer open your case, from now on."),
        widget=forms.RadioSelect, initial=UNKNOWN,
    )  # fmt: skip
    text = forms.CharField(
        label=lazy("What happened?"), help_text=lazy("A few words are enough: when, and what was said."), required=False,
        widget=forms.Textarea(attrs={"rows": 5}), max_length=4000,
    )  # fmt: skip
    proofs = FilesField(
        label=lazy("Photos, papers, recordings (if you have any)"), required=False, widget=FilesInput(attrs={"accept": ACCEPT})
    )  # fmt: skip

    def __init__(self, debtor: Debtor, *args: Any, unlawful: bool, **named: Any) -> None:
        super().__init__(*args, **named)
        rows = policy.table("kinds", debtor.at.date())
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, policy.word(row)) for code, row in rows.items() if row["unlawful"] == unlawful
        ]
        self.people = people_met(debtor)
        known = [(str(each.pk), f"{each.display_name} {each.staff_no}") for each in self.people]
        self.fields["named"].choices = [(UNKNOWN, _("I do not know")), *known]  # type: ignore[attr-defined]
        if not unlawful:
            del self.fields["named"]


def people_met(debtor: Debtor) -> list[User]:
    """Return who of ours was in contact with the debtor, so that nobody else can be named."""
    since = debtor.at - timedelta(days=int(policy.value("contact_days", debtor.at.date())))
    met = ContactAttempt.objects.filter(customer_id=debtor.customer.pk, at__gte=since, staff__isnull=False)
    return list(User.objects.filter(pk__in=met.values("staff_id")).order_by("display_name"))


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def complain(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Complain about the bank."""
    return taken_in(request, debtor, unlawful=False)


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def report(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Report how somebody collected."""
    return taken_in(request, debtor, unlawful=True)


def taken_in(request: HttpRequest, debtor: Debtor, *, unlawful: bool) -> HttpResponse:
    """Ask what happened, and take it in."""
    form = ComplainForm(debtor, *bound(request), unlawful=unlawful)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.take_in(debtor.case, said(form, debtor), at=debtor.at, by=None)
        except (ComplaintRefused, uploads.UploadRefused) as refused:
            field = getattr(refused, "field", "proofs")
            form.add_error(field if field in form.fields else None, str(refused))
        else:
            care = heard(debtor, form.cleaned_data["text"])
            told = _("We have it. Its number is %(number)s. You get an answer by %(day)s.")
            messages.success(request, told % {"number": made.number, "day": made.respond_by})
            return care or redirect("my_complaints")
    title = _("Somebody went too far?") if unlawful else _("What is wrong?")
    lead = _("Tell us. Somebody who never worked on your case will look into it.")
    return ask(request, form, title, lead, _("Send"))


def said(form: ComplainForm, debtor: Debtor) -> services.Said:
    """Return what the form says; only people the debtor met can be named."""
    data = form.cleaned_data
    named = [each for each in form.people if str(each.pk) == data.get("named")]
    files = uploads.take(data["proofs"], debtor.at.date(), sound=True)
    return services.Said(data["kind"], data["text"], named=named, files=files)


@require_safe
@debtor_page
def complaints(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show what was complained about, where it stands, and by when there is an answer."""
    on = debtor.at.date()
    rows = []
    for each in Complaint.objects.filter(customer_id=debtor.customer.pk).order_by("-pk"):
        until = services.review_until(each)
        rows.append({
            "it": each, "kind": policy.word_of("kinds", each.kind, on), "answer": services.answer_of(each),
            "finding": policy.word_of("findings", each.finding, on) if each.answered_at else "",
            "review_until": until if until and each.state == State.ANSWERED and until >= on else None,
        })  # fmt: skip
    return render(request, "debtor/complaints.html", {"rows": rows})


@require_POST
@debtor_page
def review(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Ask that somebody else looks at an answer again."""
    number = request.POST.get("number", "")
    found = Complaint.objects.filter(customer_id=debtor.customer.pk, number=number).first()
    if found is not None:
        try:
            deciding.ask_review(found, at=debtor.at)
            messages.success(request, _("Somebody else will look at it again."))
        except ComplaintRefused as refused:
            messages.error(request, str(refused))
    return redirect("my_complaints")
