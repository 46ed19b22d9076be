"""The book as the bank delivers it: people, contact points, accounts, statements, entries, positions.

Bulk tables carry `batch`, the import that brought the row. A fact counts while its batch stands
(`ImportBatch.state = applied`); reversing a batch takes its facts out of every sum without deleting them.
Foreign keys of bulk tables have no database constraint: intake checks them set-wise before it copies a million
rows, where a per-row trigger would cost more than the copy (docs/decisions/0005-bulk-tables.md).
Read facts through the views `standing_entries`, `standing_statements`, `standing_positions`, `standing_placements`
(models `Standing...`); `*_row_no` is the row of the file that brought or last changed the row.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


def bulk_key(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """Return a foreign key without a per-row database check, for tables that are copied in bulk."""
    return models.ForeignKey(to, on_delete=models.PROTECT, db_constraint=False, related_name="+", **options)


class Customer(models.Model):
    """A natural person who owes; the contact budget lives here."""

    customer_no = models.CharField(
        max_length=40
    )  # unique below: `unique=True` would cost a second, unused index
    name = models.CharField(max_length=120)
    id_type = models.CharField(max_length=20, blank=True)
    id_no_cipher = models.BinaryField(null=True)
    id_no_index = models.BinaryField(null=True)
    id_no_tail = models.CharField(max_length=8, blank=True)
    birth_on = models.DateField(null=True)
    province = models.CharField(max_length=40, blank=True)
    city = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=40, default="Asia/Shanghai", db_default="Asia/Shanghai")
    created_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_row_no = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_no"], name="customer_no_once")]
        indexes = [models.Index(fields=["id_no_index"]), models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.customer_no


class ContactPointState(models.TextChoices):
    """Domain dossier 3.4; refused and wrong_person reopen only through compliance."""

    UNVERIFIED = "unverified", _("Unverified")
    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Invalid")
    REFUSED = "refused", _("Refused further contact")
    WRONG_PERSON = "wrong_person", _("Wrong person")
    QUARANTINED = "quarantined", _("Source in doubt")


class ContactPoint(models.Model):
    """A way to reach the debtor or a third person, with its source and lawful basis (PIPL arts 6, 13)."""

    customer = bulk_key("portfolio.Customer", db_index=False)  # the unique constraint begins with it
    kind = models.CharField(max_length=12)  # mobile, home_phone, work_phone, email, address
    value_cipher = models.BinaryField()
    value_index = models.BinaryField(db_index=True)  # equal for equal numbers, whoever shares them
    value_tail = models.CharField(max_length=8)
    relation = models.CharField(max_length=12, default="self")
    person_name = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=20)
    lawful_basis = models.CharField(max_length=20)
    reserved = models.BooleanField(default=False)
    do_not_contact = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12, choices=ContactPointState.choices, default=ContactPointState.UNVERIFIED
    )
    updated_on = models.DateField(null=True)
    created_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_row_no = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value_index"], name="contact_point_once_per_customer"
            )
        ]


class NumberBlock(models.Model):
    """A number nobody may use again: its owner refused, or is not the debtor. Survives re-import (append only)."""

    value_index = models.BinaryField(unique=True)
    reason = models.CharField(max_length=20)  # third_party_refused, wrong_person, debtor_refused
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    attempt = models.ForeignKey(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)  # compliance only
    lifted_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")


class Account(models.Model):
    """A ledger unit with a billing day; several cards may share it."""

    account_no = models.CharField(max_length=40)
    customer = bulk_key("portfolio.Customer")
    org_no = models.CharField(max_length=20, blank=True)
    product = models.CharField(max_length=20, default="credit_card")
    currency = models.CharField(max_length=3, default="CNY")
    card_no_cipher = models.BinaryField(null=True)
    card_no_index = models.BinaryField(null=True)
    card_no_tail = models.CharField(max_length=8, blank=True)
    card_role = models.CharField(max_length=16, blank=True)
    credit_limit_minor = models.BigIntegerField(null=True)
    bill_day = models.SmallIntegerField(null=True)
    opened_on = models.DateField(null=True)
    block_code = models.CharField(max_length=20, blank=True)
    created_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_batch = bulk_key("intake.ImportBatch", null=True, db_index=False)
    updated_row_no = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_no"], name="account_no_once")]
        indexes = [models.Index(fields=["card_no_tail"])]

    def __str__(self) -> str:
        return self.account_no


class StatementColumns(models.Model):
    """Columns of `Statement` and of its view of standing rows."""

    account = bulk_key("portfolio.Account", db_index=False)
    statement_on = models.DateField()
    due_on = models.DateField()
    balance_minor = models.BigIntegerField()
    minimum_due_minor = models.BigIntegerField()
    batch = bulk_key("intake.ImportBatch", db_index=False)
    row_no = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Statement(StatementColumns):
    """What the bank billed. A corrected statement is a later row for the same day; the latest standing batch counts."""

    class Meta:
        indexes = [
            models.Index(fields=["account", "statement_on"], name="statement_by_account"),
            BrinIndex(fields=["batch"], name="statement_by_batch"),
        ]


class StandingStatement(StatementColumns):
    """The statements that count: of standing batches, and the latest where one was corrected (a view)."""

    class Meta:
        managed = False
        db_table = "standing_statements"


class LedgerEntryColumns(models.Model):
    """Columns of `LedgerEntry` and of its view of standing rows."""

    entry_no = models.CharField(max_length=60)
    account = bulk_key("portfolio.Account", db_index=False)
    kind = models.CharField(max_length=12)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    traded_on = models.DateField(null=True)
    value_on = models.DateField()
    booked_on = models.DateField()
    channel = models.CharField(max_length=20, blank=True)
    reverses_no = models.CharField(max_length=60, blank=True)
    memo = models.CharField(max_length=200, blank=True)
    batch = bulk_key("intake.ImportBatch", db_index=False)
    row_no = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class LedgerEntry(LedgerEntryColumns):
    """One posted line of the bank's ledger; positive lowers the debt. Never changed, never deleted."""

    class Meta:
        indexes = [
            models.Index(fields=["account", "value_on"], name="entry_by_account"),
            BrinIndex(fields=["batch"], name="entry_by_batch"),
            models.Index(fields=["entry_no"], name="entry_by_number"),
            models.Index(
                fields=["account"], condition=models.Q(kind="write_off"), name="write_off_by_account"
            ),
        ]


