"""No permit, no contact: decisions, permits, attempts. Append only; decisions are hash-chained per debtor."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class GateDecision(models.Model):
    """One answer of the question `may_contact` to one request, allowed or refused, with its reasons."""

    at = models.DateTimeField()
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    number_index = models.BinaryField(null=True)
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=10)
    party = models.CharField(max_length=24)
    asked_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    agency = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=12)  # allowed, discouraged, refused
    rules = models.JSONField()  # ids of the rules that spoke, for counting refusals by rule
    reply = models.JSONField()  # the whole answer as the question gave it
    facts = models.JSONField()  # what was asked, so that any decision can be judged again
    sequence = models.BigIntegerField()  # 1, 2, 3, ... per customer
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "sequence"], name="decision_chain_has_no_gap_twice")
        ]
        indexes = [models.Index(fields=["at"])]


class PermitState(models.TextChoices):
    """A reserved permit holds a slot until it is used, released or expires."""

    RESERVED = "reserved", _("Reserved")
    USED = "used", _("Used")
    RELEASED = "released", _("Released")


class Permit(models.Model):
    """The right to make one contact; expired when `expires_at` has passed and it was not used."""

    decision = models.OneToOneField(
        GateDecision, on_delete=models.PROTECT, related_name="permit", db_constraint=False
    )
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    number_index = models.BinaryField(null=True)
    channel = models.CharField(max_length=10)
    local_day = models.DateField()  # the debtor's calendar day, on which the counters run
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PermitState.choices, default=PermitState.RESERVED)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "local_day"], name="permit_by_debtor_day"),
            models.Index(fields=["number_index", "local_day"], name="permit_by_number_day"),
        ]


class ContactAttempt(models.Model):
    """One contact that was tried, by whomever: staff, agency, robot. Result codes follow the dossier, 3.2."""

    permit = models.OneToOneField(Permit, on_delete=models.PROTECT, null=True, related_name="attempt")
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="attempts", db_constraint=False
    )
    contact_point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    number_index = models.BinaryField(null=True)
    channel = models.CharField(max_length=10)
    action = models.CharField(max_length=12, default="CALL_OUT")
    at = models.DateTimeField()
    local_day = models.DateField()
    ended_at = models.DateTimeField(null=True)
    seconds_talked = models.IntegerField(null=True)
    line = models.CharField(max_length=4, blank=True)  # L01..L12
    party = models.CharField(max_length=4, blank=True)  # P1..P9
    outcome = models.CharField(max_length=4, blank=True)  # B01..B99
    answered = models.BooleanField(default=False)  # someone picked up
    effective = models.BooleanField(default=False)  # counts as an effective call with the debtor
    staff = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    agency = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=10, default="desk")  # desk, agency, robot, import
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "local_day"], name="attempt_by_debtor_day"),
            models.Index(fields=["number_index", "local_day"], name="attempt_by_number_day"),
        ]


class Consent(models.Model):
    """Hours or channels a debtor agreed to or declined (append only; the latest row for a kind counts)."""

    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=20)  # hours, quiet_hours, workplace, channel_off, channel_on
    value = models.JSONField()  # [["22:00", "23:00"]], "off" or "on", or a channel name
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
