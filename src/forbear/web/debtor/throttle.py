"""Slow down whoever guesses, counted in the database so that every server process sees every try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from forbear.web.debtor import policy
from forbear.web.debtor.models import Try
from forbear.web.portfolio.vault import vault


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a try may be judged; if not, from when one may be again."""

    row: Try | None
    again_at: datetime

    @property
    def allowed(self) -> bool:
        """Return whether the try may be judged."""
        return self.row is not None


def begin(*, kind: str, who: str, address: str, at: datetime) -> Turn:
    """Record a try as failed before it is judged, so that many at once cannot all be counted as none.

    who is a person or code (empty: not counted); both are kept as keyed digests.
    """
    window = policy.minutes("tries_window_minutes", at)
    who_max, address_max = policy.tries_max(kind, at)
    row = Try.objects.create(
        at=at,
        kind=kind,
        who_index=vault().index(f"{kind}:{who}", "debtor_try") if who else None,
        address_index=vault().index(address, "debtor_address"),
    )
    failed = Try.objects.filter(kind=kind, at__gt=at - window, at__lte=at, succeeded=False).order_by("at")
    waits = []
    if who_max and row.who_index:
        waits.append(too_many(failed.filter(who_index=row.who_index), who_max, window))
    waits.append(too_many(failed.filter(address_index=row.address_index), address_max, window))
    again_at = max((wait for wait in waits if wait), default=None)
    return Turn(row, at) if again_at is None else Turn(None, again_at)


def too_many(failed: QuerySet[Try], limit: int, window: timedelta) -> datetime | None:
    """Return from when another try counts as allowed; None while there are not too many."""
    moments = list(failed.values_list("at", flat=True))
    return moments[-limit] + window if len(moments) > limit else None


def succeed(turn: Turn) -> None:
    """Strike a try, and the failed ones of the same kind and person before it, from the count."""
    row = turn.row
    if row is None:
        return
    Try.objects.filter(pk=row.pk).update(succeeded=True)
    if row.who_index:
        Try.objects.filter(kind=row.kind, who_index=row.who_index, at__lte=row.at).update(succeeded=True)
