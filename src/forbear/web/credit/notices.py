"""Telling debtors before bad news about them is reported: messages through the outbox, papers that were served."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear.ledger import is_bad, month_ends, month_of
from forbear.web.bulk import insert_rows
from forbear.web.cases.models import Case
from forbear.web.cases.timeline import NewEvent, append_event, append_events, locked_case
from forbear.web.credit import columns
from forbear.web.credit.models import CreditNotice
from forbear.web.credit.running import CreditRefused
from forbear.web.documents.services import DocumentRefused, receive
from forbear.web.law.current import packs_at
from forbear.web.outbox.body import Body
from forbear.web.outbox.enqueue import Draft, row_of_draft
from forbear.web.outbox.models import WAITING, MessageState
from forbear.web.outbox.points import best_points, needs_point
from forbear.web.outbox.policy import next_window
from forbear.web.portfolio.models import Account

if TYPE_CHECKING:
    from forbear.web.people.models import User

TEMPLATE, VERSION, PURPOSE, DOCUMENT = "credit_notice", "1", "service", "credit_notice_receipt"
AT_ONCE = 2000
ON_ITS_WAY = (*WAITING, MessageState.HANDED_OVER, MessageState.SENT, MessageState.UNCERTAIN)
CASES = """
SELECT DISTINCT ON (a.id) a.id, c.id FROM portfolio_account a
JOIN cases_case c ON c.customer_id = a.customer_id AND c.product = a.product
WHERE a.id = ANY(%s) AND c.closed_on IS NULL ORDER BY a.id, c.id DESC
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a round of notices, by case: planned, without a number, already on its way; and accounts without a case."""

    planned: int
    without_point: int
    already: int
    without_case: int


def plan_notices(*, at: datetime, by: User | None = None) -> Told:
    """Plan a message to every debtor whose account would be bad news at the month's end and who was not told in this spell."""
    month = month_ends(at.date(), 1)[0]
    cases, lost = _by_case(untold(at))
    counts: Counter[str] = Counter()
    wanted = sorted(cases)
    for start in range(0, len(wanted), AT_ONCE):
        some = {case: cases[case] for case in wanted[start : start + AT_ONCE]}
        with transaction.atomic():
            counts.update(_plan(some, month, at, by))
    return Told(counts["planned"], counts["withdrawn"], counts["already"], lost)


def untold(at: datetime) -> list[int]:
    """Return accounts that are past due today and whose debtor was not told since that began; one columnar question."""
    packs, today = packs_at(at), at.date()
    accounts, book = columns.load(today, today + timedelta(days=1), None)  # a receipt of today counts
    now = month_of(book, accounts.marks, today, packs=packs)
    open_bad = is_bad(now.letter, packs, today) & ~accounts.not_theirs
    told = accounts.told_on >= now.since
    found: list[int] = accounts.ids[np.flatnonzero(open_bad & ~told)].tolist()
    return found


def _by_case(accounts: Sequence[int]) -> tuple[dict[int, list[int]], int]:
    with connection.cursor() as cursor:
        cursor.execute(CASES, [list(accounts)])
        pairs = cursor.fetchall()
    by_case: defaultdict[int, list[int]] = defaultdict(list)
    for account, case in pairs:
        by_case[case].append(account)
    return dict(by_case), len(accounts) - len(pairs)


def _plan(some: Mapping[int, list[int]], month: date, at: datetime, by: User | None) -> Counter[str]:
    said = packs_at(at).value("house/credit/notice", at.date())
    channel, waits = said["channel"], timedelta(days=int(said["waits_days"]))
    there = _on_its_way(some, month)
    cases = list(Case.objects.filter(pk__in=set(some) - there).select_related("customer").order_by("pk"))
    lacking = needs_point(channel, at)
    points = best_points(channel, {case.customer_id for case in cases}, at) if lacking else {}
    tails = dict(
        Account.objects.filter(pk__in=[a for case in cases for a in some[case.pk]]).values_list(
            "pk", "card_no_tail"
        )
    )
    rows, notices = [], []
    for case in cases:
        point = points.get(case.customer_id)
        draft = Draft(
            case, channel, Body(text(tails[some[case.pk][0]], month, at)), TEMPLATE, VERSION, purpose=PURPOSE
        )
        row = row_of_draft(
            draft,
            point,
            key=f"credit_notice:{case.pk}:{month}",
            cause=f"credit:{month:%Y-%m}",
            at=at,
            lost=lacking and point is None,
        )
        row.not_before = next_window(channel, at, ZoneInfo(case.customer.timezone))[0]
        row.not_after = row.not_before + waits
        rows.append(row)
        notices.append(
            CreditNotice(
                case=case, customer_id=case.customer_id, accounts=some[case.pk], month=month, at=at, by=by
            )
        )
    insert_rows(rows)
    for notice, row in zip(notices, rows, strict=True):
        notice.message = row
    CreditNotice.objects.bulk_create(notices)
    append_events(
        [NewEvent(case.pk, "credit_notice", {"month": f"{month:%Y-%m}"}) for case in cases], at=at, by=by
    )
    return Counter([*(str(row.state) for row in rows), *["already"] * len(there)])


def _on_its_way(some: Mapping[int, list[int]], month: date) -> set[int]:
    """Return cases with a message of this month, or an earlier one that may still arrive."""
    rows = CreditNotice.objects.filter(case_id__in=list(some))
    mine = set(rows.filter(month=month, message__isnull=False).values_list("case_id", flat=True))
    return mine | set(rows.filter(message__state__in=ON_ITS_WAY).values_list("case_id", flat=True))


def text(card_tail: str, month: date, at: datetime) -> str:
    """Return what the debtor is told, in the language of the house's messages."""
    packs, on = packs_at(at), at.date()
    house = {name: packs.value(f"house/messages/{name}", on) for name in ("bank", "hotline", "language")}
    words: Mapping[str, Any] = packs.value("house/credit/notice_text", on)[0]
    last_day = month.isoformat()
    return str(words[house["language"]]).format(
        bank=house["bank"], hotline=house["hotline"], card_tail=card_tail, last_day=last_day
    )


@transaction.atomic
def note_served(case: Case, *, served_on: date, content: bytes, at: datetime, by: User) -> CreditNotice:
    """Write down that a paper notice reached the debtor, with the proof of it. Raises CreditRefused."""
    case = locked_case(case.pk)
    if served_on > at.date():
        raise CreditRefused(_("It cannot have been served on a day to come."), "served_on")
    try:
        kept = receive(case, content, kind=DOCUMENT, title=_("Proof that the debtor was told"), at=at, by=by)
    except DocumentRefused as refused:
        raise CreditRefused(str(refused), "file") from refused
    accounts = list(
        Account.objects.filter(customer_id=case.customer_id, product=case.product).values_list(
            "pk", flat=True
        )
    )
    made: CreditNotice = CreditNotice.objects.create(
        case=case, customer_id=case.customer_id, accounts=accounts, month=month_ends(served_on, 1)[0], document=kept,
        served_on=served_on, at=at, by=by,
    )  # fmt: skip
    payload = {"served_on": served_on.isoformat(), "document": kept.pk}
    append_event(case, kind="credit_notice", at=at, by=by, payload=payload)
    return made
