"""Batches of letters, the letters themselves, lawyers' signatures on them, and files of what the post says."""

from __future__ import annotations

from django.db import models


class LetterBatch(models.Model):
    """Letters of one kind drafted in one go; `left_out` names who got none and why."""

    kind = models.CharField(max_length=40)  # of house/letters/kinds
    cases = models.JSONField()  # ids, in order
    counted_on = models.DateField()
    agent = models.ForeignKey("litigation.Agent", on_delete=models.PROTECT, null=True, related_name="+")
    mandate = models.CharField(max_length=120, blank=True)  # of a lawyer's letter
    run = models.ForeignKey("runs.DayRun", on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    done = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)  # [{case, why, missing: [item, ...], detail}]
    finished_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run"], condition=models.Q(run__isnull=False), name="one_batch_of_letters_a_run"
            )
        ]


class Letter(models.Model):
    """One letter: its PDF is a stored document, its words are sealed for the outbox, its code lets the debtor check it."""

    batch = models.ForeignKey(LetterBatch, on_delete=models.PROTECT, related_name="letters")
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="letters", db_constraint=False
    )
    number = models.CharField(max_length=24, unique=True)
    document = models.OneToOneField(
        "documents.StoredDocument", on_delete=models.PROTECT, related_name="letter"
    )
    contact_point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    words_cipher = models.BinaryField()  # sealed Body, as the outbox takes it
    pages = models.SmallIntegerField()
    run_message = models.ForeignKey(
        "runs.Message", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    message = models.OneToOneField(
        "outbox.OutboxMessage",
        on_delete=models.PROTECT,
        null=True,
        related_name="letter",
        db_constraint=False,
    )
    kept_back = models.CharField(max_length=40, blank=True)  # why it was not released with its batch

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "case"], name="letter_once_a_batch")]


class LawyerSignature(models.Model):
    """A licensed lawyer signed these bytes; chained to the signature before it (append only)."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="signature")
    agent = models.ForeignKey("litigation.Agent", on_delete=models.PROTECT, related_name="+")
    licence_no = models.CharField(max_length=40)  # as it was when he signed
    licence_evidence = models.CharField(max_length=64)  # SHA-256 of what proved it
    sha256 = models.CharField(max_length=64)  # of the PDF
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    previous_hash = models.BinaryField()
    hash = models.BinaryField()


class ResultsFile(models.Model):
    """A file of results as the post gave it; the same bytes are taken once (append only)."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    lines = models.IntegerField()
    by_result = models.JSONField()  # {result: lines}
    unmatched = models.IntegerField()
