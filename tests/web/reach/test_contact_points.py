"""Contact points: no source, no point; a refusal is for ever; a doubtful source is set apart."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from tests.web.cases.bank import Bank, moment

from forbear.web.cases.models import CaseEvent
from forbear.web.contact import gate
from forbear.web.portfolio.models import ContactPoint, NumberBlock
from forbear.web.reach import contact_points, selectors
from forbear.web.reach.models import PointChange

pytestmark = pytest.mark.django_db
AT = moment("2026-05-12")


def add(bank: Bank, customer, **changed: object) -> ContactPoint:
    given = {
        "kind": "mobile", "number": "10013800077", "relation": "self", "source": "customer_update",
        "lawful_basis": "contract", "at": AT, "by": bank.collector,
    }  # fmt: skip
    return contact_points.add_contact_point(customer=customer, **given | changed)


def ask(case, point, *, party="debtor", purpose="collect", at=AT):
    return gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose=purpose, party=party, user=None, at=at,
        extra_facts={"recording": True, "discloses_debt": False, "asks_payment": party == "debtor"},
    )  # fmt: skip


def test_a_contact_point_is_stored_sealed_with_source_and_basis(bank):
    case, _ = bank.late_case()

    point = add(bank, case.customer)

    assert (point.state, point.source, point.lawful_basis) == ("unverified", "customer_update", "contract")
    assert b"10013800077" not in bytes(point.value_cipher)
    assert CaseEvent.objects.filter(case=case, kind="contact_point").exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"source": ""}, "source"),
        ({"source": "scraped"}, "source"),
        ({"source": "bought_list"}, "source"),
        ({"lawful_basis": ""}, "lawful_basis"),
        ({"source": "court", "lawful_basis": "consent"}, "lawful_basis"),
        ({"kind": "telepathy"}, "kind"),
        ({"number": "  "}, "number"),
    ],
)
def test_a_contact_point_without_source_or_basis_is_refused(bank, changed, field):
    case, _ = bank.late_case()

    with pytest.raises(contact_points.ReachRefused) as refused:
        add(bank, case.customer, **changed)

    assert refused.value.field == field
    assert not ContactPoint.objects.exists()


def test_the_same_number_is_stored_once(bank):
    case, _ = bank.late_case()
    add(bank, case.customer)

    with pytest.raises(contact_points.ReachRefused) as refused:
        add(bank, case.customer)
    assert refused.value.field == "number"


def test_what_a_third_person_volunteers_is_set_apart_until_verified(bank):
    case, _ = bank.late_case()

    point = add(bank, case.customer, source="third_person", lawful_basis="consent")

    assert point.state == "quarantined"
    assert contact_points.verify(point, at=AT, by=bank.collector, why="identity passed", case=case)
    assert point.state == "valid"
    assert [change.new_state for change in selectors.history(point.pk)] == ["valid", "quarantined"]


def test_a_blocked_number_is_refused_under_every_debtor_and_after_every_import(bank):
    case, _ = bank.late_case()
    other, _ = bank.late_case()
    mother = bank.number(case.customer, "10013800099", relation="parent")
    same = bank.number(other.customer, "10013800099", relation="parent")

    contact_points.block_number(mother, "third_party_refused", at=AT, by=bank.collector, case=case)

    same.refresh_from_db()
    assert (mother.state, same.state) == ("refused", "refused")
    third = add(bank, bank.late_case()[0].customer, number="10013800099", relation="parent")
    assert third.state == "refused"
    assert ask(other, same, party="related_third_party", purpose="locate").answer == "refused"


def test_a_refused_number_takes_no_other_state(bank):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    contact_points.block_number(point, "debtor_refused", at=AT, by=bank.collector, case=case)

    assert not contact_points.verify(point, at=AT, by=bank.collector, why="he called", case=case)
    assert not contact_points.set_state(point, "invalid", at=AT, by=None)
    point.refresh_from_db()
    assert point.state == "refused"


def test_compliance_alone_reopens_a_number_and_says_why(bank, compliance):
    case, _ = bank.late_case()
    point = bank.number(case.customer)
    contact_points.block_number(point, "wrong_person", at=AT, by=bank.collector, case=case)
    assert point.state == "wrong_person"

    for person in (bank.collector, bank.lead):
        with pytest.raises(PermissionDenied):
            contact_points.reopen(point, at=AT, by=person, why="please")
    with pytest.raises(contact_points.ReachRefused):
        contact_points.reopen(point, at=AT, by=compliance, why="  ")
    contact_points.reopen(point, at=AT, by=compliance, why="the owner wrote to us", case=case)

    assert point.state == "unverified"
    assert NumberBlock.objects.get().lifted_by == compliance
    assert ask(case, point).allowed


def test_what_became_of_a_point_cannot_be_rewritten(bank):
    case, _ = bank.late_case()
    add(bank, case.customer)

    with pytest.raises(DatabaseError), transaction.atomic():
        PointChange.objects.update(why="another story")
