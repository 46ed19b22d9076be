"""Reads what the collector wrote about a call: its result, a promise, days and times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from forbear.money import parse_minor
from forbear.web.cases.policy import promise_policy
from forbear.web.cases.services import PromiseTerms, Result
from forbear.web.desk.refusals import FieldWrong
from forbear.web.people.models import User

DAY_OF_MONTH = re.compile(r"\d{1,2}")
DAYS_AHEAD = re.compile(r"\+(\d{1,3})")
MONTH_AND_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")


def read_result(form: QueryDict, at: datetime, user: User, *, identity: bool) -> Result:
    """Read the wrap-up form; raises FieldWrong naming what cannot be read."""
    return Result(
        line=form.get("line", ""),
        party=form.get("party", ""),
        outcome=form.get("outcome", ""),
        reason=form.get("reason", ""),
        note=form.get("note", "").strip(),
        promise=read_promise(form, at, user) if form.get("outcome") in {"B01", "B02"} else None,
        callback_at=read_moment(form.get("callback_at", ""), at),
        preference=form.get("preference", ""),
        statement_made=form.get("statement") == "on",
        identity_passed=identity,
    )


def read_promise(form: QueryDict, at: datetime, user: User) -> PromiseTerms:
    """Read amount, date and channel; someone who may approve vouches for their own promise."""
    try:
        amount = parse_minor(form.get("amount", "").replace(",", "").replace("，", "").strip())
    except ValueError as error:
        raise FieldWrong(_("Write the amount like 1,234.50."), "amount") from error
    due_on = read_day(form.get("due_on", ""), at.date())
    lead = user if user.role in promise_policy(at.date()).approver_roles else None
    return PromiseTerms(amount, due_on, form.get("pay_channel", ""), approved_by=lead)


def read_day(text: str, today: date) -> date:
    """Read 2026-11-24, 11-24 (the next one), 15 (the next 15th) or +3 (in three days)."""
    text = text.strip().replace("/", "-")
    try:
        if ahead := DAYS_AHEAD.fullmatch(text):
            return today + timedelta(days=int(ahead[1]))
        if DAY_OF_MONTH.fullmatch(text):
            return next_day(today, lambda day: day.day == int(text))
        if found := MONTH_AND_DAY.fullmatch(text):
            return next_day(today, lambda day: (day.month, day.day) == (int(found[1]), int(found[2])))
        return date.fromisoformat(text)
    except ValueError as error:
        raise FieldWrong(_("Write the date like 2026-11-24, 11-24, 15 or +3."), "due_on") from error


def next_day(today: date, fits: Callable[[date], bool]) -> date:
    """Return the first day from today on that fits, within a year; raise ValueError when there is none."""
    for ahead in range(366):
        if fits(today + timedelta(days=ahead)):
            return today + timedelta(days=ahead)
    raise ValueError("no such day within a year")


def read_moment(text: str, at: datetime) -> datetime | None:
    """Read a time of today (15:30) or a moment (2026-11-24 15:30) in the bank's time."""
    text = text.strip().replace("T", " ")
    if not text:
        return None
    if len(text) <= 5:
        text = f"{at.date().isoformat()} {text}"
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=at.tzinfo)
    except ValueError as error:
        raise FieldWrong(_("Write the time like 15:30, or 2026-11-24 15:30."), "callback") from error
