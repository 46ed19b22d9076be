"""The case screen: who may open it, what it hides, what it logs, how many queries it takes."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.cases.models import Case, CaseEvent
from forbear.web.contact.models import ContactAttempt, GateDecision, Permit
from forbear.web.people.models import AccessLog
from forbear.web.portfolio.models import ContactPoint

AMOUNTS = ("20,000.00", "2,000.00", "2000000", "200000")


def opened(bank: Bank, **owed: int) -> Case:
    case, _ = bank.late_case(**owed)
    bank.number(case.customer)
    return case


def screen(client: Client, case: Case) -> str:
    answer = client.get(f"/desk/cases/{case.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def dial(client: Client, case: Case) -> str:
    point = ContactPoint.objects.get(customer=case.customer, relation="self")
    return client.post(f"/desk/cases/{case.pk}/dial/", {"point": point.pk}).content.decode()


def test_before_identity_no_amount_leaves_the_server(client: Client, bank: Bank) -> None:
    case = opened(bank)
    bank.promises(case, 123_456, due="2026-05-14", on="2026-05-12")

    page = screen(client, case) + dial(client, case)

    for amount in (*AMOUNTS, "1,234.56", "123456"):
        assert amount not in page
    assert "Hidden until the identity is confirmed" in page


def test_after_identity_the_composition_is_shown_to_the_cent(client: Client, bank: Bank) -> None:
    case = opened(bank)
    dial(client, case)

    page = client.post(f"/desk/cases/{case.pk}/identity/").content.decode()

    assert 'id="total">20,000.00' in page
    assert 'id="to-cure">2,000.00' in page
    # 20,000.00 x 0.0005 x 30 = 300.00
    assert "300.00" in page
    assert "rate unverified" in page
    assert AccessLog.objects.filter(what="amounts").count() == 1
    assert CaseEvent.objects.filter(case=case, kind="identity").count() == 1


def test_identity_without_a_call_shows_nothing(client: Client, bank: Bank) -> None:
    case = opened(bank)

    page = client.post(f"/desk/cases/{case.pk}/identity/").content.decode()

    assert "dial first" in page
    assert "20,000.00" not in page


def test_names_and_numbers_are_masked_until_a_permit_is_given(client: Client, bank: Bank) -> None:
    case = opened(bank)

    page = screen(client, case)
    assert "张*明" in page
    assert "张伟明" not in page
    assert "10013800001" not in page

    assert "10013800001" in dial(client, case)
    assert AccessLog.objects.filter(what="number_revealed").count() == 1
    assert Permit.objects.get().state == "used"


def test_a_call_at_ten_in_the_evening_is_refused_with_article_and_next_lawful_moment(
    client: Client, bank: Bank, stop_clock
) -> None:
    case = opened(bank)
    stop_clock(moment("2026-05-12", "22:00:00"))

    page = dial(client, case)

    assert "Not allowed" in page
    assert "2026-05-13 08:00" in page
    assert "CBA26-HOURS" in page
    assert "10013800001" not in page
    assert GateDecision.objects.get().answer == "refused"
    assert not Permit.objects.exists()


def test_one_second_earlier_it_is_allowed(client: Client, bank: Bank, stop_clock) -> None:
    case = opened(bank)
    stop_clock(moment("2026-05-12", "21:59:59"))

    assert "10013800001" in dial(client, case)


def test_every_opening_is_logged_also_one_fetched_ahead(client: Client, bank: Bank) -> None:
    case = opened(bank)

    screen(client, case)
    client.get(f"/desk/cases/{case.pk}/", headers={"X-Desk-Preload": "1"})

    assert list(AccessLog.objects.order_by("pk").values_list("what", "detail")) == [
        ("case", str(case.pk)),
        ("case", f"{case.pk} preload"),
    ]


def test_a_collector_opens_only_their_own_cases(bank: Bank, stop_clock) -> None:
    case = opened(bank)
    stranger = Client()
    stranger.force_login(bank.person("wang", "collector"))

    assert stranger.get(f"/desk/cases/{case.pk}/").status_code == 403
    assert stranger.post(f"/desk/cases/{case.pk}/dial/", {"point": 1}).status_code == 403
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 200), ("compliance", 200), ("legal", 200), ("analyst", 403)]
)
def test_who_else_may_open_a_case_is_the_matrix(bank: Bank, stop_clock, role: str, status: int) -> None:
    case = opened(bank)
    other = Client()
    other.force_login(bank.person(role, role))

    assert other.get(f"/desk/cases/{case.pk}/").status_code == status


def test_compliance_reads_but_does_not_call(bank: Bank, stop_clock) -> None:
    case = opened(bank)
    other = Client()
    other.force_login(bank.person("chen", "compliance"))

    assert other.post(f"/desk/cases/{case.pk}/dial/", {"point": 1}).status_code == 403


def test_a_third_person_is_locked_with_the_reason(client: Client, bank: Bank) -> None:
    case = opened(bank)
    mother = bank.number(case.customer, "10013900002", "parent")

    page = screen(client, case)

    assert "GBT45251-WHO" in page
    assert f'data-dial="{mother.pk}"' not in page


def test_a_case_screen_takes_few_queries_however_full_the_queue(client: Client, bank: Bank) -> None:
    cases = [opened(bank) for _ in range(6)]
    for number in range(3):
        bank.number(cases[0].customer, f"1001380010{number}", "parent")
    for case in cases:
        services.add_note(case, text="note", at=moment("2026-05-12"), by=bank.collector)

    with CaptureQueriesContext(connection) as queries:
        screen(client, cases[0])

    assert len(queries) <= 15, [query["sql"][:90] for query in queries]


def test_a_no_answer_is_recorded_and_names_the_next_case(client: Client, bank: Bank) -> None:
    first, second = opened(bank), opened(bank)
    dial(client, first)

    answer = client.post(f"/desk/cases/{first.pk}/wrap-up/", {"line": "L02"})

    assert answer.json() == {"next": f"/desk/cases/{second.pk}/"}
    assert ContactAttempt.objects.get().line == "L02"


def test_a_result_without_a_call_is_refused(client: Client, bank: Bank) -> None:
    case = opened(bank)

    answer = client.post(f"/desk/cases/{case.pk}/wrap-up/", {"line": "L02"})

    assert (answer.status_code, answer.json()["field"]) == (422, "line")


@pytest.mark.parametrize("changed", [{"state": "invalid"}, {"state": "quarantined"}, {"kind": "address"}])
def test_what_is_no_live_telephone_is_not_dialled_even_by_hand(
    client: Client, bank: Bank, changed: dict
) -> None:
    case = opened(bank)
    ContactPoint.objects.update(**changed)

    assert "cannot be called" in dial(client, case)
    assert not GateDecision.objects.exists()


def test_a_cured_case_is_not_called(client: Client, bank: Bank) -> None:
    case = opened(bank)
    Case.objects.update(state="cured", closed_on="2026-05-11")

    assert "10013800001" not in dial(client, case)
    assert not GateDecision.objects.exists()


def test_two_calls_at_once_are_refused(client: Client, bank: Bank) -> None:
    first, second = opened(bank), opened(bank)
    dial(client, first)

    assert "Wrap up the call in progress first" in dial(client, second)


def test_a_wrong_amount_names_its_field_and_records_nothing(client: Client, bank: Bank) -> None:
    case = opened(bank)
    dial(client, case)
    client.post(f"/desk/cases/{case.pk}/identity/")
    said = {"line": "L01", "party": "P1", "outcome": "B01", "reason": "forgot", "due_on": "2026-05-15"}

    wrong = client.post(
        f"/desk/cases/{case.pk}/wrap-up/", {**said, "amount": "12.3.4", "pay_channel": "transfer"}
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "amount")
    assert not ContactAttempt.objects.exists()
    right = client.post(
        f"/desk/cases/{case.pk}/wrap-up/", {**said, "amount": "2,000.00", "pay_channel": "transfer"}
    )

    assert right.status_code == 200
    assert case.promises.get().amount_minor == 200_000


def test_after_the_wrap_up_the_amounts_are_hidden_again(client: Client, bank: Bank) -> None:
    case = opened(bank)
    dial(client, case)
    client.post(f"/desk/cases/{case.pk}/identity/")
    client.post(
        f"/desk/cases/{case.pk}/wrap-up/",
        {"line": "L01", "party": "P1", "outcome": "B08", "reason": "forgot"},
    )

    assert "20,000.00" not in screen(client, case)


def test_the_emergency_key_freezes_the_case_at_once(client: Client, bank: Bank) -> None:
    case = opened(bank)
    dial(client, case)

    client.post(f"/desk/cases/{case.pk}/emergency/")
    refused = client.post(f"/desk/cases/{case.pk}/wrap-up/", {"line": "L01", "party": "P2", "outcome": "B33"})

    case.refresh_from_db()
    assert case.state == "hold"
    assert refused.status_code == 200  # cut off is a care result


def test_one_promise_more_goes_to_the_lead_and_the_lead_answers(
    client: Client, bank: Bank, stop_clock
) -> None:
    case = opened(bank)
    for made, due in (("2026-05-02", "2026-05-03"), ("2026-05-05", "2026-05-06")):
        bank.promises(case, 100_000, due=due, on=made)
        bank.night("2026-05-08" if due == "2026-05-06" else "2026-05-05")
    dial(client, case)
    client.post(f"/desk/cases/{case.pk}/identity/")
    terms = {"amount": "1000.00", "due_on": "2026-05-15", "pay_channel": "transfer"}
    said = {"line": "L01", "party": "P1", "outcome": "B02", "reason": "forgot", **terms}

    refused = client.post(f"/desk/cases/{case.pk}/wrap-up/", said)
    assert refused.json()["field"] == "approved_by"
    assert client.post(f"/desk/cases/{case.pk}/ask/", terms).status_code == 200
    lead = Client()
    lead.force_login(bank.lead)
    assert str(case.pk) in lead.get("/desk/").content.decode()
    task = case.tasks.get(kind="approval")
    assert client.post(f"/desk/approvals/{task.pk}/", {"answer": "yes"}).status_code == 403
    lead.post(f"/desk/approvals/{task.pk}/", {"answer": "yes"})

    assert case.promises.get(state="open").approved_by == bank.lead


def test_a_promise_beyond_ones_authority_is_refused_at_the_desk_and_asked_for(
    client: Client, bank: Bank, stop_clock
) -> None:
    case = opened(bank, owed=10_000_000)
    dial(client, case)
    page = client.post(f"/desk/cases/{case.pk}/identity/").content.decode()
    assert "50,000.00" in page
    assert "data-ask" in page
    terms = {"amount": "60000.00", "due_on": "2026-05-15", "pay_channel": "transfer"}
    said = {"line": "L01", "party": "P1", "outcome": "B02", "reason": "forgot", **terms}

    refused = client.post(f"/desk/cases/{case.pk}/wrap-up/", said)
    assert (refused.status_code, refused.json()["field"]) == (422, "approved_by")
    assert not case.promises.exists()
    assert client.post(f"/desk/cases/{case.pk}/ask/", terms).status_code == 200
    lead = Client()
    lead.force_login(bank.lead)
    lead.post(f"/desk/approvals/{case.tasks.get(kind='approval').pk}/", {"answer": "yes"})
    assert case.promises.get().amount_minor == 6_000_000


def test_a_call_has_a_code_by_which_it_can_be_checked(client: Client, bank: Bank) -> None:
    case = opened(bank)
    page = dial(client, case)
    code = re.search(r"read out <b>(\d{4} \d{4})</b>", page)

    assert code
    assert "/my/check/" in page
    answer = Client().post("/my/check/", {"code": code[1]}).content.decode()
    assert ">01</dd>" in answer
    assert case.customer.name not in answer
    assert code[1] in screen(client, case)  # the same after a reload
    client.post(f"/desk/cases/{case.pk}/hang-up/")
    assert code[1] not in screen(client, case)
