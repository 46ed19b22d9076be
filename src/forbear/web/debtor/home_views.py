"""The first page behind the door: how much, as of when, why, and what one can do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from forbear.web.cases.owed import composition, sum_owed
from forbear.web.debtor import menu, policy
from forbear.web.debtor.session import Debtor, debtor_page


@require_safe
@debtor_page
def home(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the amount first."""
    context = {
        "bank": policy.bank("bank", debtor.at),
        "hotline": policy.bank("hotline", debtor.at),
        "name": debtor.customer.name,
        "total": sum_owed(composition(debtor.case, debtor.at.date())),
        "has_why": any(entry.url_name == "my_why" for entry in menu.shown(menu.CAN_SEE)),
        "can_do": menu.shown(menu.CAN_DO),
        "can_see": menu.shown(menu.CAN_SEE),
    }
    return render(request, "debtor/home.html", context)
