"""Drafts of house policy, their publication by two people, and who has read what. Publications are append only."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftState(models.TextChoices):
    """How far a draft is."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for a second person")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Draft(models.Model):
    """One file of the packs as somebody would have it from a moment on."""

    file = models.CharField(max_length=120)  # policy/house/contact.yaml
    text = models.TextField()
    base = models.TextField(blank=True)  # the file's text that the draft was written over
    author = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    note = models.CharField(max_length=500)  # what changes and why, in the words collectors will read
    everyone_reads = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    returned = models.CharField(max_length=500, blank=True)  # why the second person sent it back
    what_if = models.JSONField(null=True)  # what it would have changed in the days before, see replay.py

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"])]


class Publication(models.Model):
    """A draft two people agreed on; the packs contain it from `effective_at` on."""

    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, related_name="publication")
    file = models.CharField(max_length=120)
    text = models.TextField()
    note = models.CharField(max_length=500)
    author = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    must_acknowledge = models.BooleanField()
    changes = models.JSONField()  # entry by entry, old and new, see changes.py
    what_if = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(author=models.F("approved_by")), name="four_eyes")
        ]
        indexes = [models.Index(fields=["effective_at"])]


class Acknowledgement(models.Model):
    """A person has read a publication (append only)."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "publication"], name="read_once")]
