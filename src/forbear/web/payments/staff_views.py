"""Payments made on the debtors' page, and giving one back that is not posted yet."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from forbear.privacy import mask_name
from forbear.web import clock
from forbear.web.desk.requests import StaffRequest
from forbear.web.payments import services
from forbear.web.payments.models import OrderState, PayOrder
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access

PAGE_ROWS = 100
REASON_MAX = 200


@require("refund")
@require_GET
def orders(request: StaffRequest) -> HttpResponse:
    """Show payments by state, newest first; those on their way by default. Reading them is logged."""
    state = request.GET.get("state", "")
    state = state if state in OrderState.values else str(OrderState.PAID)
    found = (
        PayOrder.objects.filter(state=state).select_related("customer", "account").order_by("-made_at", "-pk")
    )
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    for each in page.object_list:
        log_access(request.user, each.customer_id, "amounts", clock.now(), f"payment {each.pk}")
    rows = [(each, mask_name(each.customer.name)) for each in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "state": state,
        "states": OrderState.choices,
        "query": f"state={state}",
        "refund_asked": _("refund asked for"),
    }
    return render(request, "payments/orders.html", context)


@require("refund")
@require_POST
def refund(request: StaffRequest, order_id: int) -> HttpResponse:
    """Give one payment back to whoever paid it, with a reason that stands on the case."""
    order = get_object_or_404(PayOrder.objects.select_related("case"), pk=order_id)
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if not reason:
        messages.error(request, _("Say why it is given back."))
        return redirect("pay_orders")
    try:
        services.refund(order, at=clock.now(), by=request.user, reason=reason)
    except services.PaymentRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("The refund is on its way; the payment service tells us when it is done.")
        )
    return redirect("pay_orders")
