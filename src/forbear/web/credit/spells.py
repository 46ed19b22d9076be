"""Spells of arrears that were reported, told apart in the letters of an account; computed anew by each run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forbear.ledger import Book, Marks, Month, bad_letters, cured_between, month_ends, month_of, strings
from forbear.packs import Packs
from forbear.web.bulk import insert_rows, update_rows
from forbear.web.credit.columns import LENGTH, Accounts
from forbear.web.credit.judging import keep_until
from forbear.web.credit.models import Cause, CreditSpell

WORST = "1234567DZB"  # from the mildest
UNTOLD, NO_RECORD = b"#", b"*"
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Stretch:
    """One spell in the letters of one account: places of its first and last bad month, counted from the oldest."""

    place: int  # of the account
    first: int
    last: int
    worst: str


@dataclass(slots=True)
class Found:
    """A spell as it is stored, where its account stands, and whether it goes on."""

    row: CreditSpell
    place: int
    goes_on: bool
    fresh: bool  # its beginning is to be read from the ledger
    clean_before: bool  # the month before it was told as good, so it cannot have begun earlier


def stretches(cells: NDArray[np.bytes_], bad: Iterable[bytes]) -> list[Stretch]:
    """Return the spells of every account; a month that was not reported between bad ones does not part them."""
    letters = b"".join(sorted(bad)).decode()
    pattern = re.compile(f"[{letters}](?:[{letters}#]*[{letters}])?")
    found = []
    for place, row in enumerate(strings(cells).tolist()):
        for match in pattern.finditer(row.decode()):
            worst = max((each for each in match[0] if each in WORST), key=WORST.index)
            found.append(Stretch(place, match.start(), match.end() - 1, worst))
    return found


def renew(
    accounts: Accounts, cells: NDArray[np.bytes_], book: Book, month: Month, packs: Packs
) -> list[Found]:
    """Bring the stored spells of these accounts to what their letters say; return those that are shown."""
    ends = month_ends(month.ends_on, LENGTH)
    bad = bad_letters(packs, month.ends_on)
    now_bad = np.isin(month.letter, sorted(bad))
    left = _stored(accounts, ends[0])
    found = []
    for each in stretches(cells, bad):
        account = int(accounts.ids[each.place])
        row = _taken(left[account], ends[each.first], ends[each.last])
        if row is None:
            row = CreditSpell(
                account_id=account, first_month=ends[each.first], began_on=ends[each.first], most_minor=0
            )
        # What has left the oldest month began before it; else a correction moved its beginning.
        fresh = row.pk is None or (each.first > 0 and row.first_month != ends[each.first])
        row.first_month = ends[each.first] if fresh else row.first_month
        row.worst, row.last_month = each.worst, ends[each.last]
        tail = set(cells[each.place, each.last + 1 :].tolist())
        one = Found(
            row, each.place, bool(now_bad[each.place]) and tail <= {UNTOLD}, fresh, _good(cells, each)
        )
        if one.goes_on:
            row.most_minor = max(row.most_minor, int(month.past_due_minor[each.place]))
            row.ended_on = None
        found.append(one)
    _date_beginnings([one for one in found if one.fresh], book, month, packs)
    _date_ends([one for one in found if not one.goes_on and one.row.ended_on is None], book, month, packs)
    _store(found, [row for rows in left.values() for row in rows])
    return found


def _good(cells: NDArray[np.bytes_], each: Stretch) -> bool:
    return each.first > 0 and cells[each.place, each.first - 1] not in (UNTOLD, NO_RECORD)


def _stored(accounts: Accounts, oldest: date) -> defaultdict[int, list[CreditSpell]]:
    """Return the stored spells that the letters can still tell, by account."""
    rows = CreditSpell.objects.filter(gone_on__isnull=True, last_month__gte=oldest)
    if accounts.ids.size < BATCH:
        rows = rows.filter(account_id__in=accounts.ids.tolist())
    by_account: defaultdict[int, list[CreditSpell]] = defaultdict(list)
    for row in rows.iterator(chunk_size=BATCH):
        by_account[row.account_id].append(row)
    return by_account


def _taken(rows: list[CreditSpell], first: date, last: date) -> CreditSpell | None:
    """Take the stored spell that overlaps these months or goes right before them out of the list."""
    for row in rows:
        if row.first_month <= last and row.last_month >= first:
            rows.remove(row)
            return row
    return None


def _store(found: Sequence[Found], left: Sequence[CreditSpell]) -> None:
    CreditSpell.objects.filter(pk__in=[row.pk for row in left]).delete()
    rows = [one.row for one in found]
    known = [row for row in rows if row.pk is not None]
    update_rows(known, ["worst", "first_month", "last_month", "most_minor", "began_on", "ended_on"])
    insert_rows([row for row in rows if row.pk is None])


def _date_beginnings(new: Sequence[Found], book: Book, month: Month, packs: Packs) -> None:
    """Write on which day new spells began and what was past due, as the ledger has them at their first month-end."""
    for first in sorted({one.row.first_month for one in new}):
        some = [one for one in new if one.row.first_month == first]
        places, at = _places(some)
        part = book.take(places)
        never = np.full(part.accounts, np.datetime64("NaT", "D"))
        then = month_of(part, Marks(never, never, never, never), first, packs=packs, known_on=month.ends_on)
        for one in some:
            since = then.since[at[one.place]]
            if not np.isnat(since):
                one.row.began_on = since.astype(object)
            if one.clean_before:
                one.row.began_on = max(one.row.began_on, first.replace(day=1))
            one.row.most_minor = max(one.row.most_minor, int(then.past_due_minor[at[one.place]]))


def _date_ends(over: Sequence[Found], book: Book, month: Month, packs: Packs) -> None:
    """Write on which day spells that are over ended: the first day on which nothing was past due."""
    for last in sorted({one.row.last_month for one in over}):
        some = [one for one in over if one.row.last_month == last]
        places, at = _places(some)
        cured = cured_between(book.take(places), last, month.ends_on, packs)
        for one in some:
            day = cured[at[one.place]]
            # Where an objection ended it and not the ledger, it ended by the first month-end that is told as good.
            one.row.ended_on = _next_end(last) if np.isnat(day) else day.astype(object)


def _next_end(last: date) -> date:
    return month_ends(last + timedelta(days=1), 1)[0]


def _places(some: Sequence[Found]) -> tuple[NDArray[np.int64], dict[int, int]]:
    places = np.array(sorted({one.place for one in some}), dtype=np.int64)
    return places, {place: i for i, place in enumerate(places.tolist())}


def to_take_out(*, on: date, packs: Packs) -> list[tuple[CreditSpell, Cause]]:
    """Return ended spells whose five years are over or that the repair hides by a day; all get their last day stored."""
    ended = list(CreditSpell.objects.filter(ended_on__isnull=False, gone_on__isnull=True).order_by("pk"))
    if not ended:
        return []
    began = np.array([each.began_on for each in ended], dtype="datetime64[D]")
    end = np.array([each.ended_on for each in ended], dtype="datetime64[D]")
    most = np.array([each.most_minor for each in ended], dtype=np.int64)
    last, hidden = keep_until(np.minimum(began, end), end, most, on=on, packs=packs)
    gone = []
    changed = []
    for each, delete_after, hidden_by in zip(ended, last.tolist(), hidden.tolist(), strict=True):
        was = (each.delete_after, each.hidden_by)
        each.delete_after, each.hidden_by = delete_after, hidden_by
        over = each.delete_after is not None and each.delete_after < on
        if over or (each.hidden_by is not None and each.hidden_by <= on):
            each.gone_on = on
            gone.append((each, Cause.OVER if over else Cause.REPAIR))
        if each.gone_on or was != (delete_after, hidden_by):
            changed.append(each)
    update_rows(changed, ["delete_after", "hidden_by", "gone_on"])
    return gone
