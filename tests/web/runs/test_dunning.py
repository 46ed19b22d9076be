"""The peers' dunning workload on a real PostgreSQL: levels, history, a crash in the middle, the same day twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.portfolio import messages_only, receivables
from tests.web.runs.conftest import deliver

from forbear.packs import Packs
from forbear.web.cases.models import Case
from forbear.web.cases.services import place_hold
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account, LedgerEntry
from forbear.web.runs import commit
from forbear.web.runs.models import DayRun, Message, Outcome, RunState
from forbear.web.runs.services import Ran, run_day

DUE = date(2026, 5, 1)
ACCOUNTS, OWED = 20, 10_000  # 100.00 each
DISPUTED, PAID_LATE, PART_PAID = "A000000000", "A000000001", "A000000002"
Run = Callable[[int], Ran]


def on(days: int) -> date:
    return DUE + timedelta(days=days)


@pytest.fixture
def packs(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    return messages_only(tmp_path_factory.mktemp("packs"))


@pytest.fixture
def run(transactional_db: None, home: Path, packs: Packs) -> Run:
    """Deliver the workload; return `run(days after the due date)`."""
    deliver(receivables(ACCOUNTS, due=DUE, owed=OWED, as_of=on(6)), on(6))
    return lambda days: run_day(on(days), home=home, packs=packs)


def levels(ran: Ran) -> dict[int, int]:
    return dict(Counter(Message.objects.filter(run=ran.run).values_list("level", flat=True)))


def case_of(account_no: str) -> Case:
    return Case.objects.get(customer=Account.objects.get(account_no=account_no).customer)


def history(account_no: str) -> list[int]:
    sent = Message.objects.filter(case=case_of(account_no), run__state=RunState.COMMITTED)
    return list(sent.order_by("run__as_of").values_list("level", flat=True))


def pays(account_no: str, amount: int, *, value: date, booked: date) -> None:
    """Post one payment in a file of the day it was booked."""
    account = Account.objects.get(account_no=account_no)
    LedgerEntry.objects.create(
        entry_no=f"E{account.pk}", account=account, kind="payment", amount_minor=amount, value_on=value,
        booked_on=booked, batch=deliver({}, booked),
    )  # fmt: skip


def test_four_runs_bring_everybody_to_the_level_due_and_keep_the_history(run: Run) -> None:
    assert levels(run(6)) == {1: ACCOUNTS}
    assert levels(run(21)) == {2: ACCOUNTS}
    assert levels(run(41)) == {3: ACCOUNTS}
    assert levels(run(42)) == {}
    assert Message.objects.count() == 3 * ACCOUNTS
    assert Outcome.objects.count() == 4 * ACCOUNTS


def test_a_run_that_breaks_while_it_commits_and_the_same_day_twice_add_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(6)
    copy = commit.copy_table

    def copy_then_break(cursor: Any, table: str, data: Any, **named: Any) -> None:
        copy(cursor, table, data, **named)
        if table == "runs_outcome":
            raise ConnectionError("the server went away")

    with monkeypatch.context() as patched:
        patched.setattr(commit, "copy_table", copy_then_break)
        with pytest.raises(ConnectionError):
            run(21)
    assert Message.objects.count() == Outcome.objects.count() == ACCOUNTS

    again, twice = run(21), run(21)

    assert levels(again) == {2: ACCOUNTS}
    assert (twice.already, twice.run.pk) == (True, again.run.pk)
    assert Message.objects.count() == Outcome.objects.count() == 2 * ACCOUNTS
    assert DayRun.objects.count() == 2


def test_disputed_part_paid_and_paid_with_an_earlier_value_date(run: Run) -> None:
    clerk = User.objects.create_user(
        username="zhao", password="not-a-real-password", display_name="赵", staff_no="1", role=Role.MANAGER
    )
    run(6)
    at = datetime(2026, 5, 8, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    place_hold(case_of(DISPUTED), kind="dispute", at=at, by=clerk)
    pays(PART_PAID, 4_000, value=on(10), booked=on(10))
    run(21)
    pays(PAID_LATE, OWED, value=DUE, booked=on(22))
    last = run(41)

    assert history(DISPUTED) == [1]  # nothing after the dispute was opened
    assert history(PART_PAID) == [1, 2, 3]
    assert history(PAID_LATE) == [1, 2]  # what was sent before the payment was known stays on record
    rows = {
        row.account.account_no: row for row in Outcome.objects.filter(run=last.run).select_related("account")
    }
    assert (rows[DISPUTED].outcome, rows[DISPUTED].reason) == ("hold", "hold_dispute")
    assert rows[PART_PAID].past_due_minor == OWED - 4_000
    assert (rows[PAID_LATE].outcome, rows[PAID_LATE].past_due_minor) == ("current", 0)
