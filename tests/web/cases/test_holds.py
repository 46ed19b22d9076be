"""Holds pause, cancel what would be unfair, and are lifted by whom policy names."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.cases.holds import end_of_business_days, open_holds
from forbear.web.cases.models import CaseState, Hold, PromiseState

AT = moment("2026-05-12", "10:00:00")  # a Tuesday


def test_a_hold_pauses_and_its_release_resumes(bank: Bank) -> None:
    case, _ = bank.late_case()
    bank.promises(case, 100_000, due="2026-05-20", on="2026-05-12")

    hold = services.place_hold(case, kind="dispute", at=AT, by=bank.collector)
    case.refresh_from_db()
    assert (case.state, case.held_state) == (CaseState.HOLD, CaseState.PTP)
    services.release_hold(hold, at=AT, by=bank.lead, reason="answered in writing")

    case.refresh_from_db()
    assert (case.state, case.held_state) == (CaseState.PTP, "")


def test_the_same_hold_twice_is_one_hold(bank: Bank) -> None:
    case, _ = bank.late_case()

    first = services.place_hold(case, kind="dispute", at=AT, by=bank.collector)

    assert services.place_hold(case, kind="dispute", at=AT, by=bank.collector) == first
    assert Hold.objects.count() == 1


def test_a_case_under_two_holds_resumes_after_the_second(bank: Bank) -> None:
    case, _ = bank.late_case()
    dispute = services.place_hold(case, kind="dispute", at=AT, by=bank.collector)
    complaint = services.place_hold(case, kind="complaint", at=AT, by=bank.collector)

    services.release_hold(dispute, at=AT, by=bank.lead, reason="answered")
    case.refresh_from_db()
    assert case.state == CaseState.HOLD
    services.release_hold(complaint, at=AT, by=bank.lead, reason="answered")

    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


def test_hardship_cancels_an_open_promise(bank: Bank) -> None:
    case, _ = bank.late_case()
    promise = bank.promises(case, 100_000, due="2026-05-20", on="2026-05-12")

    services.place_hold(case, kind="hardship", at=AT, by=bank.collector)

    promise.refresh_from_db()
    assert promise.state == PromiseState.CANCELLED_BY_HOLD
    assert bank.night("2026-06-01") == []  # a cancelled promise is never broken


def test_a_collector_cannot_lift_an_emergency_and_nor_can_a_lead(bank: Bank) -> None:
    case, _ = bank.late_case()
    hold = services.place_hold(case, kind="emergency", at=AT, by=bank.collector)

    for person in (bank.collector, bank.lead):
        with pytest.raises(services.HoldRefused, match="compliance"):
            services.release_hold(hold, at=AT, by=person, reason="feels better")
    services.release_hold(hold, at=AT, by=bank.person("chen", "compliance"), reason="seen by a doctor")

    assert not open_holds(case, AT).exists()


def test_lifting_without_a_reason_is_refused(bank: Bank) -> None:
    case, _ = bank.late_case()
    hold = services.place_hold(case, kind="dispute", at=AT, by=bank.collector)

    with pytest.raises(services.HoldRefused):
        services.release_hold(hold, at=AT, by=bank.lead, reason=" ")


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-05-12", "2026-05-15"),  # Tuesday -> to the end of Thursday
        ("2026-05-15", "2026-05-20"),  # Friday -> Monday, Tuesday
        ("2026-04-30", "2026-05-08"),  # before Labour Day, off until 05-05 -> 05-06, 05-07
        (
            "2026-02-13",
            "2026-02-25",
        ),  # Friday; Saturday 02-14 is worked in exchange, then off until 02-23 -> 02-24
    ],
)
def test_a_claim_of_payment_holds_two_business_days(bank: Bank, since: str, until: str) -> None:
    assert end_of_business_days(moment(since), 2) == moment(until, "00:00:00")
