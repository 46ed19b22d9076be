"""The script, step by step, its words filled in; steps that name an amount only once identity is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from forbear.privacy import mask_name
from forbear.web.cases.models import Case
from forbear.web.desk.figures import Figures
from forbear.web.desk.policy import script
from forbear.web.people.models import User
from forbear.web.people.permissions import may
from forbear.web.people.templatetags.forbear import day, money


@dataclass(frozen=True, slots=True)
class Said:
    """One step as it is read out; `words` empty where it must wait for the identity check."""

    code: str
    name: str
    words: str
    done: bool


def steps(
    case: Case, user: User, at: datetime, *, third: bool, card_tail: str, figures: Figures | None
) -> list[Said]:
    """Return the steps for who is on the line; figures none means identity is not confirmed."""
    known = {
        "staff_no": user.staff_no,
        "name": case.customer.name if may(user, "see_names") else mask_name(case.customer.name),
        "caller": user.display_name[:1],
        "tail": card_tail,
        **amounts(figures),
    }
    return [
        Said(
            step.code,
            step.name,
            "" if step.shows_amount and figures is None else step.say.format_map(known),
            done=step.code == "identity" and figures is not None,
        )
        for step in script(at.date(), third=third)
    ]


def amounts(figures: Figures | None) -> Mapping[str, str]:
    """Return the amounts a script may name."""
    if figures is None:
        return {}
    return {
        "past_due": money(figures.suggested_minor),
        "total": money(figures.total.total_minor),
        "data_on": day(figures.total.data_on),
        "promise_on": day(figures.promise_on),
    }
