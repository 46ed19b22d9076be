"""Understanding a debtor: why, what can be paid, and what was done so far; figures sealed, never a guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from forbear import questions
from forbear.money import parse_minor
from forbear.questions import BadFact
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.models import Means
from forbear.web.agreements.policy import house
from forbear.web.cases.codes import codes
from forbear.web.cases.models import Promise
from forbear.web.cases.timeline import append_event, locked_case
from forbear.web.law.current import packs_at
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.people.models import User

KIND = "means"  # binds the seal to what it holds
REASON_MAX = 1000
CAME_IN = "CALL_IN"  # the action of a call the debtor made


@dataclass(frozen=True, slots=True)
class Told:
    """What the debtor told: facts of `affordability`, the reason, the wish to pay."""

    facts: Mapping[str, Any]
    reason: str
    reason_text: str
    willing: bool | None


def affordability(facts: Mapping[str, Any], *, at: datetime, lang: str) -> dict[str, Any]:
    """Return the answer of the question, with the formula; raises AgreementRefused naming the field."""
    try:
        asked = {**facts, "as_of": at.date().isoformat()}
        return dict(questions.ask("affordability", asked, packs=packs_at(at), lang=lang))
    except BadFact as bad:
        raise AgreementRefused(str(bad), field=getattr(bad, "field", "")) from bad


@transaction.atomic
def record_means(case: Case, told: Told, *, at: datetime, by: User | None) -> Means:
    """Keep what the debtor can pay, sealed, with the answer as it was computed."""
    case = locked_case(case.pk)
    if told.reason not in codes(at.date()).reasons:
        raise AgreementRefused(_("This reason is not in the list."), field="reason")
    answer = affordability(told.facts, at=at, lang="zh")
    kept = {"facts": dict(told.facts), "answer": answer, "reason_text": told.reason_text.strip()[:REASON_MAX]}
    figures = answer["answer"]
    means = Means.objects.create(
        case=case, at=at, by=by, cipher=vault().seal_bytes(json.dumps(kept, ensure_ascii=False).encode(), KIND),
        reason=told.reason, capacity_minor=minor(figures["monthly_capacity"]), stress_minor=minor(figures["stress_capacity"]),
        exceeds_ability=figures["exceeds_ability"], willing=told.willing, evidence=figures["evidence"],
    )  # fmt: skip
    case.arrears_reason = told.reason
    case.save(update_fields=["arrears_reason"])
    said = {"means": means.pk, "reason": told.reason, "evidence": means.evidence, "willing": told.willing}
    append_event(case, kind="means", at=at, by=by, payload=said)
    return means


def minor(written: str | None) -> int | None:
    """Read an amount of an answer; none stays none."""
    return None if written is None else parse_minor(written)


def opened(means: Means) -> dict[str, Any]:
    """Return what was told and computed: facts, answer, reason_text; the caller logs the read."""
    held: dict[str, Any] = json.loads(vault().open_bytes(bytes(means.cipher), KIND))
    return held


def latest(case: Case) -> Means | None:
    """Return the newest record of means of a case."""
    found: Means | None = Means.objects.filter(case=case).order_by("-pk").first()
    return found


PAID = """
SELECT count(*) FILTER (WHERE paid_on >= %s), max(paid_on) FROM (
    SELECT min(r.paid_on) AS paid_on FROM standing_receipts r JOIN portfolio_account a ON a.id = r.account_id
    WHERE a.customer_id = %s AND a.product = %s AND r.paid_on <= %s AND r.booked_on <= %s
    GROUP BY r.account_id, r.payment_no HAVING sum(r.amount_minor) > 0) paid
"""


def behaviour(case: Case, at: datetime) -> dict[str, Any]:
    """Return the facts of `willingness`: what was done within the house's days; a share of nothing is not known."""
    on = at.date()
    since = on - timedelta(days=int(house("behaviour_days", at)))
    with connection.cursor() as cursor:
        cursor.execute(PAID, [since, case.customer_id, case.product, on, on])
        payments, last_paid = cursor.fetchone()
    states = list(Promise.objects.filter(case=case, made_on__gte=since).values_list("state", flat=True))
    kept, failed = states.count("kept"), states.count("broken") + states.count("partial")
    tried = case.attempts.filter(local_day__gte=since, at__lte=at)
    called = tried.filter(channel="voice").exclude(action=CAME_IN)
    came = tried.filter(action=CAME_IN).count() + case.replies.filter(at__date__gte=since, at__lte=at).count()
    known = {
        "promises_kept_of_100": share(kept, kept + failed),
        "payments_last_90_days": payments,
        "contacts_begun_by_debtor_90_days": came,
        "documents_given": case.documents.filter(received=True).count(),
        "calls_answered_of_100": share(called.filter(answered=True).count(), called.count()),
        "days_since_last_payment": (on - last_paid).days if last_paid else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def share(part: int, whole: int) -> int | None:
    """Return how many of a hundred, rounded down; none of nothing."""
    return part * 100 // whole if whole else None


def shown_willing(case: Case, *, at: datetime, lang: str) -> dict[str, Any]:
    """Return the answer of `willingness` for a case: a band, and the facts of behaviour it was read from."""
    facts = {**behaviour(case, at), "as_of": at.date().isoformat()}
    return dict(questions.ask("willingness", facts, packs=packs_at(at), lang=lang))
