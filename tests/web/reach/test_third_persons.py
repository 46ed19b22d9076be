"""The mother (S5): locked until three logged failures, only to pass a word on, refused for ever, and the proof ages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import moment

from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt
from forbear.web.reach import contact_points, selectors

pytestmark = pytest.mark.django_db
DAY = "2026-05-12"
RELAY = {"recording": True, "discloses_debt": False, "asks_payment": False}


def ask(case, point, at):
    return gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="locate", party="related_third_party", user=None,
        at=at, extra_facts=RELAY,
    )  # fmt: skip


def fails(case, point, at, *, answered=False):
    ContactAttempt.objects.create(
        customer=case.customer, case=case, contact_point=point, number_index=bytes(point.value_index),
        channel="voice", at=at, local_day=at.date(), answered=answered, effective=False,
        line="L01" if answered else "L02",
    )  # fmt: skip


def test_a_mother_is_asked_only_after_three_logged_failures_and_the_proof_is_named(bank):
    case, _ = bank.late_case()
    own = bank.number(case.customer)
    mother = bank.number(case.customer, "10013800099", relation="parent")
    for hour in ("09:00:00", "10:00:00"):
        fails(case, own, moment(DAY, hour))
    assert ask(case, mother, moment(DAY, "11:00:00")).answer == "refused"

    fails(case, own, moment(DAY, "11:30:00"))

    assert ask(case, mother, moment(DAY, "12:00:00")).allowed
    proof = selectors.unreachable(case.customer_id, moment(DAY, "12:00:00"))
    assert [line for _, _, line in proof.attempts] == ["L02"] * 3
    assert proof.until == moment("2026-05-19", "11:30:00")


def test_the_proof_ages_and_the_lock_closes_by_itself(bank):
    case, _ = bank.late_case()
    own = bank.number(case.customer)
    mother = bank.number(case.customer, "10013800099", relation="parent")
    for hour in ("09:00:00", "10:00:00", "11:30:00"):
        fails(case, own, moment(DAY, hour))
    last = moment("2026-05-19", "11:30:00")

    assert ask(case, mother, last).allowed
    assert ask(case, mother, last + timedelta(seconds=1)).answer == "refused"


def test_a_debtor_who_answers_locks_third_persons_again(bank):
    case, _ = bank.late_case()
    own = bank.number(case.customer)
    mother = bank.number(case.customer, "10013800099", relation="parent")
    for hour in ("09:00:00", "10:00:00", "11:00:00"):
        fails(case, own, moment(DAY, hour))
    fails(case, own, moment(DAY, "11:30:00"), answered=True)

    assert ask(case, mother, moment(DAY, "12:00:00")).answer == "refused"


def test_her_refusal_outlives_the_proof_the_case_and_the_next_import(bank):
    case, _ = bank.late_case()
    own = bank.number(case.customer)
    mother = bank.number(case.customer, "10013800099", relation="parent")
    for hour in ("09:00:00", "10:00:00", "11:00:00"):
        fails(case, own, moment(DAY, hour))

    contact_points.block_number(mother, "third_party_refused", at=moment(DAY), by=bank.collector, case=case)

    assert ask(case, mother, moment(DAY, "12:00:00")).answer == "refused"
    other, _ = bank.late_case()
    again = contact_points.add_contact_point(
        customer=other.customer, kind="mobile", number="10013800099", relation="parent", source="application",
        lawful_basis="contract", at=moment("2026-05-20"), by=None,
    )  # fmt: skip
    assert again.state == "refused"
