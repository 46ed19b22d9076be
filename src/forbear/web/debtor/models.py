"""Who may see the debtor's page: links, visits and tries. No secret is stored, only its keyed digest."""

from __future__ import annotations

from typing import Any

from django.db import models


def person_key() -> models.ForeignKey[Any, Any]:
    """Return a foreign key to the debtor."""
    return models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )


class AccessLink(models.Model):
    """A one-time link to the debtor's page, bound to the debtor and to the message that carried it."""

    token_index = models.BinaryField(unique=True)
    customer = person_key()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    message = models.ForeignKey(
        "outbox.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # set once; from then on the link is spent
    revoked_at = models.DateTimeField(null=True)


class Visit(models.Model):
    """One phone's stay on the page; debt is shown only once identity was proved in it."""

    key_index = models.BinaryField(unique=True)
    customer = person_key()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    link = models.OneToOneField(AccessLink, on_delete=models.PROTECT, null=True, related_name="visit")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    proved_by = models.CharField(max_length=10, blank=True)  # id_tail, sms_code
    failed = models.SmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)


class Draft(models.Model):
    """Answers on what somebody can pay, unfinished and sealed; deleted once sent, or after some days."""

    customer = models.OneToOneField(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    cipher = models.BinaryField()
    saved_at = models.DateTimeField()


class Try(models.Model):
    """One try of somebody who may not know the answer; who and from where only as keyed digests."""

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=10)
    who_index = models.BinaryField(null=True)
    address_index = models.BinaryField()
    succeeded = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["who_index", "at"], name="debtor_try_by_who"),
            models.Index(fields=["address_index", "at"], name="debtor_try_by_address"),
        ]


class Helper(models.Model):
    """Somebody a debtor lets see or do some things for them, until a day or until the debtor ends it."""

    customer = person_key()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    name = models.CharField(max_length=40)
    relation = models.CharField(max_length=12)
    rights = models.JSONField()  # codes of house/helpers/rights
    takes_money = models.BooleanField()
    phone_cipher = models.BinaryField()
    phone_index = models.BinaryField(db_index=True)
    phone_tail = models.CharField(max_length=8)
    flagged = models.CharField(max_length=20, blank=True)  # why somebody looks at it: takes_money, many
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)  # debtor, tries
    token_index = models.BinaryField(unique=True)
    code_index = models.BinaryField()
    failed = models.SmallIntegerField(default=0)


class HelperVisit(models.Model):
    """One phone's stay of a helper who gave the code."""

    helper = models.ForeignKey(Helper, on_delete=models.PROTECT, related_name="visits")
    key_index = models.BinaryField(unique=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class HelperAct(models.Model):
    """One page a helper opened or sent; shown to the debtor (append only)."""

    helper = models.ForeignKey(Helper, on_delete=models.PROTECT, related_name="acts")
    at = models.DateTimeField()
    page = models.CharField(max_length=40)
    sent = models.BooleanField()
