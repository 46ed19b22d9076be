"""One-time codes as keyed digests: whose, for what, how often tried, when spent."""

from __future__ import annotations

from django.db import models


class OneTimeCode(models.Model):
    """A code sent by SMS; what it is good for is part of its digest. Spent by use, by wrong tries, by a newer one or by time."""

    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    purpose = models.CharField(max_length=20)  # identity, sign
    about = models.CharField(max_length=100)  # the one thing it is good for
    salt = models.BinaryField()
    digest = models.BinaryField()
    sent_to_tail = models.CharField(max_length=8)
    message = models.ForeignKey(
        "outbox.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose", "id"], name="code_of_person")]
