"""The first page behind the door: how much, as of when, why, and what one can do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from forbear.web.debtor import menu, policy
from forbear.web.debtor.owed import owed
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.disposal.models import TransferItem
from forbear.web.disposal.selectors import buyer_of


@require_safe
@debtor_page
def home(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show the amount first."""
    passed_to = buyer_of(debtor.case)
    if passed_to is not None:
        paper = TransferItem.objects.filter(transfer=passed_to, case=debtor.case).first()
        said = {
            "bank": policy.bank("bank", debtor.at),
            "hotline": policy.bank("hotline", debtor.at),
            "name": debtor.customer.name,
        }
        return render(
            request,
            "debtor/passed_on.html",
            said | {"to": passed_to, "paper": paper.notice_id if paper else None},
        )
    context = {
        "bank": policy.bank("bank", debtor.at),
        "hotline": policy.bank("hotline", debtor.at),
        "name": debtor.customer.name,
        "owed": owed(debtor.case, debtor.at.date()),
        "can_do": menu.shown(menu.CAN_DO),
        "can_see": menu.shown(menu.CAN_SEE),
    }
    return render(request, "debtor/home.html", context)
