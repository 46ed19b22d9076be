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


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What was done, not who somebody is: three facts from which willingness is read."""

    days: int
    paid_minor: int
    payments: int
    kept: int
    failed: int
    answered: int
    tried: int


PAID = """
SELECT coalesce(sum(e.amount_minor), 0), count(*) FILTER (WHERE e.kind = 'payment')
FROM standing_entries e JOIN portfolio_account a ON a.id = e.account_id
WHERE a.customer_id = %s AND a.product = %s AND e.kind IN ('payment', 'reversal') AND e.value_on >= %s
"""


def behaviour(case: Case, at: datetime) -> Behaviour:
    """Return payments, promises and calls answered within the house's days; three queries."""
    days = int(house("behaviour_days", at))
    since = at.date() - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(PAID, [case.customer_id, case.product, since])
        paid, payments = cursor.fetchone()
    states = list(Promise.objects.filter(case=case, made_on__gte=since).values_list("state", flat=True))
    tried = case.attempts.filter(at__gte=at - timedelta(days=days), channel="voice")
    return Behaviour(
        days, int(paid), int(payments), states.count("kept"), states.count("broken") + states.count("partial"),
        tried.filter(answered=True).count(), tried.count(),
    )  # fmt: skip
