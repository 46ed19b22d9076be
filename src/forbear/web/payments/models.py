"""Orders, what the provider told about them (append only), and links by which somebody else pays."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrderState(models.TextChoices):
    """Computed from what the provider told and the bank posted; stored so that lists are quick."""

    CREATED = "created", _("Not paid yet")
    CANCELLED = "cancelled", _("Cancelled")
    PAID = "paid", _("On its way")
    POSTED = "posted", pgettext_lazy("payment", "Arrived")
    REFUNDED = "refunded", _("Given back")


class PayerLink(models.Model):
    """A link by which somebody else pays; they see the amount, and the name only if the debtor chose so."""

    token_index = models.BinaryField(unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount_minor = models.BigIntegerField()
    shows_name = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class PayOrder(models.Model):
    """One payment that somebody began, to one card account of the debtor."""

    order_no = models.CharField(max_length=40, unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    link = models.ForeignKey(PayerLink, on_delete=models.PROTECT, null=True, related_name="orders")
    rest_minor = models.BigIntegerField(null=True)  # what the debtor promised for later, once this is paid
    rest_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.CREATED)
    made_at = models.DateTimeField()
    provider_no = models.CharField(max_length=64, blank=True)
    pay_url = models.CharField(max_length=500, blank=True)
    paid_at = models.DateTimeField(null=True)
    entry_no = models.CharField(max_length=60, blank=True)  # the bank's posting that is this payment
    posted_on = models.DateField(null=True)
    refund_no = models.CharField(max_length=40, blank=True)
    refunded_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["case", "state"], name="pay_order_by_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry_no"], condition=~models.Q(entry_no=""), name="posting_of_one_order"
            )
        ]


class PayEvent(models.Model):
    """One call-back as the provider told it; kept once, also when nothing followed from it."""

    event_id = models.CharField(max_length=64, unique=True)
    order = models.ForeignKey(PayOrder, on_delete=models.PROTECT, null=True, related_name="told")
    order_no = models.CharField(max_length=40)
    happened = models.CharField(max_length=12)
    provider_no = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    trouble = models.CharField(max_length=40, blank=True)  # why it was not believed
