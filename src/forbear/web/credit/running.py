"""One month told to the register: corrections of what was told before, then one line for every account."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from pyarrow import csv

from forbear.ledger import Book, Month, is_bad, is_month_end, month_ends, month_of, shifted, strings
from forbear.packs import Packs
from forbear.web.credit import columns, spells
from forbear.web.credit.columns import LENGTH, Accounts, months_between
from forbear.web.credit.judging import NOT_REPORTED, Judged, judge, may_turn_bad
from forbear.web.credit.models import Cause, CreditCorrection, CreditLine, CreditRun
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User

Tell = Callable[[str, int, int], None]
STEPS = ("read", "letters", "write", "done")
NOTHING: Tell = lambda _step, _done, _total: None  # noqa: E731
NO_RECORD = "*"
LINES = (
    "run_id", "account_id", "letter", "reported", "why", "dpd", "past_due_minor", "balance_minor", "class5", "disputed",
    "notice_id", "history",
)  # fmt: skip
Cells = NDArray[np.bytes_]


class CreditRefused(ValueError):
    """What was asked of the credit record cannot be done; the message says why, `field` what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def begin(month: date, *, at: datetime, by: User | None) -> CreditRun:
    """Write down that a month is being told; raises CreditRefused for a month that is not over or not the next."""
    refuse_month(month, at.date())
    CreditRun.objects.filter(
        month=month, finished_at__isnull=True
    ).delete()  # one that was killed left nothing else
    try:
        with transaction.atomic():
            made: CreditRun = CreditRun.objects.create(month=month, reported_on=at.date(), at=at, by=by)
    except IntegrityError as error:
        raise CreditRefused(
            _("%(month)s was reported already.") % {"month": f"{month:%Y-%m}"}, "month"
        ) from error
    return made


def refuse_month(month: date, today: date) -> None:
    """Raise CreditRefused for a day that is no month-end, a month that is not over, or one before what was reported."""
    if not is_month_end(month):
        raise CreditRefused(_("Name the last day of a month."), "month")
    if month >= today:
        raise CreditRefused(_("A month is told once it is over; this one is not."), "month")
    before = columns.latest_run()
    if before is not None and month <= before.month:
        said = {"month": f"{before.month:%Y-%m}"}
        raise CreditRefused(
            _("%(month)s was reported already; earlier months change by corrections.") % said, "month"
        )


def run_month(run: CreditRun, *, tell: Tell = NOTHING) -> CreditRun:
    """Tell a month; everything or nothing is written. Raises NoLawInForce, BadFact."""
    packs = packs_at(run.at)
    before = columns.latest_run()
    tell("read", 0, 0)
    accounts, book = columns.load(run.month, run.reported_on, before)
    total = int(accounts.ids.size)
    tell("letters", 0, total)
    month = month_of(book, accounts.marks, run.month, packs=packs, known_on=run.reported_on)
    tell("write", 0, total)
    with transaction.atomic():
        corrected = correct(accounts, book, before, at=run.at, packs=packs) if before else []
        judged = judge(accounts, month, reported_on=run.reported_on, packs=packs)
        cells = moved_on(accounts, judged, months_between(before.month, run.month) if before else 1)
        spells.renew(accounts, cells, book, month, packs)
        corrected += take_out(accounts.ids, cells, run.month, on=run.reported_on, at=run.at, packs=packs)
        write_lines(run, accounts, month, judged, cells)
        run.counts = counted(judged, corrected)
        run.rows_done = run.rows_total = total
        run.save(update_fields=["counts", "rows_done", "rows_total"])
        finish(run)
    tell("done", total, total)
    return run


def finish(run: CreditRun) -> None:
    """Write the file of a run, sealed, and close it."""
    from forbear.web.credit.files import write_month

    run.sha256, run.bytes = write_month(run)
    run.finished_at = run.at
    run.save(update_fields=["sha256", "bytes", "finished_at"])


def moved_on(accounts: Accounts, judged: Judged, by: int) -> Cells:
    """Return the letters shown once this month is told; shape (n, LENGTH)."""
    cells = shifted(strings(accounts.cells), min(by, LENGTH)) if accounts.ids.size else accounts.cells
    cells[:, -1] = judged.shown
    return cells


def counted(judged: Judged, corrected: Sequence[CreditCorrection]) -> dict[str, Any]:
    """Return how many were reported by letter, withheld by reason, corrected by cause; reported + withheld = all."""
    reported = Counter(each.decode() for each in judged.shown[judged.reported].tolist())
    withheld = Counter(judged.why[~judged.reported].tolist())
    return {
        "all": int(judged.reported.size), "reported": dict(sorted(reported.items())), "withheld": dict(sorted(withheld.items())),
        "corrections": dict(sorted(Counter(str(each.cause) for each in corrected).items())),
    }  # fmt: skip


