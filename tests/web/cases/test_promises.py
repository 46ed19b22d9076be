"""Promises: terms, keeping, breaking, late posting, taking back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import services
from forbear.web.cases.models import CaseEvent, CaseState, PromiseChange, PromiseState
from forbear.web.cases.promises.judging import share_out
from forbear.web.desk.queue import QueueRow, my_day


def state(promise) -> str:
    promise.refresh_from_db()
    return promise.state


def queue_of(bank: Bank, on: str) -> tuple[QueueRow, ...]:
    """Return the collector's day at 09:00."""
    return my_day(bank.collector, moment(on, "09:00:00")).rows


def test_the_three_promise_man(bank: Bank) -> None:
    """Scenario S3, day by day: grace 1 day, tolerance 0, two failures call for a lead or a down payment."""
    case, account = bank.late_case()

    # 05-02 He promises 2,000.00 for 05-05.
    first = bank.promises(case, 200_000, due="2026-05-05", on="2026-05-02")
    case.refresh_from_db()
    assert case.state == CaseState.PTP

    # 05-06 is the day of grace: nothing is broken yet. 05-07 it is.
    assert bank.night("2026-05-06") == []
    assert bank.night("2026-05-07") == [("open", "broken")]
    case.refresh_from_db()
    assert case.state == CaseState.WORKING

    # 05-08 He promises 2,000.00 for 05-15; 1,500.00 arrives on 05-16, within grace, 500.00 short.
    second = bank.promises(case, 200_000, due="2026-05-15", on="2026-05-08")
    bank.pays(account, 150_000, value="2026-05-16")
    assert bank.night("2026-05-16") == []
    assert bank.night("2026-05-17") == [("open", "partial")]
    assert services.promise_record(case, day("2026-05-18")).failed == 2

    # 05-18 Third promise, 2,000.00 for 06-01: two failed, but the 1,500.00 that came since the second was made is
    # more than the down payment of 20 % x 2,000.00 = 400.00.
    third = bank.promises(case, 200_000, due="2026-06-01", on="2026-05-18")

    # 06-02 A payment of 2,000.00 with value date 05-05 is posted late: #1 is kept after the fact, #3 unchanged.
    bank.pays(account, 200_000, value="2026-05-05", booked="2026-06-02")
    assert bank.night("2026-06-02") == [("broken", "kept")]
    assert (state(first), state(second), state(third)) == ("kept", "partial", "open")
    audit = PromiseChange.objects.get(promise=first, new_state="kept")
    assert (audit.as_of, audit.reason, audit.received_minor) == (
        day("2026-06-02"),
        "late_posting_by_value_date",
        200_000,
    )
    assert CaseEvent.objects.filter(case=case, kind="promise_kept").count() == 1

    # #3 has run into its day of grace: the case is in the collector's day as a promise due, #1 no longer as broken.
    assert [(row.band.code, row.day) for row in queue_of(bank, "2026-06-02")] == [
        ("promise_due", day("2026-06-01"))
    ]

    # 06-02 He offers a fourth. #2 is partial and #3 has run past its date: two failed. The 2,000.00 carries a value
    # date before #3 was made, so it is no down payment. Refused, and refused again on 06-03 when #3 is broken.
    for on in ("2026-06-02", "2026-06-03"):
        bank.night(on)
        with pytest.raises(services.PromiseRefused, match=r"2 .*60") as refusal:
            bank.promises(case, 200_000, due="2026-06-10", on=on)
        assert refusal.value.field == "approved_by"
    assert state(third) == "broken"
    # Another debtor, freshly late and worth more, comes after the broken promise, in the order of the bands.
    fresh, _ = bank.late_case(on="2026-06-02", owed=9_000_000)
    assert [(row.case_id, row.band.code) for row in queue_of(bank, "2026-06-03")] == [
        (case.pk, "broken_promise"),
        (fresh.pk, "mine"),
    ]

    # A colleague's word is not a lead's.
    other = bank.person("wang", "collector")
    with pytest.raises(services.PromiseRefused):
        bank.promises(case, 200_000, due="2026-06-10", on="2026-06-03", approved_by=other)
    fourth = bank.promises(case, 200_000, due="2026-06-10", on="2026-06-03", approved_by=bank.lead)
    assert fourth.approved_by == bank.lead

    # KPI on 06-03: three matured, 2,000.00 each; received 2,000.00 + 1,500.00 + 0 of 6,000.00 = 58.33 % by amount,
    # 1 of 3 = 33.33 % by count. On 05-31, without the late posting: 1,500.00 of 4,000.00 = 37.50 %.
    rate = services.kept_rate(services.judge_promises(day("2026-06-03")))
    assert (rate.by_amount, rate.by_count) == (Decimal("58.33"), Decimal("33.33"))
    earlier = services.kept_rate(services.judge_promises(day("2026-05-31")))
    assert (earlier.by_amount, earlier.by_count) == (Decimal("37.50"), Decimal("0.00"))
    assert services.verify_chain(case) is None


