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
    ours = models.BooleanField(
        default=False, db_default=False
    )  # booked by us (write-off, waiver): no file brought it
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
    key = models.CharField(max_length=60, blank=True)  # the account or customer number the row waits for
    held = models.JSONField(
        null=True
    )  # the row as canonical tables, when it was readable: {"entries": [{...}]}
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    resolution = models.CharField(max_length=12, blank=True)  # replayed, dropped
    resolution_note = models.CharField(max_length=200, blank=True, db_default="")
    replay_batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "row_no"]),
            models.Index(
                fields=["key"],
                condition=models.Q(resolved_at__isnull=True) & ~models.Q(key=""),
                name="rows_that_wait",
            ),
        ]


class UploadState(models.TextChoices):
    """A received file on its way to becoming a batch."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Applying")
    DONE = "done", _("Finished")
    FAILED = "failed", _("Failed")


class Upload(models.Model):
    """A file handed in on screen, with its progress, so that the page can be left while it is applied."""

    name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=64, blank=True)  # under the files folder; empty once applied
    size_bytes = models.BigIntegerField()
    layout = models.CharField(max_length=20, blank=True)
    force = models.BooleanField(default=False)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.QUEUED)
    step = models.CharField(max_length=40, blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="+")
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)


class UndoImage(models.Model):
    """How one changed row looked before the batch; reversal puts it back."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="undo_images")
    table = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField(
        default=dict, db_default={}
    )  # what the batch set in columns that the desk may set too


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
    settlement = models.CharField(max_length=200, blank=True)  # what the person who looked found
