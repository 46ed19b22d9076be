"""Reads on letters: who could get one, how batches stand, what became of their letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from forbear.web.cases.models import Case
from forbear.web.complaints.bars import cut_cases
from forbear.web.letters import policy
from forbear.web.letters.models import Letter, LetterBatch
from forbear.web.outbox.handover import ENDED_CASES
from forbear.web.outbox.models import OutboxMessage
from forbear.web.people.models import Role

if TYPE_CHECKING:
    from forbear.web.people.models import User

SHOWN = 500


def candidates(kind: str, *, dpd_from: int, dpd_to: int, most: int, at: datetime) -> list[int]:
    """Return ids of cases late by so many days, the largest first, that got no letter of the kind lately."""
    since = at - timedelta(days=policy.house("again_days", at))
    recent = Letter.objects.filter(case=OuterRef("pk"), batch__kind=kind, batch__asked_at__gt=since)
    found = Case.objects.filter(closed_on__isnull=True, dpd__gte=dpd_from, dpd__lte=dpd_to)
    open_ones = found.exclude(state__in=ENDED_CASES).exclude(Exists(recent))
    return list(open_ones.order_by("-past_due_minor", "pk").values_list("pk", flat=True)[:most])


def visible(user: User) -> QuerySet[LetterBatch]:
    """Return the batches a person may see: outside counsel those that bear their own name."""
    found = LetterBatch.objects.select_related("asked_by", "released_by", "agent", "run")
    return found.filter(agent__user=user) if user.role == Role.COUNSEL else found


def board(user: User, most: int = 50) -> list[LetterBatch]:
    """Return the newest batches with how many letters were made, signed, printed, delivered and came back."""
    counted = visible(user).annotate(
        made=Count("letters"),
        signed=Count("letters__signature"),
        pages=Sum("letters__pages"),
        went=Count("letters__message", filter=~Q(letters__message__state__in=("planned", "claimed", "withdrawn", "expired"))),
        delivered=Count("letters__message", filter=Q(letters__message__state="delivered")),
        failed=Count("letters__message", filter=Q(letters__message__state="failed")),
    )  # fmt: skip
    return list(counted.order_by("-pk")[:most])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: `all` cases, `done` looked at, `made` letters, `pages`, and its messages by state."""

    all: int
    done: int
    made: int
    pages: int
    signed: int
    kept_back: int
    states: dict[str, int]

    @property
    def waits(self) -> bool:
        """Return whether something still moves by itself, so that the page looks again."""
        return self.done < self.all or any(
            self.states.get(state) for state in ("planned", "claimed", "handed_over")
        )


def progress(batch: LetterBatch) -> Progress:
    """Return how far a batch is."""
    sums = batch.letters.aggregate(
        made=Count("pk"), pages=Sum("pages"), signed=Count("signature"), kept=Count("pk", filter=~Q(kept_back="")),
    )  # fmt: skip
    rows = OutboxMessage.objects.filter(letter__batch=batch).values_list("state").annotate(Count("pk"))
    return Progress(
        len(batch.cases), batch.done, sums["made"], sums["pages"] or 0, sums["signed"], sums["kept"],
        dict(rows.order_by("state")),
    )  # fmt: skip


def letters_of(batch: LetterBatch, user: User) -> QuerySet[Letter]:
    """Return the letters of a batch that a person may read, the first of them, without their content."""
    found = batch.letters.exclude(case__in=cut_cases(user)).select_related(
        "case__customer", "message", "document", "contact_point", "signature"
    )
    return found.defer("words_cipher", "document__cipher").order_by("number")[:SHOWN]
