"""A matter moves only as the machine lets it, in the database as on paper; scenario S9's branches as dated diaries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from tests.web.cases.bank import Bank, day, moment
from tests.web.litigation import claims

from forbear.web.cases.models import CaseState
from forbear.web.litigation import papers, proving, records, services
from forbear.web.litigation.calendar import ical
from forbear.web.litigation.models import LegalMatter, MatterMove
from forbear.web.litigation.services import MatterRefused
from forbear.web.people.models import User
from forbear.web.portfolio.models import Position

pytestmark = pytest.mark.django_db
GIVEN = {
    "route": "suit", "balance_on": date(2026, 6, 1), "fee": "300.00", "court_case_no": "(2026)沪0115民初1234号",
    "payment_order_open": True, "amount_awarded": "20000.00",
}  # fmt: skip


@pytest.fixture
def matter(bank: Bank, lawyer: User) -> LegalMatter:
    """A claim of 20,000.00 with everything a court asks for on file."""
    (case,) = claims.cases(bank, 1, paid=False)
    Position.objects.filter(account__customer_id=case.customer_id).update(
        principal_minor=2_000_000,
        interest_minor=0,
        compound_minor=0,
        late_fee_minor=0,
        fee_minor=0,
        other_minor=0,
        total_minor=2_000_000,
    )
    claims.contracts([case], lawyer)
    (made,) = claims.matters([case], lawyer, claims.agent(lawyer))
    LegalMatter.objects.filter(pk=made.pk).update(claim_minor=2_000_000)
    made.refresh_from_db()
    return made


def moves(matter: LegalMatter, lawyer: User, *lines: tuple) -> LegalMatter:
    """Make moves on days, each with the papers it hands in drafted on the day and what the line brings."""
    for on, code, *brought in lines:
        needs = services.machine_at(moment(on)).moves[code].needs
        if "documents" in needs:
            wanted = proving.wanted_papers(code, day(on), moment(on))
            papers.make_papers(
                matter, wanted, on=day(on), at=moment(on), by=lawyer, extra={"assets": "工资账户"}
            )
        facts = {name: GIVEN[name] for name in needs if name in GIVEN} | (brought[0] if brought else {})
        matter = services.make_move(matter, code, on=day(on), facts=facts, at=moment(on), by=lawyer)
    return matter


def approved(matter: LegalMatter, bank: Bank, lawyer: User) -> LegalMatter:
    return moves(
        matter, lawyer, ("2026-06-01", "gather"), ("2026-06-03", "approve", {"approver": bank.lead.pk})
    )


def test_a_case_is_legal_once_a_second_person_has_approved(matter, bank, lawyer):
    gathered = moves(matter, lawyer, ("2026-06-01", "gather"))
    with pytest.raises(MatterRefused, match="他人审批"):
        moves(gathered, lawyer, ("2026-06-03", "approve", {"approver": lawyer.pk}))
    moves(gathered, lawyer, ("2026-06-03", "approve", {"approver": bank.lead.pk}))
    matter.case.refresh_from_db()
    assert matter.case.state == CaseState.LEGAL


def test_an_objection_on_day_15_makes_it_a_suit_with_a_fee_to_pay_in_seven_days(matter, bank, lawyer):
    served = moves(
        approved(matter, bank, lawyer), lawyer, ("2026-06-05", "apply_payment_order"), ("2026-06-09", "po_accept"),
        ("2026-06-15", "po_issue"), ("2026-07-01", "po_serve"),
    )  # fmt: skip
    assert served.terms.get(kind="payment_order_objection").last_day == day("2026-07-16")
    suit = moves(
        served, lawyer, ("2026-07-16", "object", {"objection_valid": True}), ("2026-07-20", "to_suit")
    )
    assert (suit.state, suit.next_term, suit.next_last_day) == (
        "filed",
        "court_fee_prepay",
        day("2026-07-27"),
    )
    assert suit.court_case_no == GIVEN["court_case_no"]


def test_nobody_can_say_filed_without_the_courts_number(matter, bank, lawyer):
    handed_in = moves(approved(matter, bank, lawyer), lawyer, ("2026-06-05", "hand_in"))
    with pytest.raises(MatterRefused):
        services.make_move(
            handed_in, "file", on=day("2026-06-08"), facts={}, at=moment("2026-06-08"), by=lawyer
        )
    handed_in.refresh_from_db()
    assert (handed_in.state, handed_in.court_case_no) == ("filing", "")


def test_a_closed_round_of_enforcement_sleeps_and_an_asset_wakes_it(matter, bank, lawyer):
    dormant = moves(
        approved(matter, bank, lawyer), lawyer, ("2026-06-05", "hand_in"), ("2026-06-10", "file"),
        ("2026-06-15", "pay_fee"), ("2026-07-01", "serve"), ("2026-07-06", "set_hearing", {"hearing_on": day("2026-08-03")}),
        ("2026-08-03", "decide"), ("2026-08-19", "stands"), ("2026-08-19", "set_performance", {"perform_by": day("2026-09-01")}),
        ("2026-09-02", "apply_enforcement"), ("2026-09-07", "begin_enforcement"),
        ("2026-12-31", "suspend", {"search_exhausted": True, "consumption_limited": True}),
    )  # fmt: skip
    dormant.case.refresh_from_db()
    assert (dormant.ended, dormant.case.state) == (False, CaseState.LEGAL_DORMANT)
    assert dormant.terms.get(kind="enforcement_application").last_day == day("2028-09-01")
    awake = moves(dormant, lawyer, ("2031-05-06", "revive", {"asset_lead": "车辆"}))
    assert awake.state == "enforcing"


def test_what_is_stored_is_what_the_moves_make(matter, bank, lawyer):
    stored = moves(approved(matter, bank, lawyer), lawyer, ("2026-06-05", "hand_in"), ("2026-06-10", "file"))

    assert services.as_matter(stored) == services.replayed(stored, moment("2026-06-11"))
    assert services.broken_moves(stored) == []


def test_a_move_is_never_changed_and_a_changed_one_is_found(matter, bank, lawyer):
    approved(matter, bank, lawyer)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        MatterMove.objects.filter(sequence=1).update(move="decline")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # what somebody with the database's own keys can do
        cursor.execute("UPDATE litigation_mattermove SET move = 'decline' WHERE sequence = 1")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert services.broken_moves(matter) == [1]


def test_a_move_of_tomorrow_cannot_be_written_down_today(matter, lawyer):
    with pytest.raises(MatterRefused):
        services.make_move(
            matter,
            "gather",
            on=day("2026-06-02"),
            facts={"route": "suit"},
            at=moment("2026-06-01"),
            by=lawyer,
        )


def test_one_case_has_one_open_matter(matter, lawyer):
    with pytest.raises(MatterRefused):
        services.open_matter(
            matter.case, claim_minor=1, claim_on=day("2026-06-01"), at=moment("2026-06-01"), by=lawyer
        )


def test_whoever_calls_is_not_believed_about_papers_or_the_second_person(bank, matter, lawyer):
    gathered = moves(matter, lawyer, ("2026-06-01", "gather"))
    for approver in (bank.collector.pk, 0, -1):
        with pytest.raises(MatterRefused):
            services.make_move(
                gathered, "approve", on=day("2026-06-03"), at=moment("2026-06-03"), by=lawyer,
                facts={"documents_complete": True, "balance_on": date(2026, 6, 1), "approver": approver},
            )  # fmt: skip
    ready = moves(gathered, lawyer, ("2026-06-03", "approve", {"approver": bank.lead.pk}))
    with pytest.raises(MatterRefused, match="起诉状"):
        services.make_move(
            ready,
            "hand_in",
            on=day("2026-06-05"),
            facts={"documents": True},
            at=moment("2026-06-05"),
            by=lawyer,
        )


def test_a_hearing_that_is_off_is_told_to_calendars_that_hold_it(bank, matter, lawyer):
    LegalMatter.objects.filter(pk=matter.pk).update(court_case_no=GIVEN["court_case_no"])
    matter.refresh_from_db()
    at = moment("2026-06-02")
    held = records.set_hearing(
        matter, begins_at=moment("2026-07-01"), minutes=60, place="第三法庭", judge="周法官", at=at, by=lawyer
    )
    with pytest.raises(MatterRefused):
        records.cancel_hearing(held, why=" ", at=at, by=lawyer)
    records.cancel_hearing(held, why="法院改期", at=at, by=lawyer)
    assert b"STATUS:CANCELLED" in ical([held], [], at)
    with pytest.raises(MatterRefused):
        records.cancel_hearing(held, why="再次", at=at, by=lawyer)
