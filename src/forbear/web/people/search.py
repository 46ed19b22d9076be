"""Find people and cases by what a collector has in hand, without ever showing more than the tail of a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from forbear.privacy.mask import TAIL_LENGTH
from forbear.web.cases.models import Case
from forbear.web.portfolio.models import Account, ContactPoint, Customer
from forbear.web.portfolio.vault import vault

LIMIT = 20
WHOLE_NUMBER = re.compile(r"\+?[0-9]{7,19}[0-9Xx]?")
NAME = re.compile(r"[^\W\d_][^\d]*")


@dataclass(frozen=True, slots=True)
class Found:
    """One person found: what matched, and their open case if there is one."""

    customer: Customer
    case: Case | None
    card_tails: tuple[str, ...]


def find(text: str, hidden: Set[int] = frozenset()) -> list[Found]:
    """Return at most LIMIT people matching a name, phone, card tail, whole number, customer, account or case number.

    `hidden` are the debtors whom the person who searches is kept away from.
    """
    wanted = tidy(text)
    if not wanted:
        return []
    customers = list(Customer.objects.filter(pk__in=matching(wanted) - hidden).order_by("pk")[:LIMIT])
    return with_cases(customers)


def tidy(text: str) -> str:
    """Undo full-width forms and the spaces and hyphens people put into numbers."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[\s\-]", "", plain)
    return digits if re.fullmatch(r"\+?[0-9]+[Xx]?", digits) else plain


def matching(wanted: str) -> set[int]:
    """Return the ids of customers that match; each look-up uses an index and stops at LIMIT."""
    queries: list[QuerySet[Any, Any]] = [
        Customer.objects.filter(customer_no=wanted).values_list("pk", flat=True),
        Account.objects.filter(account_no=wanted).values_list("customer_id", flat=True),
    ]
    if wanted.isdigit() and len(wanted) == TAIL_LENGTH:
        queries.append(Account.objects.filter(card_no_tail=wanted).values_list("customer_id", flat=True))
        queries.append(ContactPoint.objects.filter(value_tail=wanted).values_list("customer_id", flat=True))
    if wanted.isdigit() and len(wanted) < 19:  # a bigint
        queries.append(Case.objects.filter(pk=int(wanted)).values_list("customer_id", flat=True))
    if WHOLE_NUMBER.fullmatch(wanted):
        queries += by_whole_number(wanted)
    if NAME.fullmatch(wanted):
        queries.append(Customer.objects.filter(name__startswith=wanted).values_list("pk", flat=True))
    return {pk for query in queries for pk in query[:LIMIT]}


def by_whole_number(number: str) -> list[QuerySet[Any, Any]]:
    """Return look-ups of a whole phone, card or identity number by its keyed digest."""
    box = vault()
    phones = [box.index(form, "phone") for form in phone_forms(number)]
    return [
        ContactPoint.objects.filter(value_index__in=phones).values_list("customer_id", flat=True),
        Account.objects.filter(card_no_index=box.index(number, "card")).values_list("customer_id", flat=True),
        Customer.objects.filter(id_no_index=box.index(number.upper(), "id")).values_list("pk", flat=True),
    ]


def phone_forms(digits: str) -> set[str]:
    """Return the forms in which intake may have stored these digits: mobile, abroad, or area and number."""
    home = re.sub(r"^\+?86(?=[01][0-9]{9,})", "", digits)
    forms = {digits, home}
    if home.startswith("0"):
        forms |= {f"{home[:3]}-{home[3:]}", f"{home[:4]}-{home[4:]}"}
    return forms


def with_cases(customers: list[Customer]) -> list[Found]:
    """Add each person's open case (the newest when closed) and card tails; two queries for all."""
    ids = [customer.pk for customer in customers]
    newest_last = Case.objects.filter(customer_id__in=ids).select_related("owner").order_by("opened_on", "pk")
    cases = {case.customer_id: case for case in newest_last}
    tails: dict[int, list[str]] = {}
    for customer_id, tail in Account.objects.filter(Q(customer_id__in=ids), ~Q(card_no_tail="")).values_list(
        "customer_id", "card_no_tail"
    ):
        tails.setdefault(customer_id, []).append(tail)
    return [Found(one, cases.get(one.pk), tuple(sorted(tails.get(one.pk, [])))) for one in customers]
