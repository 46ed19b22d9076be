"""Whether a caller, a letter or a visitor's badge is the bank's: open to everybody, and silent about any debt."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from forbear.web import clock
from forbear.web.debtor import policy, throttle
from forbear.web.debtor.session import address_of
from forbear.web.genuine import codes
from forbear.web.people.templatetags.forbear import clocktime


class CheckForm(forms.Form):
    """The code that was read out, printed or worn."""

    code = forms.CharField(
        label=lazy("The code"), help_text=lazy("The caller reads it out. On a letter it is at the end, on a badge below the picture."),
        max_length=codes.TYPED_MAX, error_messages={"required": lazy("Write the code that you were given.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Say what a code vouches for, or that we know no such code."""
    at = clock.now()
    form = CheckForm(
        request.POST if request.method == "POST" else None,
        initial={"code": request.GET.get("code", "")[: codes.TYPED_MAX]},
    )
    context = {"form": form, "bank": policy.bank("bank", at), "hotline": policy.bank("hotline", at)}
    if not form.is_valid():
        return render(request, "debtor/check.html", context, status=422 if form.errors else 200)
    typed = form.cleaned_data["code"]
    turn = throttle.begin(kind="check", who=codes.digits_of(typed), address=address_of(request), at=at)
    if not turn.allowed:
        words = _("Too many tries. Please try again after %(time)s.") % {"time": clocktime(turn.again_at)[:5]}
        form.add_error(None, words)
        return render(request, "debtor/check.html", context, status=429)
    found = codes.check(typed, at=at)
    if found is not None:
        throttle.succeed(turn)
    return render(request, "debtor/check.html", context | {"asked": True, "found": found})
