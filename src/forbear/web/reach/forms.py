"""What a debtor asks for, as a form says it; desk and reception read the same fields."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.web.reach import policy
from forbear.web.reach.contact_points import ReachRefused
from forbear.web.reach.selectors import Wishes, wishes
from forbear.web.reach.wishes import close_channel, leave_workplace_alone, open_channel, set_quiet_hours

if TYPE_CHECKING:
    from django.http import QueryDict

    from forbear.web.cases.models import Case
    from forbear.web.people.models import User

HOURS = re.compile(r"([a-z][a-z ]*?)?\s*(\d{1,2}:\d{2})\s*[-–—~至到]\s*(\d{1,2}:\d{2})")
SEPARATOR = re.compile(r"[,，;；、]\s*")


def read_hours(text: str) -> list[list[str]]:
    """Read "12:00-14:00, sat sun 08:00-22:00" as windows; raises ReachRefused for anything else."""
    windows = []
    for part in SEPARATOR.split(text.strip().lower()) if text.strip() else []:
        found = HOURS.fullmatch(part.strip())
        if found is None:
            raise ReachRefused(_("Write hours like 12:00-14:00."), "hours")
        days, first, last = found.groups()
        window = [first.zfill(5), last.zfill(5)]
        windows.append([*window, days.strip()] if days else window)
    return windows


def written(windows: Any) -> str:
    """Write windows as `read_hours` reads them."""
    return ", ".join(f"{' '.join(window[2:])} {window[0]}-{window[1]}".strip() for window in windows)


@transaction.atomic
def store(form: QueryDict, customer_id: int, *, at: datetime, by: User, case: Case | None) -> bool:
    """Store what differs from what stands; return whether anything did. All or nothing.

    Raises ReachRefused for hours that cannot be read.
    """
    stands = wishes(customer_id, at)
    said: dict[str, Any] = {"at": at, "by": by, "case": case}
    known = policy.named("channels", at.date())
    wanted_off = {code for code in known if code in form.getlist("off")}
    if form.get("in_writing") == "on":
        wanted_off |= set(policy.writing_only_closes(at.date()))
    changed = False
    for code in known:
        if (code in wanted_off) != (code in stands.channels_off):
            wish = close_channel if code in wanted_off else open_channel
            wish(customer_id, code, **said)
            changed = True
    quiet = read_hours(form.get("quiet", ""))
    if quiet != [list(window) for window in stands.quiet_hours]:
        set_quiet_hours(customer_id, quiet, **said)
        changed = True
    workplace = form.get("workplace") == "on"
    if workplace != stands.workplace_off:
        leave_workplace_alone(customer_id, off=workplace, **said)
        changed = True
    return changed


def drawn(customer_id: int, at: datetime) -> dict[str, Any]:
    """Return what the form is drawn from."""
    stands: Wishes = wishes(customer_id, at)
    closes = policy.writing_only_closes(at.date())
    return {
        "wishes": stands,
        "channels": [
            (code, name, code in stands.channels_off)
            for code, name in policy.named("channels", at.date()).items()
        ],
        "quiet": written(stands.quiet_hours),
        "in_writing": bool(closes) and all(code in stands.channels_off for code in closes),
    }
