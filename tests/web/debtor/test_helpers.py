"""Somebody helps: let in by the debtor with link and code, held to what was granted, watched, and ended at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from tests.web.cases.bank import Bank, day
from tests.web.debtor.conftest import NOON, debtor_case, enter
from tests.web.debtor.test_every_page import NAMES, OPEN, address

from forbear.web.cases.models import Case, CaseEvent, Task
from forbear.web.complaints.models import Complaint
from forbear.web.debtor import helpers
from forbear.web.debtor.helpers import Grant, Granted
from forbear.web.debtor.models import Helper, HelperAct

ALL = ("owed", "agreements", "contacts", "papers", "complain", "pay")
SENT = {
    "name": "王芳",
    "relation": "family",
    "phone": "13900139000",
    "rights": ["owed"],
    "until": "2026-06-01",
    "takes_money": "no",
}
SHOWN = "20,000.00"


def granted(case: Case, *rights: str, **more: Any) -> Granted:
    asked = Grant(**{"name": "王芳", "relation": "family", "phone": "13900139000", "rights": rights or ("owed",), "until": day("2026-06-01"), "takes_money": False} | more)  # fmt: skip
    return helpers.grant(case, asked, at=NOON)


def helping(made: Granted, phone: Client | None = None) -> Client:
    """Return a helper's phone that came in with link and code."""
    phone = phone or Client()
    phone.cookies["django_language"] = "en"
    phone.get(f"/my/helping/l/{made.token}/")
    answer = phone.post("/my/helping/in/", {"code": made.code})
    assert (answer.status_code, answer.url) == (302, "/my/helping/"), answer.content.decode()
    return phone


def test_the_debtor_lets_somebody_in_who_then_sees_what_was_granted(
    debtor_client: Client, case: Case
) -> None:
    page = debtor_client.post("/my/helpers/new/", SENT).content.decode()
    token, code = re.search(r"/my/helping/l/([^/]+)/", page), re.search(r'value="([\d ]{9})"', page)
    assert token
    assert code
    phone = helping(Granted(Helper.objects.get(), token[1], code[1]))

    assert f"You help {case.customer.name}" in phone.get("/my/helping/").content.decode()
    assert SHOWN in phone.get("/my/why/").content.decode()
    assert phone.get("/my/contacts/").url == "/my/helping/"
    shown = debtor_client.get("/my/helpers/").content.decode()
    assert "王芳" in shown
    assert "Why it is this much" in shown
    assert token[1] not in shown
    assert CaseEvent.objects.filter(case=case, kind="helper_granted").exists()


@pytest.mark.parametrize("right", ALL)
def test_each_right_opens_its_pages_and_no_other(case: Case, right: str) -> None:
    phone = helping(granted(case, right))
    allowed = set(helpers.rights(NOON)[right]["pages"])
    for name in sorted(set(NAMES) - OPEN - allowed):
        for method in ("get", "post"):
            answer = getattr(phone, method)(address(name, case))
            assert (answer.status_code, answer.headers.get("Location")) in (
                (302, "/my/helping/"),
                (405, None),
            ), name
            assert SHOWN not in answer.content.decode(errors="replace")
    for name in allowed:
        assert phone.get(address(name, case)).status_code in (200, 405), name


def test_every_page_of_a_right_exists_and_none_signs_binds_or_lets_in(case: Case) -> None:
    opened = {page for right in helpers.rights(NOON).values() for page in right["pages"]}
    assert opened <= set(NAMES)
    never = {"my_plan_sign", "my_plan_code", "my_choose", "my_promise", "my_wishes", "my_helpers", "my_helper_grant", "my_relative", "my_home", "my_messages", "my_paper"}  # fmt: skip
    assert not opened & never


def test_a_helper_of_one_debtor_reads_nothing_of_another(case: Case, bank: Bank) -> None:
    other = debtor_case(bank, owed=777_700, number="10013800002")
    phone = helping(granted(case, *ALL))
    for name in ("my_receipt", "my_matter_paper"):
        assert phone.get(address(name, other)).status_code == 404
    assert "7,777.00" not in phone.get("/my/why/").content.decode()


def test_a_helper_reads_a_plan_but_cannot_sign_and_pays_without_promising(case: Case) -> None:
    phone = helping(granted(case, "agreements", "pay"))
    assert "Send me the code" not in phone.get("/my/plan/").content.decode()
    assert "rest_on" not in phone.get("/my/pay/").content.decode()
    assert phone.post("/my/plan/sign/", {"code": "1"}).url == "/my/helping/"


def test_what_a_helper_sends_is_the_debtors_and_stands_on_the_case(case: Case) -> None:
    phone = helping(granted(case, "complain"))
    phone.post("/my/complain/", {"kind": "service", "text": "x"})
    assert Complaint.objects.get().customer == case.customer
    assert CaseEvent.objects.filter(case=case, kind="helper_acted", payload__page="my_complain").exists()


def test_ended_is_ended_at_once(debtor_client: Client, case: Case) -> None:
    made = granted(case)
    phone = helping(made)
    debtor_client.post(f"/my/helpers/{made.helper.pk}/end/")

    assert phone.get("/my/why/").url == "/my/identity/"
    again = Client()
    again.get(f"/my/helping/l/{made.token}/")
    assert again.post("/my/helping/in/", {"code": made.code}).status_code == 422


