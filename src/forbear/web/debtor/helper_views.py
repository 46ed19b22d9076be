"""Letting somebody help: the debtor grants, sees what was done and ends it; the helper comes in and sees what was granted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear.web import clock
from forbear.web.debtor import helpers, policy
from forbear.web.debtor.asking import bound
from forbear.web.debtor.helpers import Grant, HelperRefused
from forbear.web.debtor.models import Helper
from forbear.web.debtor.session import (
    HELPER_COOKIE,
    HELPER_LINK_COOKIE,
    Debtor,
    address_of,
    debtor_page,
    forget,
    keep,
)
from forbear.web.genuine.codes import grouped
from forbear.web.people.forms import DayInput
from forbear.web.people.templatetags.forbear import clocktime
from forbear.web.reading import reading_lang

TOKEN_MAX, CODE_MAX = 64, 20


def word(row: dict[str, Any]) -> str:
    """Return the words of a row in the reader's language."""
    return str(row[reading_lang()])


class GrantForm(forms.Form):
    """Who, for what, until when, and whether for money."""

    name = forms.CharField(
        label=lazy("Their name"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    relation = forms.ChoiceField(label=lazy("Who is it?"), widget=forms.RadioSelect)
    phone = forms.RegexField(
        r"^1[0-9]{10}$", label=lazy("Their mobile number"), help_text=lazy("We do not call it. It shows us who speaks for you."),
        error_messages={"invalid": lazy("Write the 11 digits of a mobile number.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    rights = forms.MultipleChoiceField(
        label=lazy("What may they do?"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Choose what this person may do.")},
    )  # fmt: skip
    until = forms.DateField(label=lazy("Until which day?"), widget=DayInput())
    takes_money = forms.ChoiceField(
        label=lazy("Do they take money from you for it?"), choices=[("no", lazy("No")), ("yes", lazy("Yes"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    warned = forms.BooleanField(label=lazy("I have read this and want it all the same."), required=False)

    def __init__(self, at: datetime, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["relation"].choices = [(c, word(row)) for c, row in helpers.relations(at).items()]  # type: ignore[attr-defined]
        self.fields["rights"].choices = [(c, word(row)) for c, row in helpers.rights(at).items()]  # type: ignore[attr-defined]
        paid = {code for code, row in helpers.relations(at).items() if row["paid"]}
        self.paid = self.data.get("takes_money") == "yes" or self.data.get("relation") in paid
        if not self.paid:
            del self.fields["warned"]

    def clean(self) -> dict[str, Any]:
        """Ask once more where money is taken for what is free."""
        data: dict[str, Any] = super().clean() or {}
        if self.paid and not data.get("warned"):
            self.add_error("warned", _("Please read the warning first."))
        return data


@require_safe
@debtor_page
def helpers_page(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show who may help, what each did, and let the debtor end it."""
    known = helpers.rights(debtor.at)
    rows = [
        {
            "it": each, "runs": each.ended_at is None and each.until > debtor.at,
            "rights": [word(known[code]) for code in each.rights if code in known],
            "acts": [(act, page_name(act.page)) for act in each.acts.order_by("-pk")[: helpers.ACTS_SHOWN]],
        }
        for each in Helper.objects.filter(customer_id=debtor.customer.pk).order_by("-pk")
    ]  # fmt: skip
    return render(request, "debtor/helpers.html", {"rows": rows})


def page_name(page: str) -> str:
    """Return what a helper's page is called, for the debtor."""
    names = {
        "sign_in": _("Came in with the code"), "my_why": _("Why it is this much"), "my_agreements": _("What I agreed"), "my_plan": _("My plan"),
        "my_receipt": _("A payment"), "my_contacts": _("Who contacted me"), "my_matters": _("What I told you"),
        "my_matter_paper": _("Papers"), "my_complain": _("Complain"), "my_report": _("Report how I was treated"),
        "my_complaints": _("My complaints"), "my_complaint_review": _("Look at it again"), "my_pay": _("Pay"),
    }  # fmt: skip
    return names.get(page, page)


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def grant(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Let somebody in; link and code are shown once, to the debtor, who passes them on by two ways."""
    form = GrantForm(debtor.at, *bound(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = Grant(
            data["name"],
            data["relation"],
            data["phone"],
            data["rights"],
            data["until"],
            data["takes_money"] == "yes",
        )
        try:
            made = helpers.grant(debtor.case, asked, at=debtor.at)
        except HelperRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            address = f"{settings.FORBEAR_PUBLIC}{reverse('my_helper_link', args=[made.token])}"
            context = {"made": made.helper, "address": address, "code": grouped(made.code)}
            return render(request, "debtor/helper_made.html", context)
    return render(request, "debtor/helper_grant.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@debtor_page
def end(request: HttpRequest, debtor: Debtor, helper_id: int) -> HttpResponse:
    """End a helper's rights at once."""
    found = Helper.objects.filter(pk=helper_id, customer_id=debtor.customer.pk).select_related("case").first()
    if found is None:
        raise Http404("no such helper of this person")
    helpers.end(found, why="debtor", at=debtor.at)
    messages.success(request, _("Done. They can see nothing any more."))
    return redirect("my_helpers")


# ---- the helper's side ----


@login_not_required
@require_http_methods(["GET", "HEAD"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address; nothing is looked up."""
    response = redirect("my_helper_in")
    response.headers["Referrer-Policy"] = "no-referrer"
    keep(response, HELPER_LINK_COOKIE, token[:TOKEN_MAX])
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def come_in(request: HttpRequest) -> HttpResponse:
    """Ask a helper for the code; nothing about anybody is said before it is right."""
    at = clock.now()
    token = request.COOKIES.get(HELPER_LINK_COOKIE, "")
    context: dict[str, Any] = {"bank": policy.bank("bank", at), "open": bool(token)}
    if request.method != "POST" or not token:
        return render(request, "debtor/helper_in.html", context)
    code = request.POST.get("code", "")[:CODE_MAX].replace(" ", "")
    entered = helpers.enter(token, code, address=address_of(request), at=at)
    if entered.key:
        response = redirect("my_helping")
        keep(response, HELPER_COOKIE, entered.key)
        return response
    if entered.again_at:
        words = _("Too many tries. Please try again after %(time)s.") % {
            "time": clocktime(entered.again_at)[:5]
        }
        return render(request, "debtor/helper_in.html", context | {"error": words}, status=429)
    words = _("Link and code do not fit, or it is over. Ask the person you help.")
    return render(request, "debtor/helper_in.html", context | {"error": words}, status=422)


@login_not_required
@require_safe
def helping(request: HttpRequest) -> HttpResponse:
    """Show a helper whom they help and what they may open."""
    at = clock.now()
    visit = helpers.visit_of(request.COOKIES.get(HELPER_COOKIE, ""), at)
    if visit is None:
        response = redirect("my_helper_in")
        forget(response, HELPER_COOKIE)
        return response
    helper, known = visit.helper, helpers.rights(at)
    entries = [(word(known[code]), first_page(known[code])) for code in helper.rights if code in known]
    return render(
        request, "debtor/helping.html", {"helper": helper, "name": helper.customer.name, "entries": entries}
    )


def first_page(right: dict[str, Any]) -> str:
    """Return the address of the first page a right opens."""
    try:
        return reverse(right["pages"][0])
    except NoReverseMatch:
        return reverse("my_helping")