def test_with_a_down_payment_the_fourth_promise_needs_no_lead(bank: Bank) -> None:
    case, account = bank.late_case()
    for made, due in (("2026-05-02", "2026-05-05"), ("2026-05-08", "2026-05-10")):
        bank.promises(case, 100_000, due=due, on=made)
        bank.night(str(day(due) + timedelta(days=2)))

    # 20 % of 1,000.00 = 200.00; one fen less does not do.
    bank.pays(account, 19_999, value="2026-05-13")
    with pytest.raises(services.PromiseRefused):
        bank.promises(case, 100_000, due="2026-05-20", on="2026-05-14")
    bank.pays(account, 1, value="2026-05-14")

    assert bank.promises(case, 100_000, due="2026-05-20", on="2026-05-14").approved_by is None


def test_failures_older_than_the_window_no_longer_count(bank: Bank) -> None:
    case, _ = bank.late_case()
    for made, due in (("2026-05-02", "2026-05-03"), ("2026-05-06", "2026-05-07")):
        bank.promises(case, 100_000, due=due, on=made)
        bank.night(str(day(due) + timedelta(days=2)))

    # 60 days after 05-06 is 07-05; on 07-06 only nothing is left in the window.
    assert services.promise_record(case, day("2026-07-05")).failed == 1
    assert services.promise_record(case, day("2026-07-06")).failed == 0


@pytest.mark.parametrize(
    ("amount", "due", "field"),
    [
        (0, "2026-05-05", "amount"),
        (-1, "2026-05-05", "amount"),
        (2_000_001, "2026-05-05", "amount"),  # 20,000.00 is the whole debt
        (100, "2026-05-01", "due_on"),
        (100, "2026-06-03", "due_on"),  # 31 days after 05-02 is 06-02
    ],
)
def test_a_promise_outside_the_terms_is_refused_naming_the_field(
    bank: Bank, amount: int, due: str, field: str
) -> None:
    case, _ = bank.late_case()

    with pytest.raises(services.PromiseRefused) as refusal:
        bank.promises(case, amount, due=due, on="2026-05-02")

    assert refusal.value.field == field
    assert not case.promises.exists()


def test_the_whole_debt_on_the_last_day_can_be_promised(bank: Bank) -> None:
    case, _ = bank.late_case()

    assert bank.promises(case, 2_000_000, due="2026-06-02", on="2026-05-02").state == PromiseState.OPEN


def test_a_new_promise_supersedes_the_open_one(bank: Bank) -> None:
    case, account = bank.late_case()
    old = bank.promises(case, 100_000, due="2026-05-05", on="2026-05-02")
    new = bank.promises(case, 200_000, due="2026-05-08", on="2026-05-03")

    bank.pays(account, 100_000, value="2026-05-04")
    bank.night("2026-05-10")

    assert state(old) == "superseded"
    assert old.superseded_by == new
    assert state(new) == "partial"  # the 1,000.00 counts for the promise that stands


def test_one_payment_counts_once_for_the_promise_due_first(bank: Bank) -> None:
    case, account = bank.late_case()
    other = bank.account(case.customer, "0022")
    bank.position(other, "2026-05-01", principal=500_000)
    early = bank.promises(case, 100_000, due="2026-05-05", on="2026-05-02")
    late = bank.promises(case, 100_000, due="2026-05-06", on="2026-05-02", account_id=other.pk)

    bank.pays(other, 150_000, value="2026-05-05")
    bank.night("2026-05-09")

    # 1,500.00: 1,000.00 for the one due 05-05, 500.00 left for the one due 05-06.
    assert (state(early), early.received_minor) == ("kept", 100_000)
    assert (state(late), late.received_minor) == ("partial", 50_000)
    assert account.pk != other.pk


def test_a_refund_is_not_a_repayment(bank: Bank) -> None:
    case, account = bank.late_case()
    promise = bank.promises(case, 100_000, due="2026-05-05", on="2026-05-02")

    bank.pays(account, 100_000, value="2026-05-04", kind="refund")
    bank.night("2026-05-07")

    assert state(promise) == "broken"


