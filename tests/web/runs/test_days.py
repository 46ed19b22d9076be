"""Days on one database: the same twice, a back-dated payment, cures, owners, and what stays apart."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from bench.portfolio import Shape, canonical
from tests.web.runs.conftest import AS_OF, deliver, hire

from forbear.packs import NoLawInForce
from forbear.web.cases.models import Case, CaseState
from forbear.web.intake.models import ImportBatch
from forbear.web.ledger.models import Comparison
from forbear.web.portfolio.models import Account
from forbear.web.runs.models import DayRun, Message, Outcome, QueueItem, RunState
from forbear.web.runs.selectors import what_was_wrong
from forbear.web.runs.services import DayBusy, one_at_a_time, run_day

TOMORROW = AS_OF + timedelta(days=1)


def payment(account_no: str, amount: int, *, value_on: date, booked_on: date) -> dict[str, pa.Table]:
    """Return a file with one payment."""
    from bench.portfolio import ENTRIES, _made, _numbered

    row = _made(
        ENTRIES, 1, entry_no=f"P-{account_no}-{booked_on}", account_no=account_no, kind="payment",
        amount_minor=amount, currency="CNY", value_on=value_on, booked_on=booked_on,
    )  # fmt: skip
    return {"entries": _numbered(row)}


def worst(run: DayRun) -> Outcome:
    """Return the outcome of the account with the most past due that is called today and has no sibling."""
    alone = Outcome.objects.filter(run=run, outcome="call").order_by("-past_due_minor", "account_id")
    return next(o for o in alone if Account.objects.filter(customer_id=o.customer_id).count() == 1)


def test_the_same_day_twice_changes_nothing(book: ImportBatch, home: Path) -> None:
    first = run_day(AS_OF, home=home)
    again = run_day(AS_OF, home=home)
    assert (again.already, again.run.pk) == (True, first.run.pk)
    assert Outcome.objects.count() == 300


def test_whoever_starts_a_run_it_is_held_against_the_banks_own_figures(book: ImportBatch, home: Path) -> None:
    run = run_day(AS_OF, home=home).run
    held = run.summary["bank_figures"]
    made = Comparison.objects.get()
    assert held is None or (held["accounts"], held["equal"]) == (made.accounts, made.equal)
    assert held["accounts"] == held["equal"] + held["different"] + held["not_comparable"] == 300
    assert DayRun.objects.get().summary["bank_figures"] == held


def test_every_account_has_one_outcome_and_every_contact_its_place(book: ImportBatch, home: Path) -> None:
    run = run_day(AS_OF, home=home).run
    assert Outcome.objects.filter(run=run).count() == Account.objects.count()
    queued = Outcome.objects.filter(run=run, outcome__in=["call", "visit", "legal"]).count()
    assert QueueItem.objects.filter(run=run).count() == queued
    written = Outcome.objects.filter(run=run, outcome__in=["sms", "push", "email", "letter"]).count()
    assert Message.objects.filter(run=run).count() == written


def test_the_cases_carry_what_the_run_found(book: ImportBatch, home: Path) -> None:
    run = run_day(AS_OF, home=home).run
    found = worst(run)
    case = Case.objects.get(customer_id=found.customer_id)
    assert (case.dpd, case.bucket, case.risk_class) == (found.dpd, found.bucket, found.risk_class)
    assert (case.past_due_minor, case.total_minor, case.aged_on) == (
        found.past_due_minor,
        found.total_minor,
        AS_OF,
    )


def test_a_queued_case_belongs_to_its_collector_and_stays_there(book: ImportBatch, home: Path) -> None:
    def owners(run: DayRun) -> dict[tuple[int, str], int]:
        held = QueueItem.objects.filter(run=run, owner__isnull=False).values_list(
            "case_id", "queue", "owner_id"
        )
        return {(case, queue): owner for case, queue, owner in held}

    first = owners(run_day(AS_OF, home=home).run)
    assert dict(Case.objects.filter(owner__isnull=False).values_list("pk", "owner_id")) == {
        case: owner for (case, _), owner in first.items()
    }
    second = owners(run_day(TOMORROW, home=home).run)
    both = first.keys() & second.keys()  # one that rolled on to another stage goes to another skill group
    assert both
    assert {key: first[key] for key in both} == {key: second[key] for key in both}


def test_a_back_dated_payment_makes_a_new_run_and_lists_what_was_wrong(book: ImportBatch, home: Path) -> None:
    first = run_day(AS_OF, home=home).run
    found = worst(first)
    account = Account.objects.get(pk=found.account_id)
    # Paid long ago, booked today: known on AS_OF, so the day is run over other facts.
    deliver(
        payment(account.account_no, found.past_due_minor, value_on=AS_OF - timedelta(days=3), booked_on=AS_OF)
    )
    second = run_day(AS_OF, home=home)
    assert not second.already
    first.refresh_from_db()
    assert (first.state, second.run.state) == (RunState.SUPERSEDED, RunState.COMMITTED)
    assert Outcome.objects.get(run=second.run, account=account).outcome == "current"
    wrong = what_was_wrong(second.run)
    # Paid with value three days back: the replaced run of today and the three days since are all seen to be wrong.
    assert {row.account_no for row in wrong} == {account.account_no}
    assert [(row.as_of, row.dpd_then, row.dpd_now) for row in wrong] == [
        (AS_OF - timedelta(days=back), found.dpd - back, 0) for back in range(4)
    ]


def test_a_case_whose_arrears_are_paid_is_cured_with_a_line_on_its_timeline(
    book: ImportBatch, home: Path
) -> None:
    found = worst(run_day(AS_OF, home=home).run)
    account = Account.objects.get(pk=found.account_id)
    deliver(
        payment(account.account_no, found.past_due_minor, value_on=TOMORROW, booked_on=TOMORROW), TOMORROW
    )
    run_day(TOMORROW, home=home)
    case = Case.objects.get(customer_id=found.customer_id)
    assert (case.state, case.closed_on) == (CaseState.CURED, TOMORROW)
    assert "cured" in case.events.values_list("kind", flat=True)


def test_a_superseded_run_takes_back_its_messages(book: ImportBatch, home: Path) -> None:
    first = run_day(AS_OF, home=home).run
    message = Message.objects.filter(run=first, channel="sms").order_by("pk").first()
    assert message is not None
    account = Account.objects.filter(customer_id=message.case.customer_id).first()
    assert account is not None
    deliver(payment(account.account_no, 1, value_on=AS_OF, booked_on=AS_OF))
    Message.objects.filter(pk=message.pk).update(state="sent")
    second = run_day(AS_OF, home=home).run
    assert set(Message.objects.filter(run=first).values_list("state", flat=True)) == {"withdrawn", "sent"}
    again = Message.objects.filter(run=second, case=message.case, template=message.template)
    assert [each.state for each in again] == ["sent"]  # nobody is sent the same notice twice in a day


def test_a_notice_that_went_out_is_not_sent_again_the_next_day(book: ImportBatch, home: Path) -> None:
    first = run_day(AS_OF, home=home).run
    second = run_day(TOMORROW, home=home).run
    noticed = set(Message.objects.filter(run=first, level__gte=0).values_list("case_id", flat=True))
    again = set(Message.objects.filter(run=second, level__gte=0).values_list("case_id", flat=True))
    assert noticed
    assert not noticed & again


def test_the_roll_rates_compare_with_the_committed_day_before(book: ImportBatch, home: Path) -> None:
    first = run_day(AS_OF, home=home).run
    second = run_day(TOMORROW, home=home).run
    assert not first.roll_rates.exists()
    assert sum(second.roll_rates.values_list("accounts", flat=True)) == 300


def test_a_past_day_run_later_leaves_the_cases_alone(book: ImportBatch, home: Path) -> None:
    run_day(TOMORROW, home=home)
    before = list(Case.objects.order_by("pk").values_list("pk", "dpd", "aged_on", "owner_id"))
    run_day(AS_OF, home=home)
    assert list(Case.objects.order_by("pk").values_list("pk", "dpd", "aged_on", "owner_id")) == before


def test_a_day_without_law_fails_and_says_so(book: ImportBatch, home: Path) -> None:
    with pytest.raises(NoLawInForce):
        run_day(AS_OF, law_on=date(2005, 10, 1), home=home)
    run = DayRun.objects.get()
    assert (run.state, "NoLawInForce" in run.error) == (RunState.FAILED, True)
    assert not Outcome.objects.exists()


def test_a_day_that_another_process_runs_is_refused_after_waiting(
    book: ImportBatch, database_url: str
) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"forbear.day.bank.{AS_OF}"])
        with pytest.raises(DayBusy), one_at_a_time(AS_OF, "bank", 0.3):
            raise AssertionError("the lock was held by another session")


def test_a_trial_book_stays_apart_from_the_bank(transactional_db: None, home: Path) -> None:
    hire()
    deliver(canonical(Shape(50), AS_OF))
    tables = canonical(Shape(20, seed=9), AS_OF)
    renamed = {
        name: table.set_column(
            table.column_names.index("account_no"), "account_no",
            pa.compute.binary_join_element_wise("UCI", table["account_no"], "-"),
        )
        if "account_no" in table.column_names
        else table
        for name, table in tables.items()
    }  # fmt: skip
    for name in ("customers", "accounts", "contact_points"):
        at = renamed[name].column_names.index("customer_no")
        joined = pa.compute.binary_join_element_wise("UCI", renamed[name]["customer_no"], "-")
        renamed[name] = renamed[name].set_column(at, "customer_no", joined)
    renamed["entries"] = renamed["entries"].set_column(
        renamed["entries"].column_names.index("entry_no"), "entry_no",
        pa.compute.binary_join_element_wise("UCI", renamed["entries"]["entry_no"], "-"),
    )  # fmt: skip
    deliver(renamed)
    assert Outcome.objects.filter(run=run_day(AS_OF, home=home).run).count() == 50
    assert Outcome.objects.filter(run=run_day(AS_OF, book="uci", home=home).run).count() == 20
