"""A batch is taken back as one unit, or not at all."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.web.intake.files import at, overdue, overdue_row, payment_row, payments
from tests.web.intake.test_receive import contacts, point

from forbear.web.cases.models import Case, Task
from forbear.web.intake.models import BatchState, RowIssue
from forbear.web.intake.services import CannotReverse, NotStanding, reverse_batch
from forbear.web.portfolio.models import ContactPoint, Customer, StandingEntry, StandingPosition

pytestmark = pytest.mark.django_db
LATER = at("2026-11-24", "11:00")


def count(view: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {view}")
        return cursor.fetchone()[0]


def reverse(batch):
    return reverse_batch(batch=batch, user=None, at=LATER)


def test_what_a_batch_made_leaves_the_views_and_its_untouched_cases_close(receive) -> None:
    batch = reverse(receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1), overdue_row(2)])))
    assert (batch.state, batch.reversed_at) == (BatchState.REVERSED, LATER)
    views = ["standing_positions", "standing_accounts", "standing_customers"]
    assert [count(view) for view in views] == [0, 0, 0]
    assert Case.objects.filter(closed_on=None).count() == 0


def test_a_case_somebody_worked_on_stays_open(receive) -> None:
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1), overdue_row(2)]))
    worked = Case.objects.get(customer__customer_no="C000001")
    Task.objects.create(case=worked, kind="callback", due_at=LATER, made_at=LATER)
    reverse(batch)
    assert Case.objects.get(closed_on=None) == worked


def test_a_changed_row_is_as_before(receive) -> None:
    receive("CC_OVD_20261123_001.csv", overdue([overdue_row(1, on="20261123", 客户姓名="张三")]))
    before = Customer.objects.values().get()
    renamed = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1, 客户姓名="李四")]))
    assert Customer.objects.get().name == "李四"
    reverse(renamed)
    assert Customer.objects.values().get() == before
    assert str(StandingPosition.objects.get().data_on) == "2026-11-23"


def test_what_the_desk_found_out_about_a_number_survives_a_reversal(receive) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    receive("CC_CONT_20261124_001.csv", contacts(point("10013800001")))
    second = receive(
        "CC_CONT_20261125_001.csv", contacts(point("10013800001", 更新日期="20261125", 联系人姓名="张"))
    )
    ContactPoint.objects.update(state="invalid")  # nobody there, says the collector
    reverse(second)
    assert (ContactPoint.objects.get().state, ContactPoint.objects.get().person_name) == ("invalid", "")


def test_a_batch_that_a_later_one_builds_on_is_not_reversed_and_the_later_is_named(receive) -> None:
    first = receive("CC_OVD_20261123_001.csv", overdue([overdue_row(1, on="20261123")]))
    later = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 1, "10.00")]))
    with pytest.raises(CannotReverse) as refused:
        reverse(first)
    assert refused.value.blockers == [(later.pk, later.received_name)]
    assert StandingPosition.objects.count() == 1


def test_entries_that_a_later_file_repeats_cannot_be_pulled_from_under_it(receive) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    first = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 1, "10.00")]))
    second = receive(
        "CC_PAY_20261124_002.csv", payments([payment_row("T1", 1, "10.00"), payment_row("T2", 1, "1.00")])
    )
    with pytest.raises(CannotReverse):
        reverse(first)
    reverse(second)
    reverse(first)
    assert StandingEntry.objects.count() == 0


def test_last_in_first_out_always_works_and_brings_each_state_back(receive) -> None:
    states, batches = [], []
    for number, name in enumerate(("张三", "李四", "王五"), start=21):
        states.append(list(Customer.objects.values_list("name", "updated_batch")))
        row = overdue_row(1, on=f"202611{number}", 客户姓名=name)
        batches.append(receive(f"CC_OVD_202611{number}_001.csv", overdue([row])))
    for batch, before in zip(batches[:0:-1], states[:0:-1], strict=True):
        reverse(batch)
        assert list(Customer.objects.values_list("name", "updated_batch")) == before


def test_only_an_applied_batch_is_reversed_and_only_once(receive) -> None:
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    reverse(batch)
    with pytest.raises(NotStanding):
        reverse(batch)


def test_rows_replayed_from_a_file_go_with_it(receive) -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "10.00")]))
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(7)]))
    assert StandingEntry.objects.count() == 1
    reverse(paid)
    assert StandingEntry.objects.count() == 0


def test_an_account_taken_back_puts_its_payment_in_suspense_again(receive) -> None:
    paid = receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 7, "10.00")]))
    book = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(7)]))
    with pytest.raises(CannotReverse):  # the replayed payment stands on the account
        reverse(book)
    reverse(paid.replays.get())
    reverse(book)
    assert RowIssue.objects.get(severity="error").resolved_at is None
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(7)]))
    assert StandingEntry.objects.get().amount_minor == 10_00