def test_money_that_had_come_before_the_promise_keeps_nothing(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.pays(account, 100_000, value="2026-05-02", booked="2026-05-02")  # posted at noon
    promise = services.make_promise(
        case,
        amount_minor=100_000,
        due_on=day("2026-05-05"),
        pay_channel="transfer",
        at=moment("2026-05-02", "15:00:00"),
        by=bank.collector,
    )
    bank.night("2026-05-07")

    assert state(promise) == "broken"


def test_taking_a_payment_back_unkeeps_the_promise(bank: Bank) -> None:
    case, account = bank.late_case()
    promise = bank.promises(case, 200_000, due="2026-05-05", on="2026-05-02")
    payment = bank.pays(account, 200_000, value="2026-05-05")
    bank.night("2026-05-06")
    assert state(promise) == "kept"

    bank.takes_back(payment, on="2026-05-20")

    assert bank.night("2026-05-20") == [("kept", "broken")]
    assert PromiseChange.objects.get(new_state="broken").reason == "payment_taken_back"
    # As of the day before, it is still kept: the past is not rewritten.
    assert services.judge_promises(day("2026-05-19")).states == [PromiseState.KEPT]


def test_reversing_the_file_unkeeps_the_promise_and_applying_it_again_keeps_it(bank: Bank) -> None:
    case, account = bank.late_case()
    promise = bank.promises(case, 200_000, due="2026-05-05", on="2026-05-02")
    payment = bank.pays(account, 200_000, value="2026-05-05")
    bank.night("2026-05-07")

    bank.reverses_file(payment)
    assert bank.night("2026-05-08") == [("kept", "broken")]
    bank.pays(account, 200_000, value="2026-05-05", booked="2026-05-09")

    assert bank.night("2026-05-09") == [("broken", "kept")]
    assert state(promise) == "kept"


def test_kept_rate_of_the_dossier(bank: Bank) -> None:
    """W16: matured 120,000.00, received within promise 86,400.00 -> 72.00 % by amount; by count it differs."""
    for received in (6_000_000, 2_640_000):
        case, account = bank.late_case(owed=10_000_000)
        bank.promises(case, 6_000_000, due="2026-05-05", on="2026-05-02", approved_by=bank.lead)
        bank.pays(account, received, value="2026-05-05")
    case, account = bank.late_case()
    bank.promises(case, 100_000, due="2026-05-30", on="2026-05-02")  # not matured: not counted

    rate = services.kept_rate(services.judge_promises(day("2026-05-07")))

    assert (rate.matured_minor, rate.received_minor) == (12_000_000, 8_640_000)
    assert rate.by_amount == Decimal("72.00")
    assert rate.by_count == Decimal("50.00")


def test_nothing_matured_gives_no_rate(bank: Bank) -> None:
    rate = services.kept_rate(services.judge_promises(day("2026-05-07")))

    assert rate.by_amount is None
    assert rate.by_count is None


def test_judging_a_hundred_promises_takes_as_many_queries_as_judging_one(bank: Bank) -> None:
    for _ in range(3):
        case, _account = bank.late_case()
        bank.promises(case, 100_000, due="2026-05-05", on="2026-05-02")

    with CaptureQueriesContext(connection) as queries:
        services.judge_promises(day("2026-05-07"))

    assert len(queries) == 2


def test_judging_twice_changes_nothing(bank: Bank) -> None:
    case, _ = bank.late_case()
    bank.promises(case, 100_000, due="2026-05-05", on="2026-05-02")
    bank.night("2026-05-07")

    assert bank.night("2026-05-07") == []
    assert PromiseChange.objects.count() == 1


def test_sharing_out_never_creates_or_loses_money() -> None:
    """Random windows against the slow way: each fen once, promises in order of due date."""
    random = np.random.default_rng(7)
    for _ in range(50):
        promises = int(random.integers(1, 8))
        case = np.sort(random.integers(0, 3, promises))
        amount = random.integers(1, 50, promises)
        payments = int(random.integers(1, 10))
        net, owner = random.integers(0, 40, payments), random.integers(0, 3, payments)
        pairs = [
            (p, e)
            for p in range(promises)
            for e in range(payments)
            if owner[e] == case[p] and random.random() < 0.7
        ]
        if not pairs:
            continue
        left, slow = net.copy(), np.zeros(promises, dtype=np.int64)
        for p, e in pairs:
            taken = min(left[e], amount[p] - slow[p])
            left[e], slow[p] = left[e] - taken, slow[p] + taken
        columns = np.array(pairs)
        ids = np.arange(promises) + 100
        quick = share_out(ids, case, amount, columns[:, 0] + 100, columns[:, 1], net[columns[:, 1]])
        assert quick.tolist() == slow.tolist()
