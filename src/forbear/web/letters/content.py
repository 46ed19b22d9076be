"""What a letter says of a case; what nobody knows is None, and the question letter_complete then names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forbear.documents import template
from forbear.money import Money
from forbear.questions import ask
from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition
from forbear.web.letters import policy
from forbear.web.letters.models import LetterBatch


class NoLetter(ValueError):
    """No letter can be made for a case: `code` says why (words.WHY), `missing` what it lacks, `detail` the rest."""

    def __init__(self, code: str, missing: list[str] | None = None, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.missing, self.detail = code, missing or [], detail


@dataclass(frozen=True, slots=True)
class Subject:
    """One letter to be made: for which case, with which number and code, in which language, since when it is late."""

    batch: LetterBatch
    case: Case
    number: str
    code: str  # by which anybody may check the letter
    lang: str
    late_since: date | None


def content_of(one: Subject) -> dict[str, Any]:
    """Return the variables of a letter; raises NoLetter for a debt that is not in one currency or is paid."""
    at, batch = one.batch.asked_at, one.batch
    rows = [row for row in composition(one.case, batch.counted_on) if row.total_minor > 0]
    if len({row.currency for row in rows}) > 1:
        raise NoLetter("several_currencies")
    if not rows:
        raise NoLetter("nothing_owed")
    owed = Money(sum(row.total_minor for row in rows), rows[0].currency)
    head = {
        "letter_no": one.number, "check_code": one.code, "verify": policy.way("verify", one.lang, at),
        "bank": policy.bank(at), "debtor": one.case.customer.name or None, "counted_on": batch.counted_on,
        "accounts": ", ".join(f"****{row.card_tail}" for row in rows if row.card_tail) or None,
        "reply_by": at.date() + timedelta(days=policy.house("reply_days", at)), "drawn_on": at.date(),
    }  # fmt: skip
    if policy.kinds(at)[batch.kind]["lawyer"]:
        return head | of_lawyer(batch) | {"claim": owed}
    past_due = one.case.past_due_minor
    return head | {
        "balance": owed, "past_due": Money(past_due, owed.currency) if past_due and past_due <= owed.minor else None,
        "first_default_on": one.late_since, "legal_basis": policy.lines("legal_basis", one.lang, at),
        "rights": policy.lines("rights", one.lang, at), "bank_contact": policy.way("contact", one.lang, at),
        "seal": str(policy.house("seal", at)) or None,
    } | {name: policy.way(name, one.lang, at) for name in ("inquiry", "payment", "objection", "evidence")}  # fmt: skip


def of_lawyer(batch: LetterBatch) -> dict[str, Any]:
    """Return who writes a lawyer's letter and on whose mandate."""
    agent = batch.agent
    if agent is None:
        raise NoLetter("no_lawyer")
    return {
        "firm": agent.firm, "lawyer": agent.name, "licence_no": agent.licence_no, "firm_phone": agent.phone or None,
        "mandate": batch.mandate or None,
    }  # fmt: skip


def refuse_incomplete(kind: str, data: Mapping[str, Any], on: date, *, seven_items: bool) -> None:
    """Raise NoLetter naming what is missing: the items of art. 69 for letters of the bank, else required variables."""
    made = template(kind)
    if not seven_items:
        lacks = [
            name
            for name, variable in made.variables.items()
            if not variable.optional and data.get(name) in (None, "", [])
        ]
        if lacks:
            raise NoLetter("incomplete", lacks)
        return
    shown = [
        item
        for item, names in made.items.items()
        if all(data.get(name) not in (None, "", []) for name in names)
    ]
    facts = {"items": [i for i in shown if i != "seal"], "sealed": "seal" in shown, "as_of": on.isoformat()}
    found = ask("letter_complete", facts)
    if found["answer"] != "complete":
        raise NoLetter("seven_items", list(found["missing"]))
