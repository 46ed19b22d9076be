"""What was recorded: announced, kept sealed, deleted when nothing asks for it any more."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Vendor(models.Model):
    """A contact centre whose system may call back; its secret is sealed."""

    code = models.CharField(max_length=40, unique=True)
    secret_cipher = models.BinaryField()
    active = models.BooleanField(default=True)


class VendorEvent(models.Model):
    """One thing a vendor told, once (append only)."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    event_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    said = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "event_id"], name="vendor_event_once")]


class RecordingState(models.TextChoices):
    """Announced without its bytes, kept, not what was announced, or deleted (its hash stays)."""

    EXPECTED = "expected", _("Announced, not yet received")
    KEPT = "kept", _("Kept")
    REFUSED = "refused", _("Not what was announced")
    PURGED = "purged", _("Deleted")


class Recording(models.Model):
    """One recording or transcript of one attempt."""

    source = models.CharField(max_length=40)  # a vendor's code, or `file`
    external_id = models.CharField(max_length=80)
    call_id = models.CharField(max_length=80)  # as the source names the call
    attempt = models.ForeignKey(
        "contact.ContactAttempt",
        on_delete=models.PROTECT,
        null=True,
        related_name="recordings",
        db_constraint=False,
    )
    record = models.CharField(max_length=24, default="call_recording")  # as the question `retention` names it
    media_type = models.CharField(max_length=24)
    made_at = models.DateTimeField()
    seconds = models.IntegerField(default=0)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RecordingState.choices, default=RecordingState.EXPECTED)
    path = models.CharField(max_length=120, blank=True)  # under the folder of recordings
    announced_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="recording_once")]
        indexes = [models.Index(fields=["state", "made_at"], name="recording_by_state")]


class LegalHold(models.Model):
    """What concerns a customer is kept until it is lifted: a suit, a complaint before an authority."""

    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    reason = models.CharField(max_length=200)
    since = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")


class Purge(models.Model):
    """One nightly look at what may go: how many were looked at, what was deleted, and why the others were kept."""

    at = models.DateTimeField()
    looked_at = models.IntegerField()
    deleted = models.IntegerField()
    report = models.JSONField()  # {"deleted": [...], "kept": {reason: count}}
