"""Who came in and what it came to, and who is on duty."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How somebody came in."""

    CALL = "call", _("Call")
    WALK_IN = "walk_in", _("Visitor")


class Inbound(models.Model):
    """One inbound call or visitor, with how far identity was shown and what was asked."""

    way = models.CharField(max_length=8, choices=Way.choices, default=Way.CALL)
    at = models.DateTimeField()
    taken_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    number_index = models.BinaryField(null=True)
    number_tail = models.CharField(max_length=8, blank=True)
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    tries = models.SmallIntegerField(default=0)  # identity checks that failed
    identified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    topic = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=500, blank=True)
    handed_to = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    attempt = models.OneToOneField(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )


class Duty(models.Model):
    """One stretch in which a person answers for inbound matters."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="duty_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["starts_at", "ends_at"], name="duty_by_time")]
