"""Reads about payments: what may be paid, what is on its way, what a link shows."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Sum

from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition
from forbear.web.payments.models import OrderState, PayerLink, PayOrder
from forbear.web.portfolio.models import Account
from forbear.web.portfolio.vault import vault


def payable_minor(case: Case, account: Account, on: date) -> int:
    """Return what may still be paid to an account: what it owes less what is on its way."""
    owed = sum(row.total_minor for row in composition(case, on) if row.account_id == account.pk)
    return owed - on_its_way_minor(case, account)


def on_its_way_minor(case: Case, account: Account | None = None) -> int:
    """Return what was paid on the page and is not posted yet."""
    paid = PayOrder.objects.filter(case=case, state=OrderState.PAID)
    if account is not None:
        paid = paid.filter(account=account)
    return paid.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def orders_of(case: Case) -> list[PayOrder]:
    """Return the payments of a case that came to something, newest first."""
    shown = (OrderState.PAID, OrderState.POSTED, OrderState.REFUNDED)
    return list(
        PayOrder.objects.filter(case=case, state__in=shown).select_related("account").order_by("-made_at")
    )


def open_payer_links(case: Case, at: datetime) -> list[PayerLink]:
    """Return the links of a case that still work, newest first."""
    return list(
        PayerLink.objects.filter(case=case, revoked_at__isnull=True, expires_at__gt=at).order_by("-made_at")
    )


def payer_link(token: str, at: datetime) -> PayerLink | None:
    """Return the working link of a token; None for any other."""
    return (
        PayerLink.objects.select_related("case", "case__customer", "account")
        .filter(token_index=vault().index(token, "payer_link"), revoked_at__isnull=True, expires_at__gt=at)
        .first()
    )


def is_paid(link: PayerLink) -> bool:
    """Return whether somebody paid by a link."""
    return link.orders.filter(state__in=(OrderState.PAID, OrderState.POSTED)).exists()
