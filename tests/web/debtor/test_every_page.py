"""Every address under /my/, taken from the urlconf, so that a page added later is held to the same."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from tests.web.cases.bank import Bank, day
from tests.web.debtor.conftest import NOON, debtor_case, enter

from forbear.web.agreements.matters import open_matter
from forbear.web.agreements.models import Matter
from forbear.web.cases.models import Case
from forbear.web.debtor import urls
from forbear.web.debtor.helpers import Grant, grant
from forbear.web.documents.models import StoredDocument
from forbear.web.payments.models import OrderState, PayOrder
from forbear.web.payments.services import make_payer_link
from forbear.web.portfolio.models import Account
from forbear.web.portfolio.vault import vault

# Open to everybody who has no visit yet; none of them shows anything of anybody.
OPEN = {
    "my_link",
    "my_identity",
    "my_trust",
    "my_not_me",
    "my_language",
    "my_leave",
    "my_for_link",
    "my_for",
    "my_check",
    "my_helper_link",
    "my_helper_in",
    "my_helping",
}
FIRST_LOAD = 150_000  # bytes compressed: page, style, script


def account_of(case: Case) -> Account:
    return Account.objects.get(customer_id=case.customer_id)


def an_order(case: Case) -> str:
    order, _ = PayOrder.objects.get_or_create(
        order_no=f"F{case.pk:024d}", case=case, customer_id=case.customer_id, account=account_of(case),
        defaults={"amount_minor": 123_456, "state": OrderState.PAID, "made_at": NOON, "paid_at": NOON},
    )  # fmt: skip
    return order.order_no


def a_paper(case: Case) -> int:
    content = b"%PDF-1.7 the paper of one person"
    return StoredDocument.objects.create(
        case=case, customer_id=case.customer_id, kind="plan_agreement", title="协议", media_type="application/pdf",
        size=len(content), sha256="0" * 64, cipher=vault().seal_bytes(content, "document"), made_at=NOON,
    ).pk  # fmt: skip


def a_helper(case: Case) -> int:
    return grant(
        case, Grant("王芳", "family", "13900139000", ["owed"], day("2026-06-01"), False), at=NOON
    ).helper.pk


def a_proof(case: Case) -> int:
    matter = Matter.objects.filter(case=case).first() or open_matter(
        case, "hardship", reason="x", at=NOON, by=None
    )
    return matter.proofs.order_by("pk")[0].pk


# How an id in an address is made for somebody; a new address needs its maker here.
MAKERS: dict[str, Callable[[Case], Any]] = {
    "token": lambda case: "A" * 32,
    "order_no": an_order,
    "paper_id": a_paper,
    "helper_id": a_helper,
    "step": lambda case: "income",
    "proof_id": a_proof,
    "link_id": lambda case: make_payer_link(case, account_of(case), 100_00, shows_name=False, at=NOON)[0].pk,
}


def patterns() -> Iterator[URLPattern]:
    yield from (each for each in urls.urlpatterns if isinstance(each, URLPattern))


NAMES = [each.name or "" for each in patterns()]


def address(name: str, case: Case) -> str:
    pattern = next(each for each in patterns() if each.name == name)
    missing = set(pattern.pattern.converters) - set(MAKERS)
    assert not missing, (
        f"write in MAKERS how {missing} of {name} is made for somebody, so that others can be tried"
    )
    return reverse(name, kwargs={each: MAKERS[each](case) for each in pattern.pattern.converters})


@pytest.fixture
def victim(case: Case, bank: Bank) -> Case:
    """Return a case with something of everything, whose marks must reach nobody else."""
    case.customer.name = "欧阳受害"
    case.customer.save()
    Account.objects.filter(customer=case.customer).update(card_no_tail="9731")
    bank.promises(case, 654_321, due="2026-05-15", on="2026-05-11")
    an_order(case)
    return case


MARKS = ("欧阳受害", "9731", "20,000.00", "6,543.21", "1,234.56", "the paper of one person")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_learns_nothing(victim: Case, name: str, method: str) -> None:
    answer = getattr(Client(), method)(address(name, victim))

    assert not any(mark in answer.content.decode(errors="replace") for mark in MARKS)
    if name not in OPEN:
        assert (answer.status_code, answer.headers.get("Location")) in ((302, "/my/identity/"), (405, None))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_debtor_learns_and_changes_nothing(victim: Case, bank: Bank, name: str, method: str) -> None:
    other = enter(debtor_case(bank, owed=777_700, number="10013800002"))
    before = fingerprint(victim)
    path = address(name, victim)
    made = fingerprint(victim) if path.count("/") > 3 else before
    answer = getattr(other, method)(path)

    assert not any(mark in answer.content.decode(errors="replace") for mark in MARKS)
    assert fingerprint(victim) == made
    owned = set(next(each for each in patterns() if each.name == name).pattern.converters) - {"token", "step"}
    if owned:
        assert answer.status_code in (404, 405), f"{path} answers {answer.status_code} to another debtor"


def fingerprint(case: Case) -> tuple[int, ...]:
    """Count what a stranger could have left behind on a case."""
    links = PayOrder.objects.filter(case=case).count()
    revoked = case.__class__.objects.filter(pk=case.pk, customer_id=case.customer_id).count()
    return (
        links,
        revoked,
        case.events.count(),
        case.holds.count(),
        case.promises.count(),
        case.tasks.count(),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_kept_by_nobody(victim: Case, name: str) -> None:
    for answer in (Client().get(address(name, victim)), enter(victim).get(address(name, victim))):
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert "og:" not in answer.content.decode(errors="replace")


@pytest.mark.parametrize("name", NAMES)
def test_no_form_is_taken_without_its_token(victim: Case, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["my_visit"] = enter(victim).cookies["my_visit"].value

    assert strict.post(address(name, victim)).status_code in (403, 405)


@pytest.mark.parametrize("name", NAMES)
def test_no_address_holds_a_number_of_a_person(victim: Case, name: str) -> None:
    path = address(name, victim)

    assert not re.search(r"\d{4}X|9731|1001380", path)
    assert victim.customer.customer_no not in path


@pytest.mark.parametrize("name", NAMES)
def test_the_first_load_is_small_and_needs_no_script(victim: Case, name: str) -> None:
    answer = enter(victim).get(address(name, victim))
    if answer.headers["Content-Type"].split(";")[0] != "text/html" or answer.status_code != 200:
        return
    page = answer.content.decode()
    parts = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"', page)
    size = sum(len(gzip.compress(Path(finders.find(part) or "").read_bytes())) for part in parts)

    assert len(gzip.compress(answer.content)) + size < FIRST_LOAD
    assert "<script" not in page
    assert " style=" not in page
    assert "onclick" not in page


def test_what_is_not_there_says_so_calmly(debtor_client: Client) -> None:
    answer = debtor_client.get("/my/nothing-of-the-kind/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "nothing-of-the-kind" not in answer.content.decode().replace(
        'value="/my/nothing-of-the-kind/"', ""
    )


def test_the_urlconf_leads_here() -> None:
    resolver = get_resolver()
    assert all(resolver.reverse_dict.getlist(name) for name in NAMES)
    assert day("2026-05-12") == NOON.date()
