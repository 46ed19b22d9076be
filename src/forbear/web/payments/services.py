"""Writes on payments: begin one, believe or not what the provider tells, give back, and find the bank's posting."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from forbear.channels.payment import Happened, NewOrder, PaymentNotTaken, PaymentTold
from forbear.web import clock
from forbear.web.cases.holds import HoldRefused, place_hold
from forbear.web.cases.models import Case
from forbear.web.cases.opening import add_task
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.cases.timeline import append_event
from forbear.web.law.current import packs_at
from forbear.web.payments import selectors
from forbear.web.payments.models import OrderState, PayerLink, PayEvent, PayOrder
from forbear.web.payments.wiring import house, provider
from forbear.web.portfolio.models import Account, StandingEntry
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

ORDER_BYTES, TOKEN_BYTES = 12, 24
MINOR_UNITS = 100
OPEN = (OrderState.CREATED, OrderState.CANCELLED)  # money may still come


class PaymentRefused(ValueError):
    """A payment cannot be begun; the message says why and what to do."""


def begin(
    case: Case, account: Account, amount_minor: int, *, at: datetime, link: PayerLink | None = None,
    rest_minor: int | None = None, rest_on: date | None = None, return_path: str = "/my/pay/",
) -> PayOrder:  # fmt: skip
    """Begin a payment to an account of the case; raises PaymentRefused.

    The provider learns number, amount and currency, nothing else. It is asked outside any transaction: an order that
    it does not take stays as one that nobody can pay.
    """
    refuse_amount(case, account, amount_minor, at=at)
    found = provider(at)
    if found is None:
        raise PaymentRefused(
            _("Paying here is not connected. Please use a transfer to your own card account.")
        )
    order = PayOrder.objects.create(
        order_no=f"F{secrets.token_hex(ORDER_BYTES)}", case=case, customer_id=case.customer_id, account=account,
        amount_minor=amount_minor, currency=account.currency, link=link, rest_minor=rest_minor, rest_on=rest_on,
        made_at=at,
    )  # fmt: skip
    try:
        taken = found.create(
            NewOrder(
                order_no=order.order_no,
                amount_minor=amount_minor,
                currency=account.currency,
                notify_url=f"{settings.FORBEAR_PUBLIC}/pay/told/",
                return_url=settings.FORBEAR_PUBLIC + return_path,
            )
        )
    except PaymentNotTaken as error:
        raise PaymentRefused(
            _("The payment service does not answer. Nothing was paid. Try later, or use a transfer.")
        ) from error
    order.provider_no, order.pay_url = taken.provider_no, taken.pay_url
    order.save(update_fields=["provider_no", "pay_url"])
    return order


def refuse_amount(case: Case, account: Account, amount_minor: int, *, at: datetime) -> None:
    """Raise PaymentRefused for an amount that is too small, more than is owed, or to somebody else's account."""
    if account.customer_id != case.customer_id:
        raise PaymentRefused(_("This is not your account."))
    least = int(packs_at(at).value("house/payments/least", at.date()) * MINOR_UNITS)
    left = selectors.payable_minor(case, account, at.date())
    if left <= 0:
        raise PaymentRefused(_("Nothing is left to pay on this account."))
    if amount_minor < min(least, left):
        raise PaymentRefused(_("The amount is too small."))
    if amount_minor > left:
        raise PaymentRefused(_("That is more than you owe. Please pay at most what is owed."))


@transaction.atomic
def told(said: PaymentTold, *, at: datetime) -> PayEvent:
    """Keep what the provider told, once, and let the order follow from all that was told, in whatever order it came."""
    order = PayOrder.objects.select_for_update().filter(order_no=said.order_no).first()
    event, new = PayEvent.objects.get_or_create(
        event_id=said.event_id,
        defaults={
            "order": order, "order_no": said.order_no, "happened": said.happened.value, "provider_no": said.provider_no,
            "amount_minor": said.amount_minor, "currency": said.currency, "at": at, "trouble": trouble(said, order),
        },
    )  # fmt: skip
    if not new or order is None:
        return event
    if event.trouble:
        add_task(
            order.case,
            kind="payment_check",
            due_at=at + timedelta(days=1),
            at=at,
            by=None,
            note=event.trouble,
        )
        return event
    follow(order, at=at)
    return event


def trouble(said: PaymentTold, order: PayOrder | None) -> str:
    """Return why a call-back is not believed; empty when it is."""
    if order is None:
        return "no such order"
    if order.provider_no and said.provider_no != order.provider_no:
        return "another provider number"
    if said.currency != order.currency:
        return "another currency"
    wrong = (
        said.amount_minor > order.amount_minor
        if said.happened is Happened.REFUNDED
        else said.amount_minor != order.amount_minor
    )
    return "another amount" if wrong else ""


def follow(order: PayOrder, *, at: datetime) -> None:
    """Compute an order's state from everything believed, and do once what follows from it being paid or refunded."""
    events = list(order.told.filter(trouble=""))
    seen = {event.happened for event in events}
    order.refunded_minor = sum(each.amount_minor for each in events if each.happened == Happened.REFUNDED)
    first_paid = Happened.PAID in seen and order.paid_at is None
    order.paid_at = at if first_paid else order.paid_at
    old, order.state = order.state, state_of(order, seen).value
    order.save(update_fields=["refunded_minor", "paid_at", "state"])
    if first_paid and order.state == OrderState.PAID:
        paid(order, at=at)
    if order.state == OrderState.REFUNDED and old != order.state:
        append_event(
            order.case, kind="payment_refunded", at=at, payload={"amount_minor": order.refunded_minor}
        )


