"""What follows when the bank's facts change."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import services
from forbear.web.cases.models import CaseEvent, CaseState, Hold, Task


def changed(on: str, clock: str = "13:00:00", **narrow: object) -> services.Changed:
    return services.after_facts_changed(as_of=day(on), at=moment(on, clock), **narrow)


def test_a_payment_keeps_the_promise_and_cures_the_case(bank: Bank) -> None:
    case, account = bank.late_case()
    promise = bank.promises(case, 200_000, due="2026-05-05", on="2026-05-02")
    services.add_task(
        case, kind="callback", due_at=moment("2026-05-06"), at=moment("2026-05-02"), by=bank.collector
    )

    bank.pays(account, 200_000, value="2026-05-04")
    result = changed("2026-05-04", accounts=[account.pk])

    assert result == services.Changed(promises=1, claims_settled=0, cured=1, uncured=0)
    case.refresh_from_db()
    promise.refresh_from_db()
    assert (case.state, case.closed_on, case.past_due_minor, case.dpd) == (
        CaseState.CURED,
        day("2026-05-04"),
        0,
        0,
    )
    assert promise.state == "kept"
    kinds = list(CaseEvent.objects.filter(case=case).order_by("sequence").values_list("kind", flat=True))
    assert kinds[-5:] == ["promise_kept", "state", "state", "cured", "task_done"]
    assert not Task.objects.filter(done_at__isnull=True).exists()
    assert services.verify_chain(case) is None


def test_doing_it_twice_changes_nothing(bank: Bank) -> None:
    _, account = bank.late_case()
    bank.pays(account, 200_000, value="2026-05-04")
    changed("2026-05-04")

    assert changed("2026-05-04") == services.Changed(0, 0, 0, 0)


def test_a_part_payment_cures_nothing(bank: Bank) -> None:
    case, account = bank.late_case()

    bank.pays(account, 70_000, value="2026-05-04")
    changed("2026-05-04")

    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED
    assert case.past_due_minor == 130_000  # 2,000.00 - 700.00


def test_a_case_without_statements_is_not_known_to_be_current(bank: Bank) -> None:
    case = services.open_case(bank.customer(), at=moment("2026-05-02"))

    changed("2026-05-04")

    case.refresh_from_db()
    assert case.state == CaseState.NEW


def test_taking_the_payment_back_undoes_the_cure(bank: Bank) -> None:
    case, account = bank.late_case()
    promise = bank.promises(case, 200_000, due="2026-05-05", on="2026-05-02")
    payment = bank.pays(account, 200_000, value="2026-05-04")
    changed("2026-05-04")

    bank.takes_back(payment, on="2026-05-10")
    result = changed("2026-05-10")

    assert (result.promises, result.uncured) == (1, 1)
    case.refresh_from_db()
    promise.refresh_from_db()
    assert (case.state, case.closed_on, promise.state) == (CaseState.WORKING, None, "broken")
    assert case.past_due_minor == 200_000


def test_reversing_the_file_undoes_the_cure_too(bank: Bank) -> None:
    case, account = bank.late_case()
    payment = bank.pays(account, 200_000, value="2026-05-04")
    changed("2026-05-04")

    bank.reverses_file(payment)
    changed("2026-05-05")

    case.refresh_from_db()
    assert case.state == CaseState.WORKING


def test_a_minimum_missed_after_the_cure_does_not_reopen_the_old_case(bank: Bank) -> None:
    case, account = bank.late_case()
    bank.pays(account, 200_000, value="2026-05-04")
    changed("2026-05-04")

    bank.statement(account, "2026-05-05", "2026-05-23", 100_000)
    changed("2026-06-10")

    case.refresh_from_db()
    assert case.state == CaseState.CURED


def test_i_paid_yesterday_holds_two_days_and_closes_itself_on_posting(bank: Bank) -> None:
    case, account = bank.late_case()
    services.place_hold(case, kind="claimed_paid", at=moment("2026-05-12"), by=bank.collector)
    services.add_task(
        case, kind="payment_check", due_at=moment("2026-05-14"), at=moment("2026-05-12"), by=bank.collector
    )

    bank.pays(account, 50_000, value="2026-05-11", booked="2026-05-13")
    result = changed("2026-05-13")

    assert result.claims_settled == 1
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED
    assert Hold.objects.get().release_reason.startswith("posted:")
    assert not Task.objects.filter(done_at__isnull=True).exists()


def test_without_a_posting_the_claim_ends_after_two_business_days(bank: Bank) -> None:
    case, _ = bank.late_case()
    services.place_hold(case, kind="claimed_paid", at=moment("2026-05-12"), by=bank.collector)

    assert changed("2026-05-14", "23:59:59").claims_settled == 0
    assert changed("2026-05-15", "00:00:00").claims_settled == 1

    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


@pytest.mark.parametrize("kind", ["dispute", "deceased"])
def test_a_case_on_hold_is_not_cured_behind_the_hold(bank: Bank, kind: str) -> None:
    case, account = bank.late_case()
    services.place_hold(case, kind=kind, at=moment("2026-05-03"), by=bank.collector)

    bank.pays(account, 200_000, value="2026-05-04")
    assert changed("2026-05-04").cured == 0

    case.refresh_from_db()
    assert case.state == CaseState.HOLD