class StandingEntry(LedgerEntryColumns):
    """The entries that count: of standing batches (a view)."""

    class Meta:
        managed = False
        db_table = "standing_entries"


class PositionColumns(models.Model):
    """Columns of `Position` and of its view of standing rows."""

    account = bulk_key("portfolio.Account", db_index=False)
    data_on = models.DateField(db_index=True)
    dpd = models.IntegerField(null=True)
    cycles = models.SmallIntegerField(null=True)
    due_on = models.DateField(null=True)
    minimum_due_minor = models.BigIntegerField(null=True)
    total_minor = models.BigIntegerField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()
    compound_minor = models.BigIntegerField()
    late_fee_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    other_minor = models.BigIntegerField()
    unbilled_minor = models.BigIntegerField(null=True)
    last_payment_on = models.DateField(null=True)
    last_payment_minor = models.BigIntegerField(null=True)
    class5 = models.CharField(max_length=16, blank=True)
    flags = ArrayField(models.CharField(max_length=20), default=list, db_default=[])
    batch = bulk_key("intake.ImportBatch", db_index=False)
    row_no = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Position(PositionColumns):
    """The bank's own figures for one overdue account on one data date: the composition to the cent."""

    class Meta:
        indexes = [
            models.Index(fields=["account", "data_on"], name="position_by_account"),
            BrinIndex(fields=["batch"], name="position_by_batch"),
        ]


class StandingPosition(PositionColumns):
    """The positions that count: of standing batches, and the latest where one was corrected (a view)."""

    class Meta:
        managed = False
        db_table = "standing_positions"


class PlacementColumns(models.Model):
    """Columns of `Placement` and of its view of standing rows."""

    placement_no = models.CharField(max_length=60)
    batch_no = models.CharField(max_length=40, blank=True)
    agency = models.CharField(max_length=60)
    account = bulk_key("portfolio.Account", db_index=False)
    placed_on = models.DateField()
    recall_on = models.DateField(null=True)
    hand = models.SmallIntegerField(null=True)
    placed_minor = models.BigIntegerField()
    batch = bulk_key("intake.ImportBatch", db_index=False)
    row_no = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Placement(PlacementColumns):
    """An account handed to an agency for a period (委案)."""

    class Meta:
        indexes = [
            models.Index(fields=["account"], name="placement_by_account"),
            BrinIndex(fields=["batch"], name="placement_by_batch"),
            models.Index(fields=["placement_no"], name="placement_by_number"),
        ]


class StandingPlacement(PlacementColumns):
    """The placements that count: of standing batches, and the latest where one was corrected (a view)."""

    class Meta:
        managed = False
        db_table = "standing_placements"
