"""The transactional outbox: what is to be sent, what became of it, and what outside systems said about it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """The life of a message; a message is put on the wire only from HANDED_OVER, and enters it only once."""

    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("With a worker")
    HANDED_OVER = "handed_over", _("Handed over")  # recorded before the first byte goes out
    SENT = "sent", _("Sent")  # the other end took it
    UNCERTAIN = "uncertain", _("Sent, not confirmed")  # a crash between hand-over and answer
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")  # became unlawful or pointless before it went out
    EXPIRED = "expired", _("Expired")  # its time passed before it could go out


WAITING = (MessageState.PLANNED, MessageState.CLAIMED)
IN_FLIGHT = (MessageState.HANDED_OVER, MessageState.UNCERTAIN)
ENDED = (MessageState.DELIVERED, MessageState.FAILED, MessageState.WITHDRAWN, MessageState.EXPIRED)


class OutboxWorker(models.Model):
    """A process that sends; alive as long as its database session holds the advisory lock of its id."""

    channel = models.CharField(max_length=10)
    host = models.CharField(max_length=100)
    process = models.IntegerField()
    started_at = models.DateTimeField()


class OutboxMessage(models.Model):
    """One message to one person on one channel; its text is sealed, its permit is asked for as it goes out."""

    key = models.CharField(max_length=80, unique=True)  # idempotency key, sent along where the protocol can
    channel = models.CharField(max_length=10)  # sms, email, push, wecom, letter
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="outbox", db_constraint=False
    )
    contact_point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    address_index = models.BinaryField(null=True)  # of the contact point, so that answers find their message
    purpose = models.CharField(max_length=10, default="collect")
    party = models.CharField(max_length=24, default="debtor")
    cause = models.CharField(max_length=60)  # what asked for it: the day's run, a promise, a person
    template = models.CharField(max_length=40)
    template_version = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    body_cipher = models.BinaryField()  # sealed JSON of Body
    body_digest = models.CharField(max_length=64)  # SHA-256 of that JSON, which is evidence
    document = models.ForeignKey(
        "documents.StoredDocument",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )  # what is printed, of a letter
    run_message = models.ForeignKey(
        "runs.Message", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    planned_at = models.DateTimeField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    state = models.CharField(max_length=12, choices=MessageState.choices, default=MessageState.PLANNED)
    worker = models.ForeignKey(
        OutboxWorker, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    claim = models.UUIDField(
        null=True
    )  # new with each claim: what was known under an older one no longer counts
    decision = models.ForeignKey(
        "contact.GateDecision", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    permit = models.ForeignKey(
        "contact.Permit", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    permit_expires_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    reached_on = models.DateField(null=True)  # the day on which the post delivered it, where the post says so
    provider_ids = ArrayField(models.CharField(max_length=128), default=list, db_default=[])  # one per part
    code = models.CharField(max_length=120, blank=True, db_default="")  # what the other end answered
    why = models.CharField(max_length=200, blank=True, db_default="")  # of a withdrawal or expiry
    rules = ArrayField(models.CharField(max_length=40), default=list, db_default=[])  # that refused it
    reserved = models.BooleanField(default=False)  # was the contact point the reserved one as it went out
    tries = models.SmallIntegerField(default=0, db_default=0)  # provably not taken, and planned again

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "not_before", "id"],
                condition=models.Q(state="planned"),
                name="outbox_planned",
            ),
            models.Index(
                fields=["worker"],
                condition=models.Q(state__in=["claimed", "handed_over"]),
                name="outbox_with_worker",
            ),
            models.Index(
                fields=["address_index"],
                condition=models.Q(state__in=["handed_over", "uncertain", "sent"]),
                name="outbox_open_address",
            ),
            models.Index(fields=["channel", "state", "planned_at"], name="outbox_board"),
            GinIndex(fields=["provider_ids"], name="outbox_provider_ids"),
        ]


class ChannelEvent(models.Model):
    """One receipt or inbound message as an outside system told it; kept before it is acknowledged, once per key."""

    channel = models.CharField(max_length=10)
    event_key = models.CharField(max_length=200)  # equal when the other end tells it again
    kind = models.CharField(max_length=10)  # receipt, inbound
    at = models.DateTimeField()
    # Without a constraint: its check would lock messages in whatever order receipts come.
    message = models.ForeignKey(
        OutboxMessage, on_delete=models.PROTECT, null=True, related_name="told", db_constraint=False
    )
    message_key = models.CharField(max_length=80, blank=True)  # our idempotency key, where it is echoed
    provider_id = models.CharField(max_length=128, blank=True)
    reference = models.IntegerField(null=True)
    address_index = models.BinaryField(null=True)
    address_tail = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=12, blank=True)  # delivered, failed, pending
    code = models.CharField(max_length=120, blank=True)
    dead = models.BooleanField(default=False)  # the address does not exist
    text_cipher = models.BinaryField(null=True)  # what came in, sealed
    on = models.DateField(null=True)  # the day it speaks of, where it is not the day it was told
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "event_key"], name="event_told_once")]
        indexes = [
            models.Index(
                fields=["channel", "provider_id"],
                condition=models.Q(applied_at__isnull=True),
                name="event_to_apply",
            )
        ]
