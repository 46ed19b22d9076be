"""Scenario S5, the mother: a third person is asked only when the debtor cannot be found, and never again once she refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.channels import Options
from forbear.web.cases import services
from forbear.web.cases.models import Case, CaseEvent, Task
from forbear.web.cases.services import Call, Result
from forbear.web.contact import gate
from forbear.web.contact.gate import GateReply
from forbear.web.intake.models import ImportBatch
from forbear.web.intake.services import receive_file
from forbear.web.people.models import User
from forbear.web.portfolio.models import Account, ContactPoint, Customer, NumberBlock

MOTHER = "10013900002"


class Diary:
    """Dials and wraps up on given days."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.case, _ = bank.late_case()
        self.own = bank.number(self.case.customer, "10013800001")
        self.mother = bank.number(self.case.customer, MOTHER, "parent", person_name="李桂芳")

    def ask(
        self, point: ContactPoint, at: datetime, *, case: Case | None = None, by: User | None = None
    ) -> GateReply:
        third = point.relation != "self"
        return gate.request_permit(
            case=case or self.case,
            contact_point=point,
            channel="voice",
            purpose="locate" if third else "collect",
            party="related_third_party" if third else "debtor",
            user=by or self.bank.collector,
            at=at,
            extra_facts={"discloses_debt": False, "asks_payment": False} if third else None,
        )

    def call(self, point: ContactPoint, at: datetime, **result: object) -> None:
        reply = self.ask(point, at)
        assert reply.permit is not None, reply.reply["reasons"]
        call = Call(self.case, reply.permit, point, at, at + timedelta(minutes=1), self.bank.collector)
        services.wrap_up(call, Result(**result))


@pytest.fixture
def diary(bank: Bank) -> Diary:
    return Diary(bank)


def lose_the_debtor(diary: Diary) -> None:
    """The debtor's own number turns out not to exist."""
    diary.call(diary.own, moment("2026-05-12", "09:00:00"), line="L06")
    diary.own.refresh_from_db()
    assert diary.own.state == "invalid"


def test_the_mother_may_not_be_called_before_there_is_proof(diary: Diary) -> None:
    """Without a call, after one and after two without an answer she is left alone; the third failure is the proof."""
    for before, clock in (("08:59:00", "09:00:00"), ("10:59:00", "11:00:00"), ("13:59:00", "14:00:00")):
        refused = diary.ask(diary.mother, moment("2026-05-12", before))
        assert not refused.allowed
        assert "GBT45251-WHO" in [reason["rule"] for reason in refused.reply["reasons"]]
        diary.call(diary.own, moment("2026-05-12", clock), line="L02")

    assert diary.ask(diary.mother, moment("2026-05-12", "15:00:00")).allowed


def test_a_number_that_does_not_exist_is_proof_only_when_it_was_the_last(diary: Diary) -> None:
    second = diary.bank.number(diary.case.customer, "10013800005")
    diary.call(diary.own, moment("2026-05-12", "09:00:00"), line="L06")
    assert not diary.ask(diary.mother, moment("2026-05-12", "10:00:00")).allowed

    diary.call(second, moment("2026-05-12", "11:00:00"), line="L06")

    assert diary.ask(diary.mother, moment("2026-05-12", "15:00:00")).allowed


def test_once_the_debtor_is_lost_she_may_be_asked_to_pass_a_word_on(diary: Diary) -> None:
    lose_the_debtor(diary)

    diary.call(diary.mother, moment("2026-05-12", "15:00:00"), line="L01", party="P3", outcome="B26")

    told = CaseEvent.objects.filter(kind="attempt").last().payload
    assert (told["party"], told["outcome"], told["tail"]) == ("P3", "B26", "0002")


def test_she_may_not_be_asked_to_pay_even_then(diary: Diary) -> None:
    lose_the_debtor(diary)

    reply = gate.request_permit(
        case=diary.case, contact_point=diary.mother, channel="voice", purpose="collect", party="related_third_party",
        user=diary.bank.collector, at=moment("2026-05-12", "15:00:00"), extra_facts={"asks_payment": True},
    )  # fmt: skip

    assert not reply.allowed


