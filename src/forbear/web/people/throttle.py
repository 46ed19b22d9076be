"""Slow down whoever guesses passwords, without saying which names exist and without locking out the rightful owner.

Counted in the database, so that every server process sees every try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from forbear.web.people.models import SignInAttempt
from forbear.web.portfolio.vault import vault


@dataclass(frozen=True, slots=True)
class Limits:
    """Failed tries allowed within the window; the operator's choice, no law sets them."""

    window: timedelta = timedelta(minutes=15)
    per_name_and_address: int = 5
    per_address: int = 30
    per_name: int = 50  # high, so that a stranger elsewhere cannot easily keep a colleague out


LIMITS = Limits()


def begin(*, name: str, address: str | None, at: datetime, limits: Limits = LIMITS) -> SignInAttempt | None:
    """Record a try as failed before it is judged; return None when there were too many.

    Writing first means that many tries at once cannot all be counted as none.
    """
    index = vault().index(name.strip().casefold(), "sign_in")
    attempt = SignInAttempt.objects.create(at=at, name_index=index, address=address)
    failed = SignInAttempt.objects.filter(at__gt=at - limits.window, at__lte=at, succeeded=False)
    by_name, by_address = failed.filter(name_index=index), failed.filter(address=address)
    too_many = (
        by_name.filter(address=address).count() > limits.per_name_and_address
        or by_address.count() > limits.per_address
        or by_name.count() > limits.per_name
    )
    return None if too_many else attempt


def succeed(attempt: SignInAttempt) -> None:
    """Strike the try, and the failed ones before it by the same name from the same place, from the count."""
    SignInAttempt.objects.filter(
        name_index=attempt.name_index, address=attempt.address, at__lte=attempt.at, succeeded=False
    ).update(succeeded=True)
