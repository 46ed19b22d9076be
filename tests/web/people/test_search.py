"""Search: by what a collector has in hand; masked; logged; nothing about people in an address."""

from __future__ import annotations

from datetime import date

import pytest

from forbear.web.cases.models import Case
from forbear.web.people import search, services
from forbear.web.people.models import AccessLog, Role
from forbear.web.portfolio.models import Account, ContactPoint, Customer
from forbear.web.portfolio.vault import vault

pytestmark = pytest.mark.django_db
PHONE = "13800138000"
CARD = "6225000011112222"
ID_NO = "11010119900307771X"


def person(number: int, name: str) -> Customer:
    sealed_id = vault().seal(ID_NO if number == 1 else f"{number:018d}", "id")
    return Customer.objects.create(
        customer_no=f"C{number}",
        name=name,
        id_no_index=sealed_id.index,
        id_no_cipher=sealed_id.cipher,
        id_no_tail="771X",
    )


@pytest.fixture
def zhang() -> Customer:
    customer = person(1, "张伟明")
    phone, card = vault().seal(PHONE, "phone"), vault().seal(CARD, "card")
    ContactPoint.objects.create(
        customer=customer, kind="mobile", value_cipher=phone.cipher, value_index=phone.index, value_tail=phone.tail,
        source="application", lawful_basis="contract",
    )  # fmt: skip
    line = vault().seal("021-62345678", "phone")  # as intake stores a land line
    ContactPoint.objects.create(
        customer=customer, kind="home_phone", value_cipher=line.cipher, value_index=line.index, value_tail=line.tail,
        source="application", lawful_basis="contract",
    )  # fmt: skip
    Account.objects.create(
        account_no="A1", customer=customer, card_no_index=card.index, card_no_tail=card.tail
    )
    Case.objects.create(customer=customer, opened_on=date(2026, 11, 1), bucket="M2", past_due_minor=123450)
    person(2, "李娜")
    return customer


@pytest.mark.parametrize(
    "text",
    ["张", "张伟", "张伟明", " 张伟明 ", PHONE, "138 0013 8000", "138-0013-8000",
     "+86 13800138000", "021-62345678", "02162345678", "+86 021-62345678", "１３８００１３８０００", "8000", "2222", CARD,
     "6225 0000 1111 2222", ID_NO, ID_NO.lower(), "C1", "A1"],
)  # fmt: skip
def test_a_person_is_found_by_what_one_has_in_hand(zhang, text):
    assert [found.customer.pk for found in search.find(text)] == [zhang.pk]


def test_a_person_is_found_by_case_number(zhang):
    case = Case.objects.get(customer=zhang)
    assert [found.case for found in search.find(str(case.pk))] == [case]


@pytest.mark.parametrize(
    "text", ["", "  ", "王", "9999", "13800138001", "%", "伟", "99999999999999999999999"]
)
def test_nobody_else_is_found(zhang, text):
    assert search.find(text) == []


def test_many_are_cut_at_the_limit():
    for number in range(search.LIMIT + 5):
        person(number + 10, "赵一")
    assert len(search.find("赵")) == search.LIMIT


def test_the_number_of_queries_does_not_grow_with_what_is_found(django_assert_max_num_queries):
    for number in range(search.LIMIT):
        person(number + 10, "赵一")
    with django_assert_max_num_queries(6):
        search.find("赵")


@pytest.fixture
def collector(client):
    user = services.create_staff(
        username="chen", password="a long enough phrase", display_name="陈静", staff_no="1", role=Role.COLLECTOR, skill_group="early"
    )  # fmt: skip
    client.force_login(user)
    return user


def test_what_is_shown_is_masked(client, collector, zhang):
    page = client.post("/search/", {"q": PHONE}).content.decode()

    assert "张*明" in page
    assert "****2222" in page
    assert "1,234.50" not in page  # a collector may be in a call in which nobody's identity is confirmed
    assert "张伟明" not in page
    assert PHONE not in page
    assert CARD not in page


def test_legal_sees_the_whole_name_but_no_whole_number(client, zhang):
    legal = services.create_staff(
        username="he", password="a long enough phrase", display_name="何", staff_no="2", role=Role.LEGAL
    )
    client.force_login(legal)
    page = client.post("/search/", {"q": "张伟"}).content.decode()

    assert "张伟明" in page
    assert CARD not in page


def test_each_person_found_is_logged_without_what_was_typed(client, collector, zhang):
    client.post("/search/", {"q": PHONE})

    line = AccessLog.objects.get()
    assert (line.user, line.customer, line.what) == (collector, zhang, "search")
    assert PHONE not in line.detail


def test_a_search_by_address_is_refused(client, collector):
    assert client.get("/search/", {"q": PHONE}).status_code == 405


def test_an_administrator_may_not_search_for_people(client, zhang):
    admin = services.create_staff(
        username="sun",
        password="a long enough phrase",
        display_name="孙",
        staff_no="3",
        role=Role.ADMINISTRATOR,
    )
    client.force_login(admin)
    assert client.post("/search/", {"q": PHONE}).status_code == 403
    assert not AccessLog.objects.exists()
