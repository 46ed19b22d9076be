"""Takes back permits that stand on a number or a channel which has closed since."""

from __future__ import annotations

from collections.abc import Sequence

from forbear.web.contact.models import Permit, PermitState


def release_reserved(
    customer_id: int | None, number_index: bytes | None, channels: Sequence[str] | None = None
) -> int:
    """Take back permits that were reserved and not yet used; return how many."""
    reserved = Permit.objects.filter(state=PermitState.RESERVED)
    if customer_id is not None:
        reserved = reserved.filter(customer_id=customer_id)
    if number_index is not None:
        reserved = reserved.filter(number_index=number_index)
    if channels:
        reserved = reserved.filter(channel__in=channels)
    return reserved.update(state=PermitState.RELEASED)
