"""What each kind of paper states, from the dossier of a matter; what nobody knows is None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from forbear.money import format_minor, parse_minor
from forbear.questions import ask
from forbear.web.litigation import dossier as facts
from forbear.web.litigation.dossier import CannotDraft, Dossier, yuan
from forbear.web.litigation.figures import differs, paid_since
from forbear.web.litigation.models import LegalMatter, MatterMove
from forbear.web.portfolio.models import Account


def complaint(d: Dossier) -> dict[str, Any]:
    """Return the elements of a complaint in a card dispute."""
    bank, paid = d.house("plaintiff"), facts.paid_before(d)
    return facts.head(d) | facts.money_of(d) | {
        "contract": d.has("contract"), "terms_shown": d.has("terms_shown"), "opened_on": opened_on(d),
        "paid": facts.some(paid), "paid_from": facts.default_on(d) if paid else None, "first_default_on": facts.default_on(d),
        "days_late": (d.on - d.limit.starts_on).days, "demands": facts.demands(d), "jurisdiction": bank["jurisdiction"],
        "preservation": d.extra.get("preservation") or bank["preservation"], "mediation": bank["mediation"],
        "evidence": [each.title for each in d.evidence],
    }  # fmt: skip


def opened_on(d: Dossier) -> date | None:
    """Return when the oldest account of the claim was opened."""
    held = [row.account_id for row in d.figures.accounts]
    days = Account.objects.filter(pk__in=held).values_list("opened_on", flat=True)
    return min((day for day in days if day), default=None)


def calculation_annex(d: Dossier) -> dict[str, Any]:
    """Return the calculation by account, and the entries between the bank's figures and the day counted."""
    known, head = d.figures.broken_down, facts.head(d)
    rows = [
        {
            "account": row.account_no, "figures_on": row.data_on, "principal": yuan(row.principal_minor),
            "interest": yuan(row.interest_minor), "compound": yuan(row.compound_minor), "late_fee": yuan(row.late_fee_minor),
            "fees": yuan(row.fee_minor + row.other_minor), "received_since": yuan(-row.posted_since_minor),
            "owed": yuan(row.total_minor),
        }
        for row in d.figures.accounts
    ]  # fmt: skip
    entries = [
        {"account": e.account_no, "booked_on": e.booked_on, "value_on": e.value_on, "entry": e.entry_no, "amount": yuan(-e.amount_minor)}
        for e in d.figures.entries
    ]  # fmt: skip
    return {
        **{name: head[name] for name in ("matter_no", "bank", "debtor", "counted_on", "drawn_on")},
        "accounts": rows if known else None, "entries": entries, "claim": facts.money_of(d)["claim"],
        "ledger_digest": None if differs(d.figures.accounts) else d.figures.digest,  # it ties to the ledger, or it is none
    }  # fmt: skip


def evidence_list(d: Dossier) -> dict[str, Any]:
    """Return the evidence on file in order, each with what it proves and its digest."""
    kinds = {row["kind"]: row for row in d.house("evidence_required")}
    source = d.house("plaintiff")["name"]
    rows = [
        {
            "ordinal": str(i), "name": each.title, "source": source, "proves": kinds[each.kind]["proves"] if each.kind in kinds else each.kind,
            "pages": str(each.pages), "digest": each.sha256[:12],
        }
        for i, each in enumerate(d.evidence, 1)
    ]  # fmt: skip
    head = facts.head(d)
    return {name: head[name] for name in ("matter_no", "court", "bank", "debtor", "drawn_on")} | {
        "rows": rows if d.has("contract") else None
    }


def power_of_attorney(d: Dossier) -> dict[str, Any]:
    """Return who acts for the bank, with which powers and until when."""
    until = months_on(d.at.date(), d.house("power_months"))
    if d.matter.agent:
        until = min(until, d.matter.agent.valid_until)
    return facts.head(d) | {
        "authority": d.house("power_texts"), "from_on": d.at.date(), "until_on": until,
    }  # fmt: skip