def test_a_grant_ends_on_its_day_and_a_stay_with_it(case: Case, settings: Any) -> None:
    made = granted(case, until=day("2026-05-13"))
    phone = helping(made)
    settings.FORBEAR_CLOCK_AT = NOON + timedelta(days=2)

    assert phone.get("/my/why/").url == "/my/identity/"
    assert phone.post("/my/helping/in/", {"code": made.code}).status_code == 422


def test_link_without_code_and_code_without_link_open_nothing(case: Case) -> None:
    made = granted(case)
    phone = Client()
    assert phone.post("/my/helping/in/", {"code": made.code}).status_code == 200
    phone.get(f"/my/helping/l/{made.token}/")
    page = phone.get("/my/helping/in/").content.decode()
    assert case.customer.name not in page
    assert phone.get("/my/helping/").url == "/my/helping/in/"
    assert phone.get("/my/why/").url == "/my/identity/"


def test_guessing_the_code_ends_the_grant(case: Case) -> None:
    made = granted(case)
    phone = Client()
    phone.get(f"/my/helping/l/{made.token}/")
    wrong = "0" * 8 if made.code != "0" * 8 else "1" * 8
    assert {phone.post("/my/helping/in/", {"code": wrong}).status_code for _each in range(5)} == {422}
    made.helper.refresh_from_db()

    assert (made.helper.ended_why, made.helper.failed) == ("tries", 5)
    assert phone.post("/my/helping/in/", {"code": made.code}).status_code == 429
    fresh = Client(REMOTE_ADDR="10.2.3.4")
    fresh.get(f"/my/helping/l/{made.token}/")
    assert fresh.post("/my/helping/in/", {"code": made.code}).status_code in (422, 429)


def test_guessing_links_is_stopped_by_address(case: Case) -> None:
    phone, codes = Client(), []
    for each in range(32):
        phone.get(f"/my/helping/l/{'A' * 20}{each:012d}/")
        codes.append(phone.post("/my/helping/in/", {"code": "1"}).status_code)
    assert codes[:30] == [422] * 30
    assert codes[-1] == 429


def test_neither_link_nor_code_nor_number_is_stored_in_plain(case: Case) -> None:
    made = granted(case)
    row = str(Helper.objects.values().get())
    assert made.token not in row
    assert made.code not in row
    assert "13900139000" not in row


def test_whoever_takes_money_is_warned_of_flagged_and_still_let_in(debtor_client: Client, case: Case) -> None:
    sent = SENT | {"relation": "agency", "takes_money": "yes"}
    page = debtor_client.post("/my/helpers/new/", sent)
    assert page.status_code == 422
    assert "Talking to us is free" in page.content.decode()
    assert not Helper.objects.exists()
    debtor_client.post("/my/helpers/new/", sent | {"warned": "on"})

    assert Helper.objects.get().flagged == "takes_money"
    assert Task.objects.get(case=case, kind="authority").note == "helper: takes_money"
    assert not case.holds.exists()


def test_one_number_that_helps_many_is_looked_at(bank: Bank, case: Case) -> None:
    cases = [debtor_case(bank, number=f"100138001{each:02d}") for each in range(4)]
    flags = [granted(each).helper.flagged for each in cases]
    assert flags == ["", "", "", "many"]
    assert Task.objects.filter(kind="authority").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"rights": []}, {"rights": ["sign"]}, {"relation": "boss"}, {"until": "2026-05-12"}, {"until": "2027-05-12"}, {"phone": "12"}, {"name": ""}, {"takes_money": ""}],
)  # fmt: skip
def test_what_cannot_be_granted_is_asked_again(debtor_client: Client, wrong: dict[str, Any]) -> None:
    assert debtor_client.post("/my/helpers/new/", SENT | wrong).status_code == 422
    assert not Helper.objects.exists()


def test_no_more_than_a_few_at_a_time(debtor_client: Client, case: Case) -> None:
    for _each in range(3):
        granted(case)
    assert debtor_client.post("/my/helpers/new/", SENT).status_code == 422
    debtor_client.post(f"/my/helpers/{Helper.objects.first().pk}/end/")
    assert debtor_client.post("/my/helpers/new/", SENT).status_code == 200


def test_a_name_is_printed_as_text(debtor_client: Client) -> None:
    for sent in (SENT, SENT | {"phone": "x"}):
        page = debtor_client.post(
            "/my/helpers/new/", sent | {"name": "<script>alert(1)</script>"}
        ).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;" in debtor_client.get("/my/helpers/").content.decode()


def test_what_was_done_cannot_be_changed(case: Case) -> None:
    helping(granted(case))
    with pytest.raises(IntegrityError), transaction.atomic():
        HelperAct.objects.update(page="nothing")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM debtor_helperact")
        assert cursor.fetchone()[0] == 1


def test_leaving_ends_a_helpers_stay(case: Case) -> None:
    phone = helping(granted(case))
    key = phone.cookies["my_helper"].value
    phone.post("/my/leave/")
    phone.cookies["my_helper"] = key
    assert phone.get("/my/why/").url == "/my/identity/"


def test_the_debtors_own_visit_counts_more_than_a_helpers_cookie(bank: Bank, case: Case) -> None:
    mother = debtor_case(bank, owed=777_700, number="10013800002")
    phone = enter(case, client=helping(granted(mother)))
    assert SHOWN in phone.get(reverse("my_why")).content.decode()
