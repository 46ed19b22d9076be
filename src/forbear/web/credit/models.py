"""What is told to the credit register: notices before, lines of a month, corrections, spells, objections.

Lines, corrections and changes of objections are append-only; a spell is computed by each run from lines and ledger.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from forbear.web.portfolio.models import bulk_key


class CreditNotice(models.Model):
    """A debtor was told, or is to be told, that a spell of arrears will be reported (art. 15)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    accounts = ArrayField(models.BigIntegerField())
    month = models.DateField()  # the month-end before which it was asked for
    message = models.OneToOneField(
        "outbox.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    # A paper that was served proves its own day; a message proves its day by the receipt of its channel.
    document = models.ForeignKey(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="+"
    )
    served_on = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "month"],
                condition=models.Q(message__isnull=False),
                name="credit_notice_once_a_month",
            )
        ]


class CreditRun(models.Model):
    """One month told to the register; every account of the book has exactly one line in it."""

    month = models.DateField(unique=True)  # its last day
    reported_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.CharField(max_length=20, blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)  # by letter reported, by reason withheld, corrections
    sha256 = models.CharField(max_length=64, blank=True)  # of the file in the clear
    bytes = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Why(models.TextChoices):
    """Why an account was not reported."""

    NO_NOTICE = "no_notice", _("The debtor was not told before")
    OVER = "over", _("Past the last day it may be shown")
    NOT_THEIRS = "not_theirs", _("Use by somebody else")
    NOT_OPEN = "not_open", _("Not opened by then")
    ENDED = "ended", _("Its end was reported before")


class CreditLine(models.Model):
    """One account in one month (append only). `history` is what was shown after it, oldest month first."""

    run = models.ForeignKey(CreditRun, on_delete=models.PROTECT, related_name="lines", db_index=False)
    account = bulk_key("portfolio.Account", db_index=False)
    letter = models.CharField(max_length=1)  # what the ledger says
    reported = models.BooleanField()
    why = models.CharField(max_length=12, blank=True, choices=Why.choices)
    dpd = models.IntegerField()
    past_due_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    class5 = models.CharField(max_length=16)
    disputed = models.BooleanField()
    notice_id = models.BigIntegerField(null=True)
    history = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["account", "run"], name="credit_line_by_account"),
            BrinIndex(fields=["run"], name="credit_line_by_run"),  # lines lie in the order of their runs
            models.Index(fields=["run", "why"], condition=models.Q(reported=False), name="credit_withheld"),
        ]


class Cause(models.TextChoices):
    """What made a correction necessary."""

    LEDGER = "ledger", _("Booked or taken back since")
    OBJECTION = "objection", _("Objection upheld")
    OVER = "over", _("Five years have passed")
    REPAIR = "repair", _("One-off credit repair")


class CreditCorrection(models.Model):
    """One month of one account told anew (append only)."""

    account = bulk_key("portfolio.Account")
    month = models.DateField()
    old = models.CharField(max_length=1)
    new = models.CharField(max_length=1)
    cause = models.CharField(max_length=10, choices=Cause.choices)
    objection = models.ForeignKey(
        "credit.CreditObjection", on_delete=models.PROTECT, null=True, related_name="corrections"
    )
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["at"], name="credit_correction_by_time")]


class CreditDelta(models.Model):
    """One file of corrections between two months; it holds those after the file before it, up to `until`."""

    at = models.DateTimeField()
    until = models.BigIntegerField()  # the last correction it holds
    rows = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")


class CreditDownload(models.Model):
    """Somebody carried a file of the register away (append only)."""

    run = models.ForeignKey(CreditRun, on_delete=models.PROTECT, null=True, related_name="downloads")
    delta = models.ForeignKey(CreditDelta, on_delete=models.PROTECT, null=True, related_name="downloads")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class CreditSpell(models.Model):
    """A stretch of arrears that was reported: when it began and ended, and until when it may be shown."""

    account = bulk_key("portfolio.Account", db_index=False)
    began_on = models.DateField()
    ended_on = models.DateField(null=True)
    worst = models.CharField(max_length=1)
    most_minor = models.BigIntegerField()
    first_month = models.DateField()
    last_month = models.DateField()  # the last month-end at which it was bad
    delete_after = models.DateField(null=True)
    hidden_by = models.DateField(null=True)  # by the one-off repair
    gone_on = models.DateField(null=True)  # taken out of the history

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "first_month"], name="credit_spell_once")]
        indexes = [
            models.Index(
                fields=["account"], condition=models.Q(gone_on__isnull=True), name="credit_spell_shown"
            )
        ]


class ObjectionState(models.TextChoices):
    """Domain dossier 3.4: disputed within the term, then corrected or confirmed, then answered."""

    RECEIVED = "received", _("Received and marked")
    CHECKING = "checking", _("Being checked")
    CORRECTED = "corrected", _("Corrected")
    CONFIRMED = "confirmed", _("Confirmed")
    ANSWERED = "answered", pgettext_lazy("objection", "Answered")


class CreditObjection(models.Model):
    """A person objects to what was reported; its state is the newest of its changes."""

    number = models.CharField(max_length=24, unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    months = ArrayField(models.DateField())  # month-ends it is about
    ground = models.CharField(max_length=16)  # of house/credit/grounds
    text_cipher = models.BinaryField()
    received_on = models.DateField()
    respond_by = models.DateField(db_index=True)
    state = models.CharField(
        max_length=10, choices=ObjectionState.choices, default=ObjectionState.RECEIVED, db_index=True
    )
    handler = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    letter = models.ForeignKey(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.number


class ObjectionChange(models.Model):
    """One move of an objection (append only, hash-chained per objection)."""

    objection = models.ForeignKey(CreditObjection, on_delete=models.PROTECT, related_name="changes")
    sequence = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ObjectionState.choices)
    why = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objection", "sequence"], name="credit_objection_change_once")
        ]