def months_on(day: date, months: int) -> date:
    """Return the same day some months on, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def payment_order_application(d: Dossier) -> dict[str, Any]:
    """Return the claim with what an applicant states for a payment order."""
    return facts.head(d) | facts.money_of(d) | {
        "contract": d.has("contract"), "first_default_on": facts.default_on(d),
        "conditions": d.house("payment_order_texts"),
    }  # fmt: skip


def preservation_application(d: Dossier) -> dict[str, Any]:
    """Return what is to be preserved, why, under which security and for which fee."""
    claim = facts.money_of(d)["claim"]
    fee = claim and fee_minor(d, claim.minor, "preservation")
    return facts.head(d) | {
        "claim": claim, "assets": d.extra.get("assets"), "urgency": d.extra.get("urgency"),
        "security": d.extra.get("security"), "fee": None if fee is None else yuan(fee),
    }  # fmt: skip


def fee_minor(d: Dossier, claim_minor: int, procedure: str) -> int:
    """Return what the court charges; minor units."""
    asked = {"claim": format_minor(claim_minor), "procedure": procedure, "as_of": d.on.isoformat()}
    return parse_minor(ask("court_fee", asked, packs=d.packs)["fee"])


def enforcement_application(d: Dossier) -> dict[str, Any]:
    """Return what was awarded, what is still unpaid, and the doubled interest on it."""
    awarded, perform_by = d.matter.facts.get("amount_awarded"), d.matter.facts.get("perform_by")
    if awarded is None or perform_by is None:
        return facts.head(d) | {
            "court_case_no": d.matter.court_case_no or None,
            "assets": d.extra.get("assets"),
        }
    awarded_minor, last = parse_minor(awarded), date.fromisoformat(perform_by)
    paid = paid_since(d.matter.case, judged_on(d.matter), d.on)
    unpaid, days = awarded_minor - paid, max(0, (d.on - last).days)
    asked = {
        "unpaid": format_minor(unpaid), "days_late": days, "as_of": d.on.isoformat(),
        "ordinary_interest": d.extra.get("ordinary_interest") or "0.00",
    }  # fmt: skip
    doubled = ask("enforcement_interest", asked, packs=d.packs)
    interest = parse_minor(doubled["amount"])
    return facts.head(d) | {
        "court_case_no": d.matter.court_case_no or None, "awarded": yuan(awarded_minor), "paid": facts.some(-paid),
        "unpaid": yuan(unpaid), "perform_by": last, "apply_by": facts.apply_by(d.matter), "days_late": days,
        "doubled_base": yuan(parse_minor(doubled["base"])), "doubled_interest": yuan(interest),
        "total": yuan(unpaid + interest), "assets": d.extra.get("assets"),
    }  # fmt: skip


def judged_on(matter: LegalMatter) -> date:
    """Return the day of the title that is enforced: judgment, mediation before the court or a served payment order."""
    titles = ("decide", "court_mediation", "appeal_won", "po_serve", "confirmed")
    last = MatterMove.objects.filter(matter=matter, move__in=titles).order_by("-sequence").first()
    return last.on if last else matter.claim_on


def lawyer_letter(d: Dossier) -> dict[str, Any]:
    """Return a lawyer's letter; nobody is named as lawyer whose licence does not hold on the day."""
    agent, head = d.matter.agent, facts.head(d)
    if agent is None or not agent.may_sign_on(d.at.date()):
        raise CannotDraft(
            _("A lawyer's letter needs a lawyer whose licence holds and is proved; name one as agent first.")
        )
    days = int(d.house("letter_reply_days"))
    money = facts.money_of(d)
    return {name: head[name] for name in ("bank", "debtor", "counted_on", "drawn_on")} | {
        "letter_no": d.matter.number, "firm": agent.firm, "lawyer": agent.name, "licence_no": agent.licence_no,
        "mandate": d.extra.get("mandate"), "accounts": money["accounts"], "claim": money["claim"],
        "reply_by": d.at.date() + timedelta(days=days), "firm_phone": agent.phone or None,
    }  # fmt: skip


KINDS: Mapping[str, Callable[[Dossier], dict[str, Any]]] = {
    made.__name__: made
    for made in (
        complaint, calculation_annex, evidence_list, power_of_attorney, payment_order_application,
        preservation_application, enforcement_application, lawyer_letter,
    )
}  # fmt: skip
