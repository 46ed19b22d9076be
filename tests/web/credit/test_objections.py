"""An objection is marked at once, checked, corrected or confirmed, and answered within twenty days in writing."""

from __future__ import annotations

import io

import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader
from tests.web.cases.bank import Bank, day, moment
from tests.web.credit.diary import bills, letter, shown, tells, told

from forbear.web.cases import services
from forbear.web.cases.models import Case
from forbear.web.cases.timeline import verify_chain
from forbear.web.credit import objections
from forbear.web.credit.models import CreditLine, CreditObjection, CreditSpell, ObjectionChange
from forbear.web.credit.running import CreditRefused
from forbear.web.documents.store import plain
from forbear.web.people.models import User
from forbear.web.portfolio.models import Account

pytestmark = pytest.mark.django_db
APRIL, MAY = day("2026-04-30"), day("2026-05-31")


@pytest.fixture
def reported(bank: Bank, keeper: User) -> tuple[Case, Account]:
    """A debtor of whom April and May were reported as late."""
    account = bank.account(bank.customer(id_no_tail="0010"))
    bills(bank, account)
    case = services.open_case(account.customer, at=moment("2026-04-27"))
    told(bank, case, "2026-04-27", keeper)
    tells("2026-04-30", "2026-05-02"), tells("2026-05-31", "2026-06-02")
    return case, account


def objects(account: Account, by: User, ground: str = "paid", **more: object) -> CreditObjection:
    given = {"text": "四月已经还了", "received_on": day("2026-06-05"), "at": moment("2026-06-05")}
    return objections.take_in(account, [APRIL], ground=ground, by=by, **given | more)


def test_the_term_is_twenty_days_and_the_account_is_marked(reported, keeper):
    _case, account = reported
    held = objects(account, keeper)
    assert (held.respond_by, held.state) == (day("2026-06-25"), "received")
    run = tells("2026-06-30", "2026-07-02")
    assert CreditLine.objects.get(run=run, account=account).disputed


def test_upheld_it_is_corrected_answered_and_the_chain_holds(reported, keeper):
    case, account = reported
    held = objects(account, keeper)
    objections.check(held, at=moment("2026-06-08"), by=keeper)
    assert objections.uphold(held, {APRIL: "N"}, why="4月25日已入账", at=moment("2026-06-10"), by=keeper) == 1
    done = objections.answer(
        held, "经查，您4月25日的还款已入账，记录已更正。", at=moment("2026-06-12"), by=keeper
    )
    assert (done.state, shown(account, "2026-04-30", "2026-05-31")) == ("answered", "N2")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(plain(done.letter))).pages)
    assert all(part in words for part in (done.number, "异议成立", "2026-04", "N 正常"))
    assert (objections.broken_at(done), verify_chain(case)) == (None, None)
    assert [row.facts.get("days_late") for row in done.changes.order_by("sequence")][-1] == 0


def test_confirmed_it_stays_and_the_letter_says_so(reported, keeper):
    _case, account = reported
    held = objects(account, keeper)
    objections.check(held, at=moment("2026-06-08"), by=keeper)
    objections.confirm(held, why="账单与入账均无误", at=moment("2026-06-10"), by=keeper)
    done = objections.answer(held, "记录无误。", at=moment("2026-06-28"), by=keeper, lang="en")
    assert (shown(account, "2026-04-30"), done.changes.latest("sequence").facts["days_late"]) == ("1", 3)
    assert (
        "the record is right"
        in "".join(p.extract_text() for p in PdfReader(io.BytesIO(plain(done.letter))).pages).lower()
    )


def test_use_by_somebody_else_is_withdrawn_and_reported_no_more(reported, keeper):
    _case, account = reported
    held = objects(account, keeper, ground="not_mine", text="卡被盗刷")
    objections.check(held, at=moment("2026-06-08"), by=keeper)
    objections.uphold(held, {}, why="盗刷属实", at=moment("2026-06-10"), by=keeper)
    assert shown(account, "2026-04-30") == "*"
    assert letter(account, tells("2026-06-30", "2026-07-02"))[1:] == (False, "not_theirs")


def test_what_an_objection_settled_the_ledger_does_not_undo(bank, reported, keeper):
    _case, account = reported
    held = objects(account, keeper)
    objections.check(held, at=moment("2026-06-08"), by=keeper)
    objections.uphold(held, {APRIL: "N"}, why="属实", at=moment("2026-06-10"), by=keeper)
    bank.pays(account, 100, value="2026-04-29", booked="2026-06-15")
    tells("2026-06-30", "2026-07-02")
    assert shown(account, "2026-04-30") == "N"
    assert CreditSpell.objects.get(account=account).first_month == MAY


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ground": "mood"}, "ground"), ({"text": "  "}, "text"), ({"received_on": day("2026-06-06")}, "received_on"),
        ({"months": [day("2025-04-30")]}, "months"), ({"months": []}, "months"),
    ],
)  # fmt: skip
def test_what_cannot_be_objected_to_is_refused_by_field(reported, keeper, more, field):
    given = {"months": [APRIL], "ground": "paid", "text": "已还", "received_on": day("2026-06-05")} | more
    months = given.pop("months")
    with pytest.raises(CreditRefused) as refused:
        objections.take_in(reported[1], months, at=moment("2026-06-05"), by=keeper, **given)
    assert refused.value.field == field


def test_one_at_a_time_step_by_step_and_only_by_whoever_has_it(bank, reported, keeper):
    held = objects(reported[1], keeper)
    with pytest.raises(CreditRefused):
        objects(reported[1], keeper)
    with pytest.raises(CreditRefused):
        objections.answer(held, "…", at=moment("2026-06-06"), by=keeper)
    with pytest.raises(CreditRefused):
        objections.check(held, at=moment("2026-06-06"), by=bank.collector)
    objections.check(held, at=moment("2026-06-06"), by=keeper)
    with pytest.raises(CreditRefused):
        objections.confirm(held, why="无误", at=moment("2026-06-06"), by=bank.person("wu", "compliance"))
    with pytest.raises(CreditRefused):
        objections.uphold(held, {MAY: "N"}, why="属实", at=moment("2026-06-06"), by=keeper)
    with pytest.raises(CreditRefused):
        objections.uphold(held, {APRIL: "1"}, why="属实", at=moment("2026-06-06"), by=keeper)


def test_a_change_is_never_changed_and_a_changed_one_is_found(reported, keeper):
    held = objects(reported[1], keeper)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ObjectionChange.objects.update(why="x")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE credit_objectionchange SET why = 'x'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert objections.broken_at(held) == 1
