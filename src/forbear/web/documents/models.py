"""Documents as they were made or received, sealed; signatures as evidence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredDocument(models.Model):
    """One file about one case, sealed; `sha256` is that of its plain bytes (append only)."""

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="documents", db_constraint=False
    )
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=40)  # the template, or the kind of proof received
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=120)
    lang = models.CharField(max_length=2, blank=True)
    template_version = models.CharField(max_length=40, blank=True)
    template_sha256 = models.CharField(max_length=64, blank=True)
    received = models.BooleanField(default=False)
    media_type = models.CharField(max_length=40)
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    cipher = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")


class Means(models.TextChoices):
    """How an agreement was confirmed."""

    CODE = "code", _("One-time code to the number on file")
    SPOKEN = "spoken", _("By word of mouth, recorded")


class Signature(models.Model):
    """Who confirmed which bytes, when and how; chained to the signature before it (append only)."""

    document = models.OneToOneField(StoredDocument, on_delete=models.PROTECT, related_name="signature")
    sha256 = models.CharField(max_length=64)
    means = models.CharField(max_length=10, choices=Means.choices)
    code = models.ForeignKey("codes.OneTimeCode", on_delete=models.PROTECT, null=True, related_name="+")
    recording = models.CharField(
        max_length=120, blank=True
    )  # where the recording of an oral agreement is kept
    signed_at = models.DateTimeField()
    witness = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    record = models.ForeignKey(StoredDocument, on_delete=models.PROTECT, null=True, related_name="+")
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
