"""Who may agree to what: the bank's matrix of roles, amounts and terms, and authority lent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.money import parse_minor
from forbear.web.cases.models import Delegation
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User

LIMITS = "house/authority/limits"
SELF = "self_service"  # the debtor on the own page, in the matrix


class BeyondAuthority(ValueError):
    """Nobody here may agree to this, or not this person."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to agree to: money in minor units, term in months."""

    kind: str
    amount_minor: int
    months: int = 0
    waiver_minor: int = 0

    @property
    def waiver_share(self) -> Decimal:
        """Return the share of what is owed that would be waived."""
        return Decimal(self.waiver_minor) / Decimal(self.amount_minor) if self.waiver_minor else Decimal(0)


@dataclass(frozen=True, slots=True)
class Needed:
    """Who must say yes before it may be offered: nobody, or some people of a role other than the asker."""

    role: str
    persons: int

    @property
    def alone(self) -> bool:
        """Return whether the asker agrees alone."""
        return self.persons == 0


def role_of(by: User | None) -> str:
    """Return the role by which somebody agrees: a member of staff's own, or that of the debtor alone."""
    return SELF if by is None else str(by.role)


def needed(ask: Ask, *, by: User | None, at: datetime) -> Needed:
    """Return who must approve, `by` none being the debtor; raises BeyondAuthority where no row of the matrix covers it."""
    for row in limits(at):
        if covers(row, ask) and (row["others"] or row["role"] == role_of(by)):
            return Needed(row["role"], row["others"])
    raise BeyondAuthority(_("No authority of the house covers this; it cannot be offered."))


def alone_minor(kind: str, *, by: User | None, at: datetime) -> int:
    """Return the largest amount of a kind that needs nobody else's yes; 0 where there is none."""
    alone = (
        row for row in limits(at) if row["role"] == role_of(by) and not row["others"] and kind in row["kinds"]
    )
    return max((parse_minor(row["amount_max"]) for row in alone), default=0)


def limits(at: datetime) -> list[Mapping[str, Any]]:
    """Return the rows of the matrix in force at a moment, in order."""
    return list(packs_at(at).value(LIMITS, at.date()))


def delegates(at: datetime) -> tuple[str, ...]:
    """Return the roles that may be lent authority."""
    return tuple(packs_at(at).value("house/authority/delegates", at.date()))


def covers(row: Mapping[str, Any], ask: Ask) -> bool:
    """Return whether one row of the matrix reaches what is asked."""
    return (
        ask.kind in row["kinds"]
        and ask.amount_minor <= parse_minor(row["amount_max"])
        and ask.months <= row["months_max"]
        and ask.waiver_minor <= parse_minor(row["waiver_max"])
        and ask.waiver_share <= Decimal(row["waiver_share_max"])
    )


def lent_by(user: User, roles: list[str], *, at: datetime) -> list[User]:
    """Return the colleagues of these roles whose authority a person holds at a moment."""
    found = Delegation.objects.filter(
        taker=user,
        since__lte=at,
        until__gt=at,
        revoked_at__isnull=True,
        giver__role__in=roles,
        giver__is_active=True,
    )
    return [each.giver for each in found.select_related("giver").order_by("giver_id")]


def lend(
    *, giver: User, taker: User, since: datetime, until: datetime, reason: str, at: datetime
) -> Delegation:
    """Lend one's own authority to a colleague for some days; raises BeyondAuthority with words."""
    packs, on = packs_at(at), at.date()
    if giver.role not in {row["role"] for row in limits(at) if row["others"]}:
        raise BeyondAuthority(_("Only who holds authority may lend it."))
    if taker.pk == giver.pk or taker.role not in delegates(at):
        raise BeyondAuthority(_("Authority is not lent to this person."))
    longest = timedelta(days=int(packs.value("house/authority/delegation_days_max", on)))
    if not since < until <= since + longest:
        raise BeyondAuthority(
            ngettext(
                "Authority is lent for %(days)d day at most.",
                "Authority is lent for %(days)d days at most.",
                longest.days,
            )
            % {"days": longest.days}
        )
    if not reason.strip():
        raise BeyondAuthority(_("Say why it is lent."))
    return Delegation.objects.create(
        giver=giver, taker=taker, since=since, until=until, reason=reason.strip(), made_at=at
    )


def revoke(delegation: Delegation, *, by: User, at: datetime) -> None:
    """Take lent authority back at once; the giver alone does."""
    if by.pk != delegation.giver_id:
        raise BeyondAuthority(_("Only who lent it takes it back."))
    Delegation.objects.filter(pk=delegation.pk, revoked_at__isnull=True).update(revoked_at=at)
