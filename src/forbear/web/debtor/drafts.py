"""An unfinished answer to "what can you pay?": kept sealed, with consent only, and for some days only."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from forbear.web.contact.models import Consent
from forbear.web.debtor import policy
from forbear.web.debtor.models import Draft
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.cases.models import Case

SEAL = "means_draft"
DATA, PAPERS = "means_data", "means_papers"  # kinds of consent: figures and papers are agreed to apart
Answers = dict[str, Any]


def consents(customer_id: int, kind: str) -> bool:
    """Return whether the newest word of a debtor on a kind of use is yes."""
    last = Consent.objects.filter(customer_id=customer_id, kind=kind).order_by("-pk").first()
    return last is not None and last.withdrawn_at is None and last.value is True


def agree(customer_id: int, kind: str, *, at: datetime) -> None:
    """Note that a debtor agrees to a kind of use; once is enough."""
    if not consents(customer_id, kind):
        Consent.objects.create(customer_id=customer_id, kind=kind, value=True, at=at)


@transaction.atomic
def take_back(customer_id: int, *, at: datetime) -> None:
    """Note that a debtor agrees no more, and forget what is unfinished; what an agreement rests on stays with it."""
    for kind in (DATA, PAPERS):
        if consents(customer_id, kind):
            Consent.objects.create(customer_id=customer_id, kind=kind, value=False, at=at)
    forget(customer_id)


def answers(customer_id: int, at: datetime) -> Answers:
    """Return what was answered so far; nothing once it is too old."""
    found = Draft.objects.filter(customer_id=customer_id, saved_at__gt=oldest(at)).first()
    if found is None:
        return {}
    said: Answers = json.loads(vault().open_bytes(bytes(found.cipher), SEAL))
    return said


def save(case: Case, more: Answers, *, at: datetime) -> None:
    """Keep more answers, sealed."""
    said = {**answers(case.customer_id, at), **more}
    sealed = vault().seal_bytes(json.dumps(said, ensure_ascii=False).encode(), SEAL)
    Draft.objects.update_or_create(customer_id=case.customer_id, defaults={"cipher": sealed, "saved_at": at})


def forget(customer_id: int) -> None:
    """Delete what is unfinished."""
    Draft.objects.filter(customer_id=customer_id).delete()


def forget_old(at: datetime) -> int:
    """Delete every unfinished answer that nobody came back to; return how many."""
    return Draft.objects.filter(saved_at__lte=oldest(at)).delete()[0]


def oldest(at: datetime) -> datetime:
    """Return the moment before which an unfinished answer is forgotten."""
    return at - timedelta(days=policy.value("draft_days", at))
