"""Reads for the debtor's page: the same selectors as the staff's screens, so that the two never disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from forbear.web.agreements.models import Plan, PlanState, Waiver
from forbear.web.cases.ageing import age_accounts
from forbear.web.cases.models import Case, Promise, PromiseState
from forbear.web.cases.owed import AccountOwed, composition, sum_owed
from forbear.web.contact import gate
from forbear.web.contact.models import ContactAttempt
from forbear.web.debtor import policy
from forbear.web.debtor.codes import own_numbers
from forbear.web.documents.models import StoredDocument
from forbear.web.ledger import selectors as ledger
from forbear.web.ledger.words import KINDS
from forbear.web.outbox.body import unseal
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.payments import selectors as payments
from forbear.web.portfolio.models import Account
from forbear.web.reading import reading_lang

SHOWN = 100
WENT_OUT = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN, MessageState.HANDED_OVER)
PLAN_SHOWN = (
    PlanState.SIGNED,
    PlanState.ACTIVE,
    PlanState.LATE,
    PlanState.BREACH_NOTICE,
    PlanState.COMPLETED,
)


@dataclass(frozen=True, slots=True)
class Owed:
    """How much, as of when, how much of it is on its way, and what brings the case up to date."""

    rows: list[AccountOwed]
    total: AccountOwed
    on_its_way_minor: int
    past_due_minor: int
    known: bool  # whether statements are there to tell what is past due

    @property
    def left_minor(self) -> int:
        """Return what is left once what is on its way arrives."""
        return self.total.total_minor - self.on_its_way_minor

    @property
    def minimum_minor(self) -> int:
        """Return what is left of what is past due."""
        return max(min(self.past_due_minor - self.on_its_way_minor, self.left_minor), 0)


def owed(case: Case, on: date) -> Owed:
    """Return what a debtor owes as of a day."""
    rows = composition(case, on)
    ages, known = age_accounts([case.pk], on)
    past_due = sum(age.past_due_minor for age in ages)
    return Owed(rows, sum_owed(rows), payments.on_its_way_minor(case), past_due, known[case.pk] > 0)


def explained(case: Case, at: datetime, lang: str) -> dict[str, Any]:
    """Return the whole explanation: parts, lines with formulas, entries, and what it will cost to wait."""
    on = at.date()
    accounts = Account.objects.filter(customer_id=case.customer_id, product=case.product).order_by(
        "account_no"
    )
    whys, now = [ledger.why(account, as_of=on, lang=lang) for account in accounts], owed(case, on)
    near, far = (policy.pricing(f"forecast_{which}_days", at) for which in ("near", "far"))
    return {
        "owed": now,
        "counted_minor": sum(why.total_minor for why in whys),
        "whys": [(why, moved(why), [(step, KINDS[step.kind]) for step in why.steps]) for why in whys],
        "ahead": [(days, ahead(whys, now.total.total_minor, days)) for days in (near, far)],
        "verified": all(why.verified for why in whys),
        "on": on,
    }


def moved(why: ledger.Why) -> list[ledger.WhyLine]:
    """Return the lines of interest and fees that come to a cent or more, those not booked yet last."""
    return [each for each in (*why.lines, *why.open_lines) if each.amount_minor]


def ahead(whys: list[ledger.Why], owed_minor: int, days: int) -> int | None:
    """Return what will be owed in some days if nothing is paid: what is owed now, and what the ledger adds until then.

    So it starts from the figure above it, also while ledger and bank differ. None where one account cannot be told, or
    nothing is owed.
    """
    grown = [(why.forecast_on(0), why.forecast_on(days)) for why in whys]
    added = [then - now for now, then in grown if now is not None and then is not None]
    return owed_minor + sum(added) if added and len(added) == len(whys) and owed_minor > 0 else None


def contacts(customer_id: int) -> list[ContactAttempt]:
    """Return every contact tried, newest first, with who made it."""
    found = ContactAttempt.objects.filter(customer_id=customer_id).select_related("staff", "contact_point")
    return list(found.order_by("-at", "-pk")[:SHOWN])


def calls_left(case: Case, at: datetime) -> dict[str, Any]:
    """Return how many calls may still be made to the debtor's own number today, as the gate counts them."""
    numbers = own_numbers(case.customer_id)
    meter = gate.meter(case, numbers[0] if numbers else None, at, reading_lang())
    none = meter["answer"] == "refused"
    return {
        "calls": 0 if none else min(
            meter["number_attempts_max"] - meter["number_attempts_today"], meter["effective_max"] - meter["effective_today"]
        ),
        "rule": meter["reasons"][0] if meter["reasons"] else None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it was written."""

    message: OutboxMessage
    text: str

    @property
    def at(self) -> datetime:
        """Return when it was handed over; when it was planned, where the record does not say so."""
        return self.message.handed_over_at or self.message.planned_at


def letters(customer_id: int) -> list[Letter]:
    """Return what went out to the debtor, newest first, but for one-time codes and links, which are spent secrets."""
    found = (
        OutboxMessage.objects.filter(customer_id=customer_id, state__in=WENT_OUT, party="debtor")
        .exclude(template__in=["one_time_code", "own_page_link", "signing_code"])
        .order_by(F("handed_over_at").desc(nulls_last=True), "-pk")[:SHOWN]
    )
    return [Letter(message, unseal(message.body_cipher).text) for message in found]


def papers(customer_id: int, at: datetime) -> QuerySet[StoredDocument]:
    """Return the papers a debtor may have, newest first: what is between the two, and letters once they went out.

    What the house drafts for itself or for a court is not among them.
    """
    mine = StoredDocument.objects.filter(customer_id=customer_id, received=False)
    between = Q(kind__in=[row["kind"] for row in policy.value("papers_shown", at)])
    return mine.filter(between | Q(letter__message__state__in=WENT_OUT)).order_by("-made_at")


def agreements(case: Case, at: datetime) -> dict[str, Any]:
    """Return promises, plans, settlements, payments made here and papers of the debtor."""
    return {
        "promises": Promise.objects.filter(case=case)
        .exclude(state=PromiseState.SUPERSEDED)
        .order_by("-due_on", "-pk")[:SHOWN],
        "plans": Plan.objects.filter(case=case, state__in=PLAN_SHOWN)
        .prefetch_related("rows")
        .order_by("-pk"),
        "waivers": Waiver.objects.filter(case=case)
        .exclude(state__in=["requested", "rejected"])
        .order_by("-pk"),
        "orders": payments.orders_of(case),
        "papers": papers(case.customer_id, at),
        "today": at.date(),
    }
