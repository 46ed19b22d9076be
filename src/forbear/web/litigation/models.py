"""Matters in court. Moves are appended and hash-chained per matter; state and terms follow from them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalMatter(models.Model):
    """One claim on its way through court; state, facts and terms are what its moves made of it."""

    number = models.CharField(max_length=20, unique=True)  # ours, such as F2026-000123
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="matters")
    state = models.CharField(max_length=20)  # codes of policy/house/litigation.yaml
    stage = models.CharField(max_length=16)
    ended = models.BooleanField(default=False)
    since = models.DateField()  # of the last move
    facts = models.JSONField(default=dict)  # what the moves brought; days as ISO 8601
    claim_minor = models.BigIntegerField()
    claim_on = models.DateField()  # the day on which the claim was counted
    court = models.CharField(max_length=80, blank=True)
    court_case_no = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    # The next term of ours, so that a docket of thousands sorts without computing.
    next_term = models.CharField(max_length=40, blank=True)
    next_last_day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(ended=False), name="one_open_matter_a_case"
            )
        ]
        indexes = [models.Index(fields=["stage", "next_last_day"]), models.Index(fields=["owner", "ended"])]

    def __str__(self) -> str:
        return self.number


class MatterMove(models.Model):
    """One move of a matter: which, on which day it took place, who wrote it and when (append only)."""

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="moves")
    sequence = models.IntegerField()
    move = models.CharField(max_length=30)
    on = models.DateField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "sequence"], name="matter_move_once")]


class MatterTerm(models.Model):
    """A term of a matter as law counts it; written again with each move."""

    class Whose(models.TextChoices):
        """Who must act within it."""

        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("The debtor's")
        COURT = "court", _("The court's")

    matter = models.ForeignKey(LegalMatter, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=40)
    whose = models.CharField(max_length=8, choices=Whose.choices)
    event_on = models.DateField()
    last_day = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["last_day"], condition=models.Q(ended_on__isnull=True), name="running_terms")
        ]