def write_lines(run: CreditRun, accounts: Accounts, month: Month, judged: Judged, cells: Cells) -> None:
    """Copy one line for every account."""
    n = accounts.ids.size
    table = pa.table(
        {
            "run_id": np.full(n, run.pk), "account_id": accounts.ids, "letter": _text(month.letter),
            "reported": judged.reported, "why": pa.array(judged.why.tolist()), "dpd": month.dpd,
            "past_due_minor": month.past_due_minor, "balance_minor": accounts.balance_minor,
            "class5": pa.array(judged.class5.tolist()), "disputed": accounts.disputed,
            "notice_id": pa.array(judged.notice, mask=judged.notice == 0), "history": _text(strings(cells)),
        }
    )  # fmt: skip
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {CreditLine._meta.db_table} ({', '.join(LINES)}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(sink.getvalue())


def _text(column: NDArray[np.bytes_]) -> pa.Array:
    return pa.array([each.decode() for each in column.tolist()], pa.string())


# ---- corrections ----
@transaction.atomic
def correct_now(*, at: datetime) -> list[CreditCorrection]:
    """Correct between two months what was booked or taken back since the last was told; raises CreditRefused before any."""
    before = columns.latest_run()
    if before is None:
        raise CreditRefused(_("No month was reported yet."))
    packs = packs_at(at)
    ids = columns.touched(before.at, before.month)
    accounts, book = columns.load(before.month, at.date(), before, ids)
    made = correct(accounts, book, before, at=at, packs=packs)
    month = month_of(book, accounts.marks, before.month, packs=packs, known_on=at.date())
    spells.renew(accounts, accounts.cells, book, month, packs)
    return made + take_out(accounts.ids, accounts.cells, before.month, on=at.date(), at=at, packs=packs)


def renew_spells(ids: Sequence[int], *, at: datetime) -> None:
    """Bring the spells of some accounts to what their letters say now."""
    before = columns.latest_run()
    if before is None:
        return
    packs = packs_at(at)
    accounts, book = columns.load(before.month, at.date(), before, ids)
    month = month_of(book, accounts.marks, before.month, packs=packs, known_on=at.date())
    spells.renew(accounts, accounts.cells, book, month, packs)


def correct(
    accounts: Accounts, book: Book, before: CreditRun, *, at: datetime, packs: Packs
) -> list[CreditCorrection]:
    """Compute the months told so far anew for accounts touched since, and correct what is different; letters follow in place.

    A month that the ledger says was good is corrected always; one that turns bad only where a notice covers it; one
    that an upheld objection settled stays as that left it.
    """
    some = np.searchsorted(accounts.ids, columns.touched(before.at, before.month))
    some = some[some < accounts.ids.size]
    if not some.size:
        return []
    part, known = book.take(some), at.date()
    few = _only(accounts, some)
    settled = _settled_by_objection(few.ids)
    made: list[CreditCorrection] = []
    for told in CreditRun.objects.filter(finished_at__isnull=False).order_by("month"):
        column = LENGTH - 1 - months_between(told.month, before.month)
        if column < 0:
            continue
        now = month_of(part, few.marks, told.month, packs=packs, known_on=known)
        made += _differences(few, now, column, settled, at, packs)
    accounts.cells[some] = few.cells
    CreditCorrection.objects.bulk_create(made, batch_size=spells.BATCH)
    return made


def _only(accounts: Accounts, some: NDArray[np.int64]) -> Accounts:
    marks = type(accounts.marks)(
        *(
            getattr(accounts.marks, name)[some]
            for name in ("opened_on", "settled_on", "written_off_on", "passed_on")
        )
    )
    return Accounts(
        accounts.ids[some], marks, accounts.balance_minor[some], accounts.told_on[some], accounts.notice[some],
        accounts.disputed[some], accounts.not_theirs[some], accounts.cells[some],
    )  # fmt: skip


def _settled_by_objection(ids: NDArray[np.int64]) -> set[tuple[int, date]]:
    rows = CreditCorrection.objects.filter(cause=Cause.OBJECTION, account_id__in=ids.tolist())
    return set(rows.values_list("account_id", "month"))


def _differences(
    few: Accounts, now: Month, column: int, settled: set[tuple[int, date]], at: datetime, packs: Packs
) -> list[CreditCorrection]:
    """Return the corrections of one month, and write them into the letters of these accounts."""
    shown = few.cells[:, column]
    bad = is_bad(now.letter, packs, now.ends_on)
    may = (
        ~bad
        | (may_turn_bad(few, now, on=at.date(), packs=packs) & (shown != NOT_REPORTED))
        | is_bad(shown, packs, now.ends_on)
    )
    differs = (now.letter != shown) & (shown != NO_RECORD.encode()) & may
    made = []
    for place in np.flatnonzero(differs).tolist():
        account = int(few.ids[place])
        if (account, now.ends_on) in settled:
            continue
        old, new = shown[place].decode(), now.letter[place].decode()
        made.append(
            CreditCorrection(
                account_id=account, month=now.ends_on, old=old, new=new, cause=Cause.LEDGER, at=at
            )
        )
        few.cells[place, column] = new.encode()
    return made


def take_out(
    ids: NDArray[np.int64], cells: Cells, month: date, *, on: date, at: datetime, packs: Packs
) -> list[CreditCorrection]:
    """Correct every bad month of spells whose time is over to no record; those that no letter tells any more need none."""
    made = []
    for spell, cause in spells.to_take_out(on=on, packs=packs):
        place = int(np.searchsorted(ids, spell.account_id))
        held = place < ids.size and ids[place] == spell.account_id
        for each in _months(spell.first_month, spell.last_month) if held else ():
            column = LENGTH - 1 - months_between(each, month)
            if column >= 0 and cells[place, column] not in (NO_RECORD.encode(), b"N"):
                old = cells[place, column].decode()
                made.append(
                    CreditCorrection(
                        account_id=spell.account_id, month=each, old=old, new=NO_RECORD, cause=cause, at=at
                    )
                )
                cells[place, column] = NO_RECORD.encode()
    return CreditCorrection.objects.bulk_create(made, batch_size=spells.BATCH)


def _months(first: date, last: date) -> Iterable[date]:
    return month_ends(last, months_between(first, last) + 1)


__all__ = ["STEPS", "CreditRefused", "begin", "correct_now", "renew_spells", "run_month"]
