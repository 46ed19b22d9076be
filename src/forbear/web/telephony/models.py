"""Calls as the exchange saw them, what it told of each, and the seats of those who call."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    """How far a call is; `over` is final."""

    ASKED = "asked", _("Waiting for the line")
    COLLECTOR = "collector", _("Your handset rings")
    DIALLED = "dialled", _("Dialling")
    RINGING = "ringing", _("Ringing")
    ANSWERED = "answered", _("Connected")
    OVER = "over", _("Hung up")


class PhoneCall(models.Model):
    """One call of one collector with one number, under one permit. The attempt is the fact; this is its course."""

    permit = models.OneToOneField("contact.Permit", on_delete=models.PROTECT, related_name="phone_call")
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="phone_calls", db_constraint=False
    )
    contact_point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    staff = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    by_dialler = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.ASKED)
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)  # when the line took it
    dialled_at = models.DateTimeField(null=True)  # null on a call that is over: the debtor was never dialled
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stop_wanted = models.BooleanField(default=False)
    line = models.CharField(max_length=4, blank=True)  # L01..L12, as the network's cause reads
    sip_status = models.SmallIntegerField(null=True)
    q850 = models.SmallIntegerField(null=True)
    ended_by = models.CharField(max_length=10, blank=True)  # debtor, collector, us, time, line
    abandoned = models.BooleanField(default=False)  # answered, and nobody of ours was there
    attempt = models.OneToOneField(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="phone_call"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(attempt__isnull=True),
                name="phone_call_unrecorded",
            ),
            models.Index(fields=["staff", "asked_at"], name="phone_call_by_staff"),
        ]

    @property
    def seconds_talked(self) -> int | None:
        """Return whole seconds from answer to end; none while either is unknown."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return int((self.ended_at - self.answered_at).total_seconds())


class CallEvent(models.Model):
    """One thing the line told of a call (append only)."""

    call = models.ForeignKey(PhoneCall, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)  # channels.sip.Told, or `lost` for a line that died
    sip_status = models.SmallIntegerField(null=True)
    q850 = models.SmallIntegerField(null=True)
    by = models.CharField(max_length=10, blank=True)


class SeatState(models.TextChoices):
    """What a collector is doing, as the board and the dialler see it."""

    OFFLINE = "offline", _("Offline")
    IDLE = "idle", _("Idle")
    PREVIEW = "preview", _("Preview")
    ON_CALL = "on_call", _("On a call")
    AFTER_CALL = "after_call", _("After-call work")
    RESTING = "resting", _("Rest after an abusive call")
    BREAK = "break", _("Break")


class Seat(models.Model):
    """Where a collector telephones: the handset, whether the dialler may ring it, and since when it is how it is."""

    user = models.OneToOneField("people.User", on_delete=models.PROTECT, related_name="seat")
    handset = models.CharField(max_length=80)  # a number at the exchange
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.OFFLINE)
    since = models.DateTimeField()
    not_before = models.DateTimeField(null=True)  # the dialler leaves the seat alone until then
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )  # shown in preview, or on the line
    skipped = models.JSONField(default=list)  # case ids passed over today
