"""What follows from approvals, from holds and from the bank's facts; connected once when the app starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from forbear.web.agreements import keeping, matters, plans, settling, waivers
from forbear.web.agreements.stopping import withdraw_everywhere
from forbear.web.agreements.terms import KINDS
from forbear.web.cases import approvals, changes, holds
from forbear.web.cases.models import Hold


def connect() -> None:
    """Register with the case's approvals, holds and changes."""
    for kind in KINDS:
        approvals.register(kind, approvals.Kind(plans.on_approved, plans.on_refused))
    approvals.register("settlement", approvals.Kind(waivers.on_approved, waivers.on_refused))
    approvals.register("hardship", approvals.Kind(matters.on_approved))
    holds.PLACED.append(on_hold)
    changes.FOLLOWERS.append(on_facts)


def on_hold(hold: Hold) -> None:
    """Withdraw what waits to be sent, and open the matter the hold stands for."""
    withdraw_everywhere(hold.case, why=f"hold: {hold.kind}", at=hold.since, by=hold.by)
    matters.open_for_hold(hold)


def on_facts(case_ids: Sequence[int], as_of: date, at: datetime) -> None:
    """Judge plans, settlements and hardships of cases whose facts may have changed."""
    keeping.judge_plans(case_ids, as_of, at)
    settling.judge_waivers(case_ids, as_of, at)
    matters.end_hardships(case_ids, as_of, at)
