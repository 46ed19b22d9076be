"""Complaints and what came of them: texts sealed, moves appended and chained, evidence sealed, people cut off."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Domain dossier 3.4."""

    RECEIVED = "received", _("Received")
    REGISTERED = "registered", _("Registered")
    ASSIGNED = "assigned", _("Assigned")
    INVESTIGATING = "investigating", _("Being investigated")
    EXTENDED = "extended", _("Term extended")
    RESOLVED = "resolved", _("Resolved")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    REVIEW_REQUESTED = "review_requested", _("Review asked for")
    REVIEWED = "reviewed", _("Reviewed")
    ROOT_CAUSE = "root_cause", _("Root cause named")


class Complaint(models.Model):
    """One complaint; its state is the newest of its changes, copied so that lists sort."""

    number = models.CharField(max_length=24, unique=True)  # told to the debtor; not guessable
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=20)
    unlawful = models.BooleanField()
    channel = models.CharField(max_length=12)
    stage = models.CharField(max_length=12, default="first")
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=18, choices=State.choices, default=State.RECEIVED)
    text_cipher = models.BinaryField()
    received_at = models.DateTimeField()
    term = models.CharField(max_length=24)  # the kind of the question `deadline` in force
    respond_by = models.DateField(db_index=True)
    handler = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    hold = models.ForeignKey(
        "cases.Hold", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    finding = models.CharField(max_length=12, blank=True)
    answer_cipher = models.BinaryField(null=True)
    answered_at = models.DateTimeField(null=True)
    root_cause = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "respond_by"]),
            models.Index(fields=["customer", "received_at"]),
        ]

    def __str__(self) -> str:
        return self.number


class ComplaintChange(models.Model):
    """One move of a complaint (append only, hash-chained per complaint)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="changes")
    sequence = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    old_state = models.CharField(max_length=18, blank=True)
    new_state = models.CharField(max_length=18)
    why = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "sequence"], name="complaint_change_once")
        ]


class Evidence(models.Model):
    """One file that came with a complaint, sealed (append only)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=40)
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    cipher = models.BinaryField()
    at = models.DateTimeField()


class Bar(models.Model):
    """A person of ours kept away from a debtor from the moment a report names them until it is decided."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="bars")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["complaint", "user"], name="bar_once")]
        indexes = [
            models.Index(
                fields=["user", "customer"], condition=models.Q(lifted_at__isnull=True), name="bar_standing"
            )
        ]
