"""Files received, what became of each row, and how to undo a batch."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BatchState(models.TextChoices):
    """Domain dossier 3.4, import batch."""

    RECEIVED = "received", _("Received")
    APPLIED = "applied", _("Applied")
    REFUSED = "refused", _("Refused")
    DUPLICATE = "duplicate", _("Duplicate, ignored")
    SUPERSEDED = "superseded", _("Older than what is applied, held")
    REVERSED = "reversed", _("Reversed")


class ImportBatch(models.Model):
    """One file as one unit: applied whole or not at all, reversible as one."""

    received_at = models.DateTimeField()
    received_name = models.CharField(max_length=200)
    received_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    layout = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    data_on = models.DateField(null=True)
    sequence = models.IntegerField(null=True)
    state = models.CharField(max_length=12, choices=BatchState.choices, default=BatchState.RECEIVED)
    refusal = models.JSONField(null=True)  # rule, message, what to do
    rows_read = models.IntegerField(default=0)
    rows_applied = models.IntegerField(default=0)
    rows_warned = models.IntegerField(default=0)
    rows_quarantined = models.IntegerField(default=0)
    control = models.JSONField(default=dict)  # declared and found counts and sums
    counts = models.JSONField(default=dict)  # rows written by table
    applied_at = models.DateTimeField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    replay_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replays")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=models.Q(state="applied"), name="same_file_applies_once"
            )
        ]


class RowIssue(models.Model):
    """A row set aside, or a warning on an applied row: where, what, which rule, what to do."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="issues")
    severity = models.CharField(max_length=8)  # error: quarantined; warn: applied with a remark
    sheet = models.CharField(max_length=60, blank=True)
    row_no = models.BigIntegerField()
    column = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=40, db_index=True)
    raw_value = models.CharField(max_length=200, blank=True)  # masked when sensitive
    message = models.JSONField()  # {"en": ..., "zh": ...}
    suggestion = models.JSONField(default=dict)
    raw_row_cipher = models.BinaryField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    resolution = models.CharField(max_length=12, blank=True)  # replayed, dropped
    replay_batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["batch", "row_no"])]


class UndoImage(models.Model):
    """How one changed row looked before the batch; reversal puts it back."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="undo_images")
    table = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField()


class Alert(models.Model):
    """Something about an accepted file that a person should look at: an account vanished, a DPD fell unexplained."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=40)
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    detail = models.JSONField(default=dict)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
