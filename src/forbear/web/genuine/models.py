"""What was vouched for. Only the keyed digest of a code is stored; whoever holds the code may ask about it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a code vouches for."""

    CALL = "call", _("Call")
    LETTER = "letter", _("Letter")
    BADGE = "badge", _("Visitor's badge")


class Code(models.Model):
    """One code: for what, by whom, until when, and how often it was asked about."""

    code_index = models.BinaryField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=60)  # of whoever issued it, such as "letter:12"; shown to nobody
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    staff = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    tail = models.CharField(max_length=2, blank=True)  # the end of the number that was called
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    checks = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["kind", "subject"], name="genuine_by_subject")]
