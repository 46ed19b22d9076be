"""What is known of a matter when a paper is drafted; what is not known is None and later named as missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from forbear.money import Money
from forbear.packs import Packs
from forbear.web.law.current import packs_at
from forbear.web.litigation.figures import Figures, figures, paid_since
from forbear.web.litigation.limitation import Limit, limits
from forbear.web.litigation.models import CourtEvidence, LegalMatter, MatterTerm
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault

HOUSE = "house/litigation"
CURRENCY = "CNY"  # what Chinese courts award; an account in another currency is claimed apart
PHONES = ("mobile", "home_phone")
DEMANDS_SHOWN = 12  # rows of the table of demands, the newest; the whole record is evidence of its own
DEMANDS = """
SELECT day, how, result FROM (
  SELECT (coalesce(m.handed_over_at, m.planned_at) AT TIME ZONE 'Asia/Shanghai')::date AS day, m.channel AS how,
         CASE m.state WHEN 'delivered' THEN 'delivered' ELSE 'sent' END AS result
  FROM outbox_outboxmessage m WHERE m.case_id = %(case)s AND m.purpose = 'collect' AND m.state IN ('sent', 'delivered')
  UNION ALL
  SELECT t.local_day, t.channel, 'reached' FROM contact_contactattempt t
  WHERE t.case_id = %(case)s AND t.effective AND t.channel IN ('voice', 'visit')
) told WHERE day <= %(on)s ORDER BY day DESC LIMIT %(most)s
"""


class CannotDraft(ValueError):
    """A paper cannot be drafted for a reason that is more than a missing item; says what to do."""


@dataclass(frozen=True)
class Dossier:
    """Everything a paper of one matter may need, as of a day."""

    matter: LegalMatter
    at: datetime
    on: date
    packs: Packs
    figures: Figures
    limit: Limit
    evidence: tuple[CourtEvidence, ...]  # as a court reads it: by kind as policy orders them, then by age
    extra: Mapping[str, Any]  # what a person gave for this paper

    def house(self, name: str) -> Any:
        """Return a parameter of the house."""
        return self.packs.value(f"{HOUSE}/{name}", self.on)

    def has(self, kind: str) -> str | None:
        """Return the title of the newest evidence of a kind."""
        return next((each.title for each in reversed(self.evidence) if each.kind == kind), None)


def gather(matter: LegalMatter, on: date, at: datetime, extra: Mapping[str, Any] | None = None) -> Dossier:
    """Return the dossier of a matter as of a day; raises CannotDraft for a debt that is not in one currency."""
    held = figures(matter.case, on)
    if foreign := sorted({row.currency for row in held.accounts} - {CURRENCY}):
        raise CannotDraft(_("Accounts in %(currency)s are claimed apart.") % {"currency": ", ".join(foreign)})
    packs = packs_at(at)
    limit = limits([matter.case_id], on, packs)[matter.case_id]
    return Dossier(matter, at, on, packs, held, limit, evidence_of(matter, on, packs), extra or {})


def evidence_of(matter: LegalMatter, on: date, packs: Packs) -> tuple[CourtEvidence, ...]:
    """Return the evidence on file in the order of a court's list, without its content."""
    order = [row["kind"] for row in packs.value(f"{HOUSE}/evidence_required", on)]
    found = CourtEvidence.objects.filter(case=matter.case).defer("content_cipher").order_by("at", "pk")
    return tuple(sorted(found, key=lambda each: (*order, each.kind).index(each.kind)))


def yuan(minor: int) -> Money:
    """Return an amount in the currency of the claim."""
    return Money(minor, CURRENCY)


def some(minor: int) -> Money | None:
    """Return an amount, or None where there is nothing to show."""
    return yuan(minor) if minor else None


def head(d: Dossier) -> dict[str, Any]:
    """Return matter, court, bank, agent and debtor as papers name them."""
    bank, agent, person = d.house("plaintiff"), d.matter.agent, d.matter.case.customer
    acting = agent if agent and agent.holds_on(d.on) else None
    return {
        "matter_no": d.matter.number, "court": d.matter.court or None, "bank": bank["name"], "bank_code": bank["code"],
        "bank_address": bank["address"], "bank_head": bank["head"], "bank_phone": bank["phone"],
        "agent": acting and acting.name, "agent_firm": acting and acting.firm, "licence_no": acting and acting.licence_no,
        "debtor": person.name or None, "debtor_identity": identity(person), "debtor_address": own_contact(person, ["address"]),
        "debtor_phone": own_contact(person, PHONES), "debtor_born_on": person.birth_on,
        "drawn_on": d.at.date(), "counted_on": d.on,
    }  # fmt: skip


def identity(person: Any) -> str | None:
    """Return the identity number in the clear, for the court alone."""
    return vault().open(bytes(person.id_no_cipher), "id") if person.id_no_cipher else None


def own_contact(person: Any, kinds: Sequence[str]) -> str | None:
    """Return the debtor's own newest contact point of some kinds that is not known to be wrong, in the clear."""
    found = ContactPoint.objects.filter(customer=person, kind__in=kinds, relation="self").exclude(
        state__in=["invalid", "wrong_person", "quarantined"]
    )
    point = found.order_by("-reserved", "-updated_on", "-pk").first()
    if point is None:
        return None
    return vault().open(bytes(point.value_cipher), "address" if point.kind == "address" else "phone")


def money_of(d: Dossier) -> dict[str, Any]:
    """Return the claim by component; without the bank's own breakdown its parts are missing."""
    total = d.figures.total
    known = d.figures.broken_down
    return {
        "principal": yuan(total.principal_minor) if known else None,
        "interest": yuan(total.interest_minor) if known else None,
        "compound": some(total.compound_minor), "late_fee": some(total.late_fee_minor),
        "fees": some(total.fee_minor + total.other_minor), "received_since": some(-total.posted_since_minor),
        "claim": yuan(total.total_minor) if total.total_minor > 0 else None,
        "accounts": "、".join(row.account_no for row in d.figures.accounts) or None,
    }  # fmt: skip


def default_on(d: Dossier) -> date:
    """Return the first day of the default: the day after the due day that passed."""
    return d.limit.starts_on + timedelta(days=1)


def demands(d: Dossier) -> list[dict[str, Any]]:
    """Return what the system can show of demands, the newest first."""
    words = d.house("demand_words")
    with connection.cursor() as cursor:
        cursor.execute(DEMANDS, {"case": d.matter.case_id, "on": d.on, "most": DEMANDS_SHOWN})
        return [
            {"day": day, "how": words.get(how, how), "result": words[result]}
            for day, how, result in cursor.fetchall()
        ]


def paid_before(d: Dossier) -> int:
    """Return what was paid since the default began; minor units."""
    return paid_since(d.matter.case, d.limit.starts_on, d.on)


def apply_by(matter: LegalMatter) -> date | None:
    """Return the last day to apply for enforcement, where the term was started."""
    term = MatterTerm.objects.filter(matter=matter, kind="enforcement_application").order_by("-pk").first()
    return term.last_day if term else None
