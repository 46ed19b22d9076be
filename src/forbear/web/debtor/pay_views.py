"""Pay all, what is past due, or a part with a date for the rest; and let somebody else pay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forbear.web.cases.policy import promise_policy
from forbear.web.debtor import owed, policy
from forbear.web.debtor.forms import PayForm, RelativeForm
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.payments import services
from forbear.web.payments.models import OrderState, PayerLink, PayOrder
from forbear.web.payments.selectors import open_payer_links, payable_minor
from forbear.web.payments.wiring import is_connected
from forbear.web.portfolio.models import Account


def my_account(debtor: Debtor) -> Account | None:
    """Return the account that a payment goes to: the one of this case that owes most."""
    accounts = Account.objects.filter(customer_id=debtor.customer.pk, product=debtor.case.product)
    on = debtor.at.date()
    return max(accounts, key=lambda account: payable_minor(debtor.case, account, on), default=None)


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def pay(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Choose how much, and go on to pay; without a provider the transfer details do."""
    on = debtor.at.date()
    found, account = owed.owed(debtor.case, on), my_account(debtor)
    left = payable_minor(debtor.case, account, on) if account else 0
    last = on + timedelta(days=promise_policy(on).days_ahead_max)
    form = PayForm(
        request.POST or None,
        left_minor=left,
        minimum_minor=min(found.minimum_minor, left),
        first=on,
        last=last,
    )
    if request.method == "POST" and account is not None and form.is_valid():
        try:
            order = services.begin(
                debtor.case, account, form.amount_minor, at=debtor.at, rest_minor=None if debtor.helper else form.rest_minor,
                rest_on=None if debtor.helper else form.cleaned_data["rest_on"],
            )  # fmt: skip
            return redirect("my_receipt", order.order_no)
        except services.PaymentRefused as refused:
            form.add_error(None, str(refused))
    context = {
        "helper": debtor.helper, "form": form, "owed": found, "account": account, "left_minor": left, "connected": is_connected(), "bank": policy.bank("bank", debtor.at),
        "waiting": PayOrder.objects.filter(case=debtor.case, state=OrderState.PAID).order_by("-paid_at"),
    }  # fmt: skip
    return render(request, "debtor/pay.html", context, status=422 if form.errors else 200)


@require_safe
@debtor_page
def receipt(request: HttpRequest, debtor: Debtor, order_no: str) -> HttpResponse:
    """One payment of mine: go on to pay, on its way, or arrived."""
    order = (
        PayOrder.objects.filter(order_no=order_no, customer_id=debtor.customer.pk)
        .select_related("account")
        .first()
    )
    if order is None:
        raise Http404("no such payment of this person")
    return render(request, "debtor/receipt.html", {"order": order, "bank": policy.bank("bank", debtor.at)})


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def relative(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Make a link by which somebody else pays; it is shown once."""
    on, account = debtor.at.date(), my_account(debtor)
    left = payable_minor(debtor.case, account, on) if account else 0
    form = RelativeForm(request.POST or None, left_minor=left)
    context: dict[str, Any] = {"form": form, "left_minor": left, "connected": is_connected()}
    if request.method == "POST" and account is not None and form.is_valid():
        try:
            link, token = services.make_payer_link(
                debtor.case,
                account,
                form.amount_minor,
                shows_name=form.cleaned_data["shows_name"],
                at=debtor.at,
            )
            context |= {"made": link, "address": f"{settings.FORBEAR_PUBLIC}/my/for/l/{token}/"}
        except services.PaymentRefused as refused:
            form.add_error(None, str(refused))
    context["links"] = open_payer_links(debtor.case, debtor.at)
    return render(request, "debtor/relative.html", context, status=422 if form.errors else 200)


@require_POST
@debtor_page
def revoke(request: HttpRequest, debtor: Debtor, link_id: int) -> HttpResponse:
    """Take a link back."""
    link = PayerLink.objects.filter(pk=link_id, case__customer_id=debtor.customer.pk).first()
    if link is None:
        raise Http404("no such link of this person")
    services.revoke_payer_link(link, at=debtor.at)
    return redirect("my_relative")
