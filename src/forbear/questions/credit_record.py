"""May a bad event be reported, until when is it shown, and was it covered by the one-off repair?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, BadFact, Facts
from forbear.questions.periods import Days, Mask, add, check_days, iso, newest, stretches, values_over
from forbear.questions.registry import Question

Event = Literal["overdue", "unauthorised_use", "judgment", "other"]
EVENTS: tuple[str, ...] = get_args(Event)
KEPT = "cn/credit-reporting-2013/records/kept_years"
OBJECTION = "cn/credit-reporting-2013/deadlines/credit_objection_reply"
REPAIR, REPAIR_AMOUNT = "cn/credit-repair-2025/window/window", "cn/credit-repair-2025/window/amount_max"
NOTICE_RULE, KEPT_RULE, OBJECTION_RULE, COUNT_RULE = "CR-15", "CR-16", "CR-25", "CR-COUNT"
REPAIR_RULE, WITHDRAW_RULE = "CR-REPAIR25", "CR-CARD-14"
DAYS = ("started_on", "ended_on", "repaid_on", "notice_given_on", "report_on", "objection_on")
# Why the one-off repair does not cover a record; the order is that of the bits.
REASONS = ("kind", "amount", "arisen", "repaid_late", "window_closed")
NAT = np.datetime64("NaT", "D")


class CreditRecordFacts(Facts, frozen=True):
    """May it be reported, until when is it shown, is it repaired?"""

    event: Annotated[Event, Meta(description="The bad event. Default an overdue payment.")] = "overdue"
    started_on: Annotated[date | None, Meta(description="The day it arose. Default not known.")] = None
    ended_on: Annotated[
        date | None, Meta(description="The day it ended. Default the day of repayment, else not ended.")
    ] = None
    repaid_on: Annotated[date | None, Meta(description="The day all of it was repaid. Default not yet.")] = (
        None
    )
    amount: Annotated[Amount | None, Meta(description="The single overdue sum. Default not known.")] = None
    notice_given_on: Annotated[
        date | None, Meta(description="The day the person was told that it would be reported.")
    ] = None
    report_on: Annotated[
        date | None, Meta(description="The day of reporting. Default the day asked about.")
    ] = None
    lawfully_public: Annotated[bool, Meta(description="Is it public by law? Default no.")] = False
    objection_on: Annotated[date | None, Meta(description="The day an objection was received.")] = None
    withdrawal_requested: Annotated[
        bool, Meta(description="Does the cardholder ask to withdraw a record of another's use?")
    ] = False
    as_of: Annotated[
        date | None, Meta(description="The day asked about. Default the latest day given, or the newest law.")
    ] = None


def check(facts: CreditRecordFacts) -> None:
    """Raise BadFact for days that cannot be meant."""
    check_days(facts, (*DAYS, "as_of"))
    for name in ("ended_on", "repaid_on"):
        day = getattr(facts, name)
        if day is not None and facts.started_on is not None and day < facts.started_on:
            raise BadFact(name, day.isoformat(), "not before started_on")


@dataclass(frozen=True)
class CreditRecordAnswer:
    """Columns of shape (n,): flags 1, 0, -1 not known; days NaT where there is none."""

    n: int
    may_report: NDArray[np.int8]
    delete_after: Days
    objection_deadline: Days
    covered: NDArray[np.int8]
    hidden_by: Days
    uncovered: NDArray[np.int64]  # bits of REASONS
    must_withdraw: Mask
    repair_law: Mask  # the repair was already announced
    as_of: Days
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.as_of[i].astype(object)
        repair = {
            "covered": _flag(self.covered[i]),
            "hidden_by": iso(self.hidden_by[i]),
            "why_not": [word for bit, word in enumerate(REASONS) if self.uncovered[i] >> bit & 1],
        }
        result = {
            "may_report": _flag(self.may_report[i]),
            "delete_after": iso(self.delete_after[i]),
            "objection_deadline": iso(self.objection_deadline[i]),
            "repair": repair,
            "must_withdraw": bool(self.must_withdraw[i]),
        }
        reasons = self._reasons(i, on, lang)
        return envelope(result, result, reasons, on=on, packs=self.packs, needs=self._needs(i))

    def _reasons(self, i: int, on: date, lang: str) -> list[dict[str, Any]]:
        reason = self.packs.reason
        kept = None if self.may_report[i] == 0 and not self._theirs(i) else "permit"
        found = [reason(NOTICE_RULE, on=on, effect=kept, lang=lang)]
        found += [reason(KEPT_RULE, on=on, lang=lang, years=self.packs.value(KEPT, on))]
        if not np.isnat(self.objection_deadline[i]):
            day = self.facts["objection_on"][i].astype(object)
            count = self.packs.value(OBJECTION, day)
            found += [
                reason(OBJECTION_RULE, on=day, lang=lang, count=count),
                reason(COUNT_RULE, on=day, lang=lang),
            ]
        if self.repair_law[i]:
            amount = format_minor(parse_minor(str(self.packs.value(REPAIR_AMOUNT, on))))
            found += [
                reason(REPAIR_RULE, on=on, lang=lang, amount_max=amount, **self.packs.value(REPAIR, on))
            ]
        if self._theirs(i) and self.packs.rules[WITHDRAW_RULE].in_force(on):
            found += [reason(WITHDRAW_RULE, on=on, lang=lang)]
        return found

    def _theirs(self, i: int) -> bool:
        return bool(EVENTS[self.facts["event"][i]] == "unauthorised_use")

    def _needs(self, i: int) -> list[str]:
        facts = self.facts
        no_notice = np.isnat(facts["notice_given_on"][i]) and facts["lawfully_public"][i] == 0
        found = ["notice_given_on"] if no_notice and not self._theirs(i) else []
        if self.covered[i] == UNKNOWN and self.repair_law[i]:
            found += [name for name in ("started_on", "repaid_on") if np.isnat(facts[name][i])]
            found += ["amount"] if facts["amount"][i] == UNKNOWN else []
        return found


def _flag(code: Any) -> bool | None:
    return None if code == UNKNOWN else bool(code)


def answer(columns: Columns, *, packs: Packs, n: int) -> CreditRecordAnswer:
    """Judge n records under the law of their day; raises NoLawInForce with rows before the regulation."""
    as_of = _day_asked(columns, packs)
    years, _ = values_over(packs, (KEPT,), as_of)
    ended = np.where(np.isnat(columns["ended_on"]), columns["repaid_on"], columns["ended_on"])
    delete_after = add(ended, years.astype(np.int64), "years")
    theirs = columns["event"] == EVENTS.index("unauthorised_use")
    report = np.where(np.isnat(columns["report_on"]), as_of, columns["report_on"])
    # Told on an earlier day; without proof of it nothing is reported (art. 15).
    told = (columns["lawfully_public"] > 0) | (columns["notice_given_on"] < report)
    may_report = told & ~theirs & ~(report > delete_after)
    covered, hidden_by, uncovered, law = _repair(columns, as_of, packs)
    return CreditRecordAnswer(
        n, may_report.astype(np.int8), delete_after, _objection(columns["objection_on"], packs), covered, hidden_by,
        uncovered, theirs & (columns["withdrawal_requested"] > 0), law, as_of, columns, packs,
    )  # fmt: skip


def _day_asked(columns: Columns, packs: Packs) -> Days:
    given = np.full(columns["event"].shape, np.datetime64(newest(packs, (KEPT, REPAIR)), "D"))
    for name in DAYS:
        given = np.fmax(given, columns[name])
    return np.where(np.isnat(columns["as_of"]), given, columns["as_of"])


def _objection(received: Days, packs: Packs) -> Days:
    """Art. 25: days from receipt; a day off does not move the last one."""
    given = ~np.isnat(received)
    first = np.datetime64(packs.parameter(OBJECTION).starts[0], "D")
    count, _ = values_over(packs, (OBJECTION,), np.where(given, received, first))
    return np.where(given, add(received, count.astype(np.int64), packs.parameter(OBJECTION).unit), NAT)


def _repair(
    columns: Columns, as_of: Days, packs: Packs
) -> tuple[NDArray[np.int8], Days, NDArray[np.int64], Mask]:
    """Say whether the one-off repair covers each record, when it is hidden, what speaks against it, and if it existed."""
    n = as_of.shape
    covered, uncovered = np.full(n, UNKNOWN, dtype=np.int8), np.zeros(n, dtype=np.int64)
    hidden, law = np.full(n, NAT), np.zeros(n, dtype=bool)
    started, repaid, amount = columns["started_on"], columns["repaid_on"], columns["amount"]
    for start, until, window in stretches(packs, REPAIR):
        here = (as_of >= start) & (as_of <= until)
        law |= here
        day = {name: np.datetime64(value, "D") for name, value in window.items()}
        most = parse_minor(str(packs.value(REPAIR_AMOUNT, start.astype(object))))
        against = (
            columns["event"] != EVENTS.index("overdue"),
            amount > most,
            (started < day["arisen_from"]) | (started > day["arisen_until"]),
            repaid > day["repaid_until"],
            np.isnat(repaid) & (as_of > day["repaid_until"]),
        )
        bits = sum(np.where(held, 1 << bit, 0) for bit, held in enumerate(against))
        known = (amount >= 0) & ~np.isnat(started) & ~np.isnat(repaid)
        found = np.where(bits > 0, 0, np.where(known, 1, UNKNOWN))
        covered, uncovered = np.where(here, found, covered).astype(np.int8), np.where(here, bits, uncovered)
        early = repaid <= day["early_until"]
        month_after = (repaid.astype("datetime64[M]") + 2).astype("datetime64[D]") - 1  # its last day
        when = np.where(early, day["early_hidden_from"], month_after)
        hidden = np.where(here & (found == 1), when, hidden)
    return covered, hidden, uncovered, law


QUESTION = Question(
    "credit_record", "May it be reported, and until when is it shown?", CreditRecordFacts, answer, check=check
)
