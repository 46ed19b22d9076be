"""Comparisons of our figures with the bank's, the differences found, and what was done about each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why our figure and the bank's differ; suggested when found, settled by a person."""

    MISSING_ENTRY = "missing_entry", _("An entry is missing")
    RATE = "rate", _("The rate differs")
    ROUNDING = "rounding", _("Rounding")
    TIMING = "timing", _("A payment counts from another day")
    ALLOCATION = "allocation", _("A payment was spread otherwise")
    FEE = "fee", _("A fee differs")
    STATE = "state", _("The bank's file says otherwise about the write-off")
    BANK_CORRECTED = "bank_corrected", _("The bank has corrected its figure")
    EQUAL_NOW = "equal_now", _("No longer different")
    UNKNOWN = "unknown", _("Not known yet")


class Comparison(models.Model):
    """One comparison of a day: every account with the bank's own figures is compared, or counted as not comparable."""

    data_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    accounts = models.IntegerField()
    equal = models.IntegerField()
    different = models.IntegerField()
    not_comparable = models.IntegerField()  # nothing earlier to start from, or rows that cannot be
    difference_minor = models.BigIntegerField()  # sum of absolute differences

    class Meta:
        indexes = [models.Index(fields=["-at"], name="comparison_by_time")]

    def __str__(self) -> str:
        return f"{self.data_on}"


class Difference(models.Model):
    """One account on one day whose components are not the bank's to the cent, or whose write-off the bank's file does not know.

    Components stand in the order of COMPONENTS; there are none where only the state differs.
    """

    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    data_on = models.DateField()
    bank_minor = ArrayField(models.BigIntegerField())
    ours_minor = ArrayField(models.BigIntegerField())
    absolute_minor = models.BigIntegerField()  # sum of absolute differences of the components
    bank_state = models.CharField(max_length=20, blank=True, db_default="")  # the block code of the file
    ours_state = models.CharField(max_length=20, blank=True, db_default="")  # written_off, taken_back
    suggested = models.CharField(max_length=16, choices=Reason.choices, default=Reason.UNKNOWN)
    found_at = models.DateTimeField()
    assigned_to = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    closed_reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "data_on"], name="difference_once_a_day")]
        indexes = [models.Index(fields=["data_on", "closed_at"], name="difference_by_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.data_on}"


class DifferenceNote(models.Model):
    """What somebody wrote or did about a difference. Never changed."""

    difference = models.ForeignKey(Difference, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=10)  # note, assign, close, reopen
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.difference_id} {self.action}"
