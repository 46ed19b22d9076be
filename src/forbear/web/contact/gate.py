"""No permit, no contact. The only way to contact anyone on any channel goes through here.

`request_permit` is one database transaction: it locks the debtor and the number, reads the durable counters,
asks the question `may_contact`, writes the decision with its reasons to the debtor's hash chain, and, when the
answer is not a refusal, reserves the slot. Allowed and refused decisions are both kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from forbear import questions
from forbear.web.contact import facts as gate_facts
from forbear.web.contact import store
from forbear.web.contact.attempts import record_attempt
from forbear.web.contact.store import PermitLost
from forbear.web.law.current import packs_at
from forbear.web.law.notices import NoticesUnread, require_notices_read

if TYPE_CHECKING:
    from forbear.web.cases.models import Case
    from forbear.web.contact.models import Permit
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import ContactPoint

__all__ = [
    "GateReply",
    "NoticesUnread",
    "PermitLost",
    "confirm",
    "judge",
    "meter",
    "record_attempt",
    "release",
    "request_permit",
    "start",
]


@dataclass(frozen=True, slots=True)
class GateReply:
    """What the gate said: the answer of `may_contact`, and the permit when there is one."""

    answer: str
    reply: Mapping[str, Any]
    decision_id: int
    permit: Permit | None

    @property
    def allowed(self) -> bool:
        """Return whether contact may be made (a discouraged one may, with its reasons shown)."""
        return self.permit is not None


def request_permit(
    *,
    case: Case,
    contact_point: ContactPoint | None,
    channel: str,
    purpose: str,
    party: str,
    user: User | None,
    at: datetime,
    agency: str = "",
    extra_facts: Mapping[str, Any] | None = None,
) -> GateReply:
    """Ask to make one contact at `at`; reserve its slot if the law and the house allow it.

    extra_facts may add what only the asker knows (visitors, badges_shown, recording ...); it may not replace a
    fact that the gate reads itself. Raises BadFact for those, and NoLawInForce when no law governs the moment;
    NoticesUnread while the person asking has a changed rule of contact to acknowledge.
    """
    require_notices_read(user, at)
    gate_facts.refuse_replaced_facts(extra_facts or {})
    asked = request_of(case, contact_point, channel, purpose, party, at, user=user, agency=agency)

    packs = packs_at(at)  # before the locks: it may have to read what was published

    def judge_read(read: store.Read) -> store.Judged:
        facts = gate_facts.assemble(asked, read, case.product, extra_facts or {})
        return facts, questions.ask("may_contact", facts, packs=packs)

    decided = store.decide(asked, judge_read)
    return GateReply(decided.reply["answer"], decided.reply, decided.decision_id, decided.permit)


def confirm(
    permit: Permit, *, case: Case, contact_point: ContactPoint | None, user: User | None, at: datetime
) -> GateReply:
    """Judge a reserved permit once more at the moment of sending, and use it if contact is still lawful.

    What became unlawful meanwhile is released, and the refusal is kept as a decision of its own. Raises
    PermitLost when the permit was used, released or expired before.
    """
    decision = permit.decision
    asked = request_of(
        case, contact_point, permit.channel, decision.purpose, decision.party, at, user=user, agency=decision.agency
    )  # fmt: skip
    extra = {name: said for name, said in decision.facts.items() if name not in gate_facts.READ_BY_THE_GATE}
    packs = packs_at(at)

    def judge_read(read: store.Read) -> store.Judged:
        facts = gate_facts.assemble(asked, read, case.product, extra)
        return facts, questions.ask("may_contact", facts, packs=packs)

    decided = store.confirm(asked, permit, judge_read)
    return GateReply(decided.reply["answer"], decided.reply, decided.decision_id, decided.permit)


def start(permit: Permit, *, at: datetime) -> None:
    """Use the permit: dialling begins. From here the contact counts, whatever comes of it.

    Raises PermitLost when it expired, was released or was used before.
    """
    store.mark_used(permit, at)


def release(permit: Permit, *, at: datetime) -> None:
    """Give an unused slot back; a used or expired permit is left as it is."""
    store.mark_released(permit)


def judge(
    *,
    case: Case,
    contact_point: ContactPoint | None,
    channel: str,
    purpose: str,
    party: str,
    at: datetime,
    lang: str = "zh",
) -> Mapping[str, Any]:
    """Answer `may_contact` for the screen without reserving or recording anything; reasons in `lang`."""
    asked = request_of(case, contact_point, channel, purpose, party, at)
    facts = gate_facts.assemble(asked, store.read_now(asked), case.product, {})
    return questions.ask("may_contact", facts, packs=packs_at(at), lang=lang)


def meter(case: Case, contact_point: ContactPoint | None, at: datetime, lang: str = "zh") -> dict[str, Any]:
    """Return the attempt meter of the case screen: used and lawful, by counter, and the next lawful moment."""
    reply = judge(
        case=case, contact_point=contact_point, channel="voice", purpose="collect", party="debtor", at=at, lang=lang
    )  # fmt: skip
    return gate_facts.meter(reply, at)


def request_of(
    case: Case,
    contact_point: ContactPoint | None,
    channel: str,
    purpose: str,
    party: str,
    at: datetime,
    *,
    user: User | None = None,
    agency: str = "",
) -> store.Request:
    """Return the request in the database's terms."""
    return store.Request(
        customer_id=case.customer_id,
        case_id=case.pk,
        number_index=bytes(contact_point.value_index) if contact_point else None,
        channel=channel,
        purpose=purpose,
        party=party,
        user_id=user.pk if user else None,
        agency=agency,
        at=at,
        local_day=gate_facts.local_day(case.customer, at),
        expires_at=at + timedelta(seconds=gate_facts.permit_lifetime_seconds(at, channel)),
    )
