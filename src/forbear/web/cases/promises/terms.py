"""The terms on which the house takes a promise: what it refuses, and in which words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.web.cases.authority import Ask, BeyondAuthority, alone_minor, needed
from forbear.web.cases.models import Case, CaseState
from forbear.web.cases.owed import total_owed_minor
from forbear.web.cases.policy import PromisePolicy, pay_channels
from forbear.web.cases.promises.record import promise_record
from forbear.web.cases.states import ENDED
from forbear.web.cases.words import money
from forbear.web.people.models import Role

if TYPE_CHECKING:
    from forbear.web.people.models import User


class PromiseRefused(ValueError):
    """A promise on terms the house does not take; `field` names what to change."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def refuse_terms(
    case: Case, *, amount_minor: int, due_on: date, pay_channel: str, on: date, policy: PromisePolicy
) -> None:
    """Raise PromiseRefused for an amount, date or channel that cannot be promised."""
    if CaseState(case.state) in ENDED or case.state == CaseState.PLAN:
        raise PromiseRefused(
            _("No promise can be taken while the case is: %(s)s.") % {"s": case.get_state_display()}, ""
        )
    if amount_minor <= 0:
        raise PromiseRefused(_("The amount must be more than zero."), "amount")
    owed = total_owed_minor(case, on)
    if amount_minor > owed:
        words = {"amount": money(amount_minor), "owed": money(owed)}
        raise PromiseRefused(_("%(amount)s is more than the whole debt of %(owed)s.") % words, "amount")
    if due_on < on:
        raise PromiseRefused(_("The date has passed."), "due_on")
    if due_on > on + timedelta(days=policy.days_ahead_max):
        last = on + timedelta(days=policy.days_ahead_max)
        reach: dict[str, object] = {"days": policy.days_ahead_max, "last": last.isoformat()}
        raise PromiseRefused(
            ngettext(
                "A promise reaches at most %(days)d day ahead, to %(last)s.",
                "A promise reaches at most %(days)d days ahead, to %(last)s.",
                policy.days_ahead_max,
            )
            % reach,
            "due_on",
        )
    if pay_channel not in pay_channels(on):
        raise PromiseRefused(_("Say how the money will come."), "pay_channel")


def refuse_one_too_many(
    case: Case, *, amount_minor: int, on: date, policy: PromisePolicy, approved_by: User | None
) -> None:
    """Raise PromiseRefused when too many promises failed and neither a lead nor a down payment vouches for this one."""
    record = promise_record(case, on)
    if not record.needs_approval:
        return
    needed = record.down_payment_minor(amount_minor, policy)
    if record.received_since_minor >= needed:
        return
    if approved_by is not None and approved_by.role in policy.approver_roles and approved_by.is_active:
        return
    words = {"failed": record.failed, "days": record.window_days, "needed": money(needed)}
    raise PromiseRefused(
        ngettext(
            "%(failed)d promise failed in %(days)d days. One more needs a lead's approval or a down payment of %(needed)s.",
            "%(failed)d promises failed in %(days)d days. One more needs a lead's approval or a down payment of %(needed)s.",
            record.failed,
        )
        % words,
        "approved_by",
    )


def refuse_beyond_authority(
    amount_minor: int, *, at: datetime, by: User | None, approved_by: User | None
) -> None:
    """Raise PromiseRefused for an amount that whoever takes the promise may not take alone; the words say who may say yes."""
    try:
        need = needed(Ask("promise", amount_minor), by=by, at=at)
    except BeyondAuthority as beyond:
        raise PromiseRefused(str(beyond), "amount") from beyond
    if need.alone or (need.persons == 1 and vouches(approved_by, need.role, by)):
        return
    words = {
        "amount": money(amount_minor), "own": money(alone_minor("promise", by=by, at=at)), "persons": need.persons,
        "role": Role(need.role).label,
    }  # fmt: skip
    raise PromiseRefused(
        ngettext(
            "%(amount)s is more than the %(own)s that need nobody: %(persons)d person has to agree (%(role)s). Ask for it.",
            "%(amount)s is more than the %(own)s that need nobody: %(persons)d people have to agree (%(role)s). Ask for it.",
            need.persons,
        )
        % words,
        "approved_by",
    )


def vouches(approver: User | None, role: str, by: User | None) -> bool:
    """Return whether somebody else, of the role, said yes."""
    return approver is not None and approver.is_active and approver.role == role and approver != by
