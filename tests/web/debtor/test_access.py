"""The door: one-time links, the second factor, and what is never told to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import ID_TAIL, NOON, debtor_case, enter

from forbear.web.cases.models import Case, CaseEvent
from forbear.web.codes.models import OneTimeCode
from forbear.web.codes.services import Purpose, use
from forbear.web.contact import gate
from forbear.web.debtor import access, codes
from forbear.web.debtor.models import AccessLink, Visit
from forbear.web.outbox.body import unseal
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.outbox.services import Body, Draft, enqueue
from forbear.web.portfolio.models import ContactPoint

SHOWN = "20,000.00"
Clock = Callable[[datetime], None]


@pytest.fixture
def phone() -> Client:
    phone = Client()
    phone.cookies["django_language"] = "en"
    return phone


def link_for(case: Case, *, carried_to: ContactPoint | None = None) -> str:
    """Return the address of a fresh link, carried by a message to a number if one is given."""
    message = None
    if carried_to is not None:
        with transaction.atomic():
            draft = Draft(case, "sms", Body("a link"), "own_page_link", "1", contact_point=carried_to)
            message = enqueue(draft, key=f"link:{case.pk}", cause="test", at=NOON)
    return f"/my/l/{access.make_link(case, at=NOON, message=message).token}/"


def prove(phone: Client, answer: str = ID_TAIL, how: str = "id_tail") -> int:
    return phone.post("/my/identity/", {"how": how, "answer": answer}).status_code


def test_a_link_and_the_second_factor_open_the_page(phone: Client, case: Case) -> None:
    phone.get(link_for(case))
    door = phone.get("/my/identity/")

    assert "First, is it you?" in door.content.decode()
    assert SHOWN not in door.content.decode()
    assert case.customer.name not in door.content.decode()
    assert prove(phone) == 302
    assert SHOWN in phone.get("/my/").content.decode()
    assert CaseEvent.objects.filter(case=case, kind="own_page", payload={"proved_by": "id_tail"}).exists()


def test_the_first_hop_takes_the_token_out_of_the_address(phone: Client, case: Case) -> None:
    answer = phone.get(link_for(case))

    assert (answer.status_code, answer.url) == (302, "/my/identity/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.cookies["my_link"]["httponly"]
    assert answer.cookies["my_link"]["path"] == "/my/"


def test_a_preview_robot_spends_nothing(phone: Client, case: Case) -> None:
    address = link_for(case)
    for _ in range(3):
        Client().head(address)
        Client().get(address, follow=True)

    phone.get(address)
    assert prove(phone) == 302


def test_a_link_works_once(phone: Client, case: Case) -> None:
    address = link_for(case)
    phone.get(address)
    prove(phone)

    second = Client()
    second.cookies["django_language"] = "en"
    second.get(address)
    answer = second.post("/my/identity/", {"how": "id_tail", "answer": ID_TAIL})

    assert "This link no longer works" in answer.content.decode()
    assert second.get("/my/").status_code == 302


def test_a_forwarded_link_shows_nothing_and_is_spent_by_the_first_guess(phone: Client, case: Case) -> None:
    phone.get(link_for(case))

    assert prove(phone, "1111") == 422
    assert phone.get("/my/").url == "/my/identity/"
    assert AccessLink.objects.get().opened_at == NOON


@pytest.mark.parametrize("how", ["expired", "revoked", "forged", "unsigned", "of_nobody"])
def test_every_bad_link_is_told_the_same(phone: Client, case: Case, stop_clock: Clock, how: str) -> None:
    address = link_for(case)
    if how == "expired":
        stop_clock(NOON + timedelta(hours=73))
    elif how == "revoked":
        access.end_visits(case.customer_id, NOON)
    elif how == "forged":
        address = address[:-3] + ("AA/" if address[-3:] != "AA/" else "BB/")
    elif how == "unsigned":
        address = "/my/l/1/"
    else:
        AccessLink.objects.all().delete()
    phone.get(address)
    answer = phone.post("/my/identity/", {"how": "id_tail", "answer": ID_TAIL})

    assert answer.status_code == 200
    assert "This link no longer works" in answer.content.decode()
    assert phone.get("/my/").status_code == 302


def test_the_token_is_nowhere_in_the_database(case: Case) -> None:
    made = access.make_link(case, at=NOON)

    assert made.token.encode() not in bytes(made.link.token_index)
    assert made.token not in str(AccessLink.objects.values().get())


def test_a_link_cannot_be_spent_twice_at_once(case: Case) -> None:
    token = access.make_link(case, at=NOON).token

    assert access.open_link(token, NOON) is not None
    assert access.open_link(token, NOON) is None
    assert Visit.objects.count() == 1


def test_guessing_is_paused_and_the_rightful_answer_waits_too(
    phone: Client, case: Case, stop_clock: Clock
) -> None:
    phone.get(link_for(case))
    assert [prove(phone, f"{guess:04}") for guess in range(5)] == [422] * 5

    paused = phone.post("/my/identity/", {"how": "id_tail", "answer": ID_TAIL})
    assert paused.status_code == 429
    assert "after 12:30" in paused.content.decode()

    stop_clock(NOON + timedelta(minutes=29))
    phone.get("/my/identity/")  # touched, so the visit goes on
    stop_clock(NOON + timedelta(minutes=58))
    assert prove(phone) == 302


def test_a_new_link_does_not_give_new_tries(phone: Client, case: Case) -> None:
    phone.get(link_for(case))
    for guess in range(5):
        prove(phone, f"{guess:04}")
    fresh = Client()
    fresh.get(link_for(case))

    assert prove(fresh) == 429


def test_ten_wrong_answers_end_the_visit(phone: Client, case: Case, stop_clock: Clock) -> None:
    phone.get(link_for(case))
    for guess in range(10):
        stop_clock(NOON + timedelta(minutes=8 * guess))
        prove(phone, f"{guess:04}")
    stop_clock(NOON + timedelta(minutes=75))

    assert "no longer works" in phone.post("/my/identity/", {"answer": ID_TAIL}).content.decode()


def test_one_address_cannot_try_many_links(bank: Bank, case: Case) -> None:
    for _ in range(30):
        stranger = Client()
        stranger.get("/my/l/" + "A" * 32 + "/")
        prove(stranger)
    rightful = Client()
    rightful.get(link_for(case))

    assert "my_visit" not in rightful.post("/my/identity/", {"answer": ID_TAIL}).cookies
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    elsewhere.get(link_for(case))
    assert prove(elsewhere) == 302


def test_somebody_without_an_identity_number_on_file_is_not_let_in_by_an_empty_answer(
    phone: Client, case: Case
) -> None:
    case.customer.id_no_tail = ""
    case.customer.save()
    phone.get(link_for(case))

    assert prove(phone, "") == 422


def test_a_code_goes_to_another_number_than_the_link_and_works_once(
    phone: Client, bank: Bank, case: Case
) -> None:
    first = ContactPoint.objects.get(customer=case.customer)
    other = bank.number(case.customer, "10013800009")
    phone.get(link_for(case, carried_to=first))
    prove(phone, "1111")
    answer = phone.post("/my/identity/", {"send": "1"})

    message = OutboxMessage.objects.get(key__startswith="code:")
    assert message.contact_point_id == other.pk
    assert "****0009" in answer.content.decode()
    code = next(word for word in unseal(message.body_cipher).text.split() if word.strip(".").isdigit()).strip(
        "."
    )
    assert prove(phone, code, how="sms_code") == 302
    assert not codes.is_identity_code(Visit.objects.get(), code, NOON)  # it works once


def test_the_number_that_got_the_link_gets_no_code(phone: Client, case: Case) -> None:
    phone.get(link_for(case, carried_to=ContactPoint.objects.get(customer=case.customer)))
    prove(phone, "1111")

    assert phone.post("/my/identity/", {"send": "1"}).status_code == 422
    assert not OneTimeCode.objects.exists()


def test_a_code_is_for_one_visit_only(bank: Bank, case: Case) -> None:
    point = bank.number(case.customer, "10013800009")
    mine, other = (visit_of(case, key) for key in (b"a", b"b"))
    row = codes.send_code(mine, point, at=NOON)
    text = unseal(row.message.body_cipher).text
    code = "".join(letter for letter in text if letter.isdigit())[:6]

    assert not codes.is_identity_code(other, code, NOON)
    assert not use(case.customer_id, Purpose("sign", f"visit {mine.pk}"), code, at=NOON).right
    assert not codes.is_identity_code(mine, code, row.expires_at)
    assert codes.is_identity_code(mine, code, NOON)


def test_the_third_wrong_try_spends_a_code(bank: Bank, case: Case) -> None:
    visit = visit_of(case, b"a")
    row = codes.send_code(visit, bank.number(case.customer, "10013800009"), at=NOON)
    right = "".join(letter for letter in unseal(row.message.body_cipher).text if letter.isdigit())[:6]
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    assert [use(case.customer_id, codes.purpose_of(visit), wrong, at=NOON).left for _each in range(3)] == [
        2,
        1,
        0,
    ]
    assert not codes.is_identity_code(visit, right, NOON)


def visit_of(case: Case, key: bytes) -> Visit:
    until = NOON + timedelta(hours=1)
    return Visit.objects.create(
        key_index=key, customer_id=case.customer_id, case=case, opened_at=NOON, seen_at=NOON, expires_at=until
    )


def test_a_wrong_person_stops_the_number_and_is_asked_nothing(phone: Client, case: Case) -> None:
    point = ContactPoint.objects.get(customer=case.customer)
    address = link_for(case, carried_to=point)
    phone.get(address)
    answer = phone.post("/my/not-me/")

    assert "<input" not in answer.content.decode().split("<main")[1]
    point.refresh_from_db()
    assert point.state == "quarantined"
    assert OutboxMessage.objects.get().state == MessageState.WITHDRAWN
    refused = gate.request_permit(
        case=case, contact_point=point, channel="voice", purpose="collect", party="debtor", user=None, at=NOON
    )
    assert not refused.allowed
    phone.get(address)
    assert prove(phone) == 200  # the link is spent


def test_a_visit_ends_when_left_idle_or_old(case: Case, stop_clock: Clock) -> None:
    phone = enter(case)
    stop_clock(NOON + timedelta(minutes=31))
    assert phone.get("/my/").status_code == 302

    busy = enter(case, at=NOON)
    for minute in range(31, 31 + 300, 20):
        stop_clock(NOON + timedelta(minutes=minute))
        last = busy.get("/my/").status_code
    assert last == 302


def test_leaving_ends_the_visit_for_a_copied_cookie_too(debtor_client: Client) -> None:
    copied = Client()
    copied.cookies["my_visit"] = debtor_client.cookies["my_visit"].value
    debtor_client.post("/my/leave/")

    assert copied.get("/my/").status_code == 302


def test_staff_are_not_let_in_by_their_own_sign_in(bank: Bank, case: Case) -> None:
    colleague = Client()
    colleague.force_login(bank.collector)

    assert colleague.get("/my/").url == "/my/identity/"


def test_two_debtors_see_each_their_own(bank: Bank, debtor_client: Client) -> None:
    other = enter(debtor_case(bank, owed=777_700, number="10013800002"))

    assert SHOWN in debtor_client.get("/my/").content.decode()
    assert "7,777.00" in other.get("/my/").content.decode()
    assert SHOWN not in other.get("/my/").content.decode()