def state_of(order: PayOrder, seen: set[str]) -> OrderState:
    """Return the state that follows from what was told: money that came counts more than a cancellation before it."""
    if Happened.REFUNDED in seen and Happened.PAID in seen:
        return OrderState.REFUNDED
    if Happened.PAID in seen:
        return OrderState.POSTED if order.entry_no else OrderState.PAID
    return OrderState.CANCELLED if Happened.CANCELLED in seen else OrderState.CREATED


def paid(order: PayOrder, *, at: datetime) -> None:
    """Say it on the case, stop asking until it is posted, and note what was promised for the rest."""
    case = order.case
    append_event(
        case, kind="payment_pending", at=at, payload={"order": order.pk, "amount_minor": order.amount_minor}
    )
    try:
        with transaction.atomic():
            place_hold(case, kind="claimed_paid", at=at, by=None, reason="paid on the page")
    except HoldRefused:
        pass  # the case is closed; there is nothing to stop
    if order.rest_minor and order.rest_on:
        try:
            with transaction.atomic():
                make_promise(
                    case,
                    amount_minor=order.rest_minor,
                    due_on=order.rest_on,
                    pay_channel="mobile_bank",
                    at=at,
                    by=None,
                )
        except PromiseRefused as refused:
            add_task(
                case, kind="remainder", due_at=at + timedelta(days=1), at=at, by=None, note=str(refused)[:200]
            )


def refund(order: PayOrder, *, at: datetime, by: User, reason: str) -> PayOrder:
    """Ask the provider to give a payment back that is not posted yet; raises PaymentRefused."""
    with transaction.atomic():
        order = PayOrder.objects.select_for_update().get(pk=order.pk)
        if order.state != OrderState.PAID:
            raise PaymentRefused(_("Only a payment that has not been posted can be given back here."))
        order.refund_no = order.refund_no or f"R{secrets.token_hex(ORDER_BYTES)}"
        order.save(update_fields=["refund_no"])
        append_event(
            order.case,
            kind="refund_asked",
            at=at,
            by=by,
            payload={"amount_minor": order.amount_minor, "why": reason},
        )
    found = provider(at)
    if found is None:
        raise PaymentRefused(_("No payment service is connected."))
    try:
        found.refund(order.order_no, order.refund_no, order.amount_minor)
    except PaymentNotTaken as error:
        raise PaymentRefused(_("The payment service does not take the refund. Try again.")) from error
    return order


@transaction.atomic
def reconcile(*, as_of: date, at: datetime, case_ids: Sequence[int] | None = None) -> int:
    """Find the bank's posting of each payment on its way; return how many were found.

    A posting that names the order's number is it; else the only one of the same account, amount and days that no other
    order has. Two that fit are left to people.
    """
    waiting = PayOrder.objects.select_for_update().filter(state=OrderState.PAID).order_by("paid_at", "pk")
    if case_ids is not None:
        waiting = waiting.filter(case_id__in=list(case_ids))
    found = 0
    for order in waiting:
        entry = posting_of(order, as_of=as_of, days=house("posting_days", at))
        if entry is not None:
            order.entry_no, order.posted_on, order.state = entry.entry_no, entry.booked_on, OrderState.POSTED
            order.save(update_fields=["entry_no", "posted_on", "state"])
            append_event(
                order.case,
                kind="payment_posted",
                at=at,
                payload={"entry_no": entry.entry_no, "amount_minor": order.amount_minor},
            )
            found += 1
    return found


def on_facts(case_ids: Sequence[int], as_of: date, at: datetime) -> None:
    """Look for postings of the payments of cases whose facts may have changed."""
    reconcile(as_of=as_of, at=at, case_ids=case_ids)


def posting_of(order: PayOrder, *, as_of: date, days: int) -> StandingEntry | None:
    """Return the posting of one order, if exactly one fits."""
    if order.paid_at is None:
        return None
    paid_on = order.paid_at.astimezone(clock.bank_zone()).date()
    entries = StandingEntry.objects.filter(
        account_id=order.account_id, kind="payment", amount_minor=order.amount_minor, booked_on__lte=as_of,
        value_on__gte=paid_on, value_on__lte=paid_on + timedelta(days=days),
    ).exclude(entry_no__in=PayOrder.objects.exclude(entry_no="").values("entry_no"))  # fmt: skip
    candidates = list(entries)
    named = [each for each in candidates if order.order_no in each.memo]
    fitting = named or candidates
    return fitting[0] if len(fitting) == 1 else None


# ---- somebody else pays ----


def make_payer_link(
    case: Case, account: Account, amount_minor: int, *, shows_name: bool, at: datetime
) -> tuple[PayerLink, str]:
    """Make a link for one amount; return it with its token, which is stored only as a digest. Raises PaymentRefused."""
    refuse_amount(case, account, amount_minor, at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PayerLink.objects.create(
        token_index=vault().index(token, "payer_link"), case=case, account=account, amount_minor=amount_minor,
        shows_name=shows_name, made_at=at, expires_at=at + timedelta(days=house("relative_link_days", at)),
    )  # fmt: skip
    append_event(
        case, kind="payer_link", at=at, payload={"amount_minor": amount_minor, "shows_name": shows_name}
    )
    return link, token


def revoke_payer_link(link: PayerLink, *, at: datetime) -> None:
    """Take a link back."""
    PayerLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=at)
