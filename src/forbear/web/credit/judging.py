"""From the ledger's letters to what may be told: no bad news without proof that the debtor was told before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import Month, classify, is_bad
from forbear.packs import Packs
from forbear.questions import ask_columns
from forbear.web.credit.columns import Accounts, Days, Whole
from forbear.web.credit.models import Why

NAT = np.datetime64("NaT", "D")
ENDS = (b"C", b"G")
NO_RECORD, NOT_REPORTED = b"*", b"#"
OVERDUE, THEIRS = 0, 1  # codes of the question's event: an own arrears, use by somebody else


@dataclass(frozen=True)
class Judged:
    """What becomes of each account in a month; shape (n,)."""

    reported: NDArray[np.bool_]
    why: NDArray[np.str_]  # of Why, empty where reported
    shown: NDArray[np.bytes_]  # the letter the register will show
    class5: NDArray[np.str_]
    notice: Whole  # that covers this spell, 0 where none does


def judge(accounts: Accounts, month: Month, *, reported_on: date, packs: Packs) -> Judged:
    """Say of each account whether it is reported, and why not; every account gets exactly one outcome."""
    letter = month.letter
    bad, ended = is_bad(letter, packs, reported_on), np.isin(letter, ENDS)
    covers = accounts.told_on >= month.since
    over, may = _law(accounts, month, covers, ended, reported_on, packs)
    last_shown = accounts.cells[:, -1]
    outcomes = (
        (letter == NO_RECORD, Why.NOT_OPEN, NO_RECORD), (accounts.not_theirs, Why.NOT_THEIRS, NO_RECORD),
        (ended & over, Why.OVER, None), (ended & (last_shown == letter), Why.ENDED, None),
        (bad & ~may, Why.NO_NOTICE, NOT_REPORTED),
    )  # fmt: skip
    why = np.full(letter.shape, "", dtype="U12")
    shown = letter.copy()
    for held, reason, instead in reversed(outcomes):  # the first that holds is written last
        why[held] = reason.value
        shown[held] = letter[held] if instead is None else instead
    classes = classify(month.dpd, as_of=np.array(month.ends_on, dtype="datetime64[D]"), packs=packs).names()
    return Judged(why == "", why, shown, classes, np.where(bad & covers, accounts.notice, 0))


def _law(
    accounts: Accounts,
    month: Month,
    covers: NDArray[np.bool_],
    ended: NDArray[np.bool_],
    reported_on: date,
    packs: Packs,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether each record is past its last day, and whether bad news may be told."""
    end = np.where(month.letter == ENDS[0], accounts.marks.settled_on, accounts.marks.passed_on)
    answer = ask_columns(
        "credit_record",
        {
            "event": np.where(accounts.not_theirs, THEIRS, OVERDUE),
            "started_on": month.since,
            "ended_on": np.where(ended, end, NAT),
            "notice_given_on": np.where(covers, accounts.told_on, NAT),
            "report_on": np.datetime64(reported_on, "D"),
            "as_of": np.datetime64(reported_on, "D"),
        },
        packs=packs,
        n=accounts.ids.size,
    )
    return answer.delete_after < np.datetime64(reported_on, "D"), answer.may_report == 1


def may_turn_bad(accounts: Accounts, month: Month, *, on: date, packs: Packs) -> NDArray[np.bool_]:
    """Say of each account whether a month already told as good may be told as bad now: only with a notice of that spell."""
    ended = np.zeros(accounts.ids.shape, dtype=bool)
    return _law(accounts, month, accounts.told_on >= month.since, ended, on, packs)[1]


def keep_until(began: Days, ended: Days, most_minor: Whole, *, on: date, packs: Packs) -> tuple[Days, Days]:
    """Return until when ended spells may be shown, and from when the one-off repair hides them (NaT where it does not)."""
    answer = ask_columns(
        "credit_record",
        {
            "event": np.zeros(began.shape, dtype=np.int8), "started_on": began, "ended_on": ended, "repaid_on": ended,
            "amount": most_minor, "as_of": np.datetime64(on, "D"),
        },
        packs=packs,
        n=began.size,
    )  # fmt: skip
    return answer.delete_after, np.where(answer.covered == 1, answer.hidden_by, NAT)