@pytest.mark.parametrize("sheet", ["contact_points", "handover"])
def test_her_refusal_binds_everyone_and_every_case_for_good(diary: Diary, sheet: str) -> None:
    lose_the_debtor(diary)
    diary.call(diary.mother, moment("2026-05-12", "15:00:00"), line="L01", party="P3", outcome="B28")

    diary.mother.refresh_from_db()
    assert diary.mother.state == "refused"
    assert NumberBlock.objects.get().reason == "third_party_refused"
    assert not diary.ask(diary.mother, moment("2026-05-12", "16:00:00")).allowed

    # Next week another collector and another debtor, whose file names the same number; hers comes again too.
    bank = diary.bank
    wang = bank.person("wang", "collector")
    other, _ = bank.late_case()
    bank.number(other.customer, "10013800009")
    hand = hand_over if sheet == "handover" else hand_in
    batch = hand(bank, diary.case.customer, other.customer, at=moment("2026-05-19", "09:00:00"))
    assert (batch.state, batch.rows_quarantined) == ("applied", 0)

    again = ContactPoint.objects.get(customer=other.customer, relation="parent")
    assert bytes(again.value_index) == bytes(diary.mother.value_index)
    for point, case in ((again, other), (diary.mother, diary.case)):
        point.refresh_from_db()
        refused = diary.ask(point, moment("2026-05-19", "10:00:00"), case=case, by=wang)
        assert not refused.allowed
        assert refused.reply["earliest_at"] is None  # no later moment makes it lawful
    diary.mother.refresh_from_db()
    assert diary.mother.state == "refused"


def hand_in(bank: Bank, *customers: Customer, at: datetime) -> ImportBatch:
    """Receive a file of contact points that names the mother's number for each customer."""
    rows = [f"{customer.customer_no},手机,{MOTHER},李桂芳,母亲,申请表,是,同意" for customer in customers]
    text = "\r\n".join(["客户号,类型,号码,联系人姓名,与本人关系,来源,是否有效,合法性基础", *rows, ""])
    options = Options(allow_test_ids=True)
    return receive_file(
        "CC_CONT_20260519_001.csv",
        text.encode(),
        user=bank.lead,
        at=at,
        layout="contact_points",
        options=options,
    )


def hand_over(bank: Bank, *customers: Customer, at: datetime) -> ImportBatch:
    """Receive an agency's hand-over sheet (委案表) that names the mother of each customer; one heading has a space before it."""
    headings = "个案序列号,批次号,委托方,受托方,委案日期,预计退案日,委案金额,客户号,姓名,账号,联系人1姓名, 联系人1关系,联系人1手机"
    rows = [
        f"P{n},B1,示例银行,示例催收,20260519,20260819,1000.00,{customer.customer_no},{customer.name},"
        f"{Account.objects.filter(customer=customer).first().account_no},李桂芳,母亲,{MOTHER}"
        for n, customer in enumerate(customers, start=1)
    ]
    return receive_file(
        "委案_20260519_001.csv",
        "\r\n".join([headings, *rows, ""]).encode("gb18030"),
        user=bank.lead,
        at=at,
        layout="handover",
        options=Options(allow_test_ids=True),
    )


def test_in_the_other_branch_she_pays_of_her_own_will_and_is_told_that_she_owes_nothing(diary: Diary) -> None:
    lose_the_debtor(diary)
    at = moment("2026-05-12", "15:00:00")

    with pytest.raises(services.WrapUpRefused, match="owe nothing") as refusal:
        diary.call(diary.mother, at, line="L01", party="P3", outcome="B29")
    assert refusal.value.field == "statement"
    diary.call(
        diary.mother, at + timedelta(minutes=2), line="L01", party="P3", outcome="B29", statement_made=True
    )

    told = CaseEvent.objects.filter(kind="attempt").last().payload
    assert told["statement_made"] is True
    assert Task.objects.get().kind == "third_party_pays"
    diary.mother.refresh_from_db()
    assert diary.mother.state == "valid"
