"""Write-offs with their proofs, and transfers with their debts. Changes are appended and hash-chained per subject."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WriteOffState(models.TextChoices):
    """Domain dossier 3.4: candidate, evidence complete and asked, approved and posted; the debt is collected on."""

    CANDIDATE = "candidate", _("Being prepared")
    ASKED = "asked", _("Waiting for approval")
    POSTED = "posted", _("Written off, pursued on")
    DECLINED = "declined", _("Not approved")
    UNDONE = "undone", _("Taken back")


class WriteOff(models.Model):
    """One case's debt taken off the balance sheet; it is still owed and still pursued."""

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="write_offs", db_constraint=False
    )
    criterion = models.CharField(max_length=20)  # of house/disposal/criteria
    state = models.CharField(max_length=10, choices=WriteOffState.choices, default=WriteOffState.CANDIDATE)
    as_of = models.DateField()  # the day its figures were counted
    parts = models.JSONField(default=list)  # by account: principal, interest, ... and owed, minor units
    total_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey("cases.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    posted_on = models.DateField(null=True, db_index=True)
    batch = models.ForeignKey("intake.ImportBatch", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state__in=["candidate", "asked", "posted"]),
                name="one_write_off_a_case",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class WriteOffProof(models.Model):
    """One proof put on file (append only)."""

    write_off = models.ForeignKey(WriteOff, on_delete=models.PROTECT, related_name="proofs")
    proof = models.CharField(max_length=20)  # of house/disposal/proofs
    document = models.ForeignKey("documents.StoredDocument", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")


class TransferState(models.TextChoices):
    """From the first list to the moment at which access is cut."""

    DRAFT = "draft", _("Being prepared")
    ASKED = "asked", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    DONE = "done", _("Passed on")
    DECLINED = "declined", _("Not approved")


class Transfer(models.Model):
    """Debts sold or assigned to one buyer in one go."""

    number = models.CharField(max_length=20, unique=True)
    buyer = models.CharField(max_length=120)
    buyer_code = models.CharField(max_length=40)  # its registration
    buyer_phone = models.CharField(max_length=40)
    buyer_address = models.CharField(max_length=200)
    certificate = models.TextField()  # X.509, PEM: for whom the data file is enciphered
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.DRAFT)
    as_of = models.DateField()
    reason = models.CharField(max_length=500, blank=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey("cases.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True)  # of the enciphered file
    file_cipher = models.BinaryField(null=True)  # CMS enveloped data; only the buyer opens it

    def __str__(self) -> str:
        return self.number


class TransferItem(models.Model):
    """One case of a transfer; left out ones say why."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="transfers", db_constraint=False
    )
    total_minor = models.BigIntegerField()
    left_out = models.JSONField(default=list)  # codes of house/disposal/transfer_blocks and our own
    notice = models.ForeignKey(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="+"
    )
    message = models.ForeignKey(
        "outbox.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    served_on = models.DateField(null=True)  # of a notice on paper
    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    back_at = models.DateTimeField(null=True)  # a transfer by mistake was taken back
    new_case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transfer", "case"], name="transfer_item_once")]


class DisposalChange(models.Model):
    """One move of a write-off or a transfer (append only, hash-chained per subject)."""

    subject = models.CharField(max_length=20, db_index=True)  # its number
    sequence = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12)
    why = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "sequence"], name="disposal_change_once")]
