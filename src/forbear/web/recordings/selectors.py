"""Reads of recordings: of an attempt, those that are missing or late."""

from __future__ import annotations

from datetime import datetime, timedelta

from forbear.web.contact.models import ContactAttempt
from forbear.web.law.current import packs_now
from forbear.web.recordings.models import Recording, RecordingState


def late(at: datetime) -> list[Recording]:
    """Return what was announced and did not come in time."""
    return list(
        Recording.objects.filter(state=RecordingState.EXPECTED, announced_at__lt=at - patience(at)).order_by(
            "made_at"
        )
    )


def missing(at: datetime, *, days: int = 7) -> list[ContactAttempt]:
    """Return answered calls of ours of the last days of which no recording is kept, newest first."""
    since = at - timedelta(days=days)
    found = ContactAttempt.objects.filter(
        channel__in=("voice", "ai_voice"), answered=True, action__in=("CALL_OUT", "AI_CALL"), at__gte=since,
        at__lt=at - patience(at),
    )  # fmt: skip
    return list(
        found.exclude(recordings__state=RecordingState.KEPT)
        .select_related("staff", "case")
        .order_by("-at")[:500]
    )


def patience(at: datetime) -> timedelta:
    """Return how long a recording may take to come (house policy)."""
    return timedelta(hours=packs_now().value("house/recordings/late_hours", at.date()))
