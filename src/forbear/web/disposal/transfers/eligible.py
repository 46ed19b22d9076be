"""What may be sold: looked at for many cases at once, by what is on record today; every reason is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from forbear.ledger import CLASSES
from forbear.packs import NoLawInForce
from forbear.questions import ask
from forbear.web.cases.models import CaseState
from forbear.web.disposal import policy
from forbear.web.law.current import packs_at

CLOSED = (CaseState.CURED, CaseState.SETTLED, CaseState.CLOSED, CaseState.TRANSFERRED)
STANDING = """
SELECT c.id, c.state, c.risk_class, c.customer_id,
       ARRAY(SELECT DISTINCT h.kind::text FROM cases_hold h WHERE h.case_id = c.id AND h.released_at IS NULL
             AND h.since <= %(at)s AND (h.until IS NULL OR h.until > %(at)s)) AS holds,
       EXISTS (SELECT 1 FROM litigation_legalmatter m WHERE m.case_id = c.id AND NOT m.ended) AS matter,
       EXISTS (SELECT 1 FROM complaints_complaint k WHERE k.customer_id = c.customer_id
               AND k.state IN ('received', 'registered', 'assigned', 'investigating', 'extended', 'resolved', 'review_requested')) AS complaint,
       EXISTS (SELECT 1 FROM credit_creditobjection o WHERE o.case_id = c.id AND o.state <> 'answered') AS objection,
       EXISTS (SELECT 1 FROM disposal_transferitem i JOIN disposal_transfer t ON t.id = i.transfer_id
               WHERE i.case_id = c.id AND i.left_out = '[]' AND i.back_at IS NULL AND t.id <> %(mine)s
                 AND t.state IN ('draft', 'asked', 'approved')) AS elsewhere
FROM cases_case c WHERE c.id = ANY(%(cases)s) ORDER BY c.id
"""
OWN = ("ended", "class", "nothing", "elsewhere")


@dataclass(frozen=True, slots=True)
class Fit:
    """One case: the codes of what keeps it from being sold, none where it may be."""

    case_id: int
    against: list[str]


def fits(cases: Sequence[int], owed: dict[int, int], *, at: datetime, mine: int = 0) -> list[Fit]:
    """Say of each case whether it may be sold today; one query."""
    on = at.date()
    blocks, mildest = policy.blocks(on), CLASSES.index(policy.value("transfer_from_class", on))
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"cases": list(cases), "at": at, "mine": mine})
        rows = cursor.fetchall()
    return [Fit(row[0], against(row, owed.get(row[0], 0), blocks, mildest)) for row in rows]


def against(row: tuple[Any, ...], owed_minor: int, blocks: Any, mildest: int) -> list[str]:
    """Return the codes of what speaks against one case."""
    _case, state, risk_class, _customer, holds, matter, complaint, objection, elsewhere = row
    found = ["ended"] if state in CLOSED else []
    if (CLASSES.index(risk_class) if risk_class in CLASSES else 0) < mildest:
        found.append("class")
    if owed_minor <= 0:
        found.append("nothing")
    if elsewhere:
        found.append("elsewhere")
    held = {
        *holds,
        *(["matter"] if matter else []),
        *(["complaint"] if complaint else []),
        *(["objection"] if objection else []),
    }
    if state == CaseState.PLAN:
        held.add("plan")
    return found + [code for code in blocks if code in held]


def words(codes: Sequence[str], on: date) -> list[str]:
    """Return what keeps a debt from being sold in the reader's words."""
    ours = {
        "ended": _("The case has ended"), "class": _("Its risk class is too mild"), "nothing": _("Nothing is owed"),
        "elsewhere": _("It is in another transfer"),
    }  # fmt: skip
    blocks = policy.blocks(on)
    return [ours.get(code) or policy.word(blocks[code]) for code in codes]


def law(at: datetime, lang: str = "zh") -> dict[str, Any]:
    """Return what the law says of selling such debts today, and of giving the buyer the debtors' data."""
    packs, on = packs_at(at), at.date()
    said = policy.value("transfer_consent", on)
    try:
        sale = ask("conduct", {"act": "sell_portfolio", "as_of": on.isoformat()}, packs=packs, lang=lang)
    except NoLawInForce as none:
        return {"allowed": False, "why": str(none), "reasons": [], "where": said["where"]}
    data = ask(
        "conduct",
        {"act": "give_data_to_buyer", "as_of": on.isoformat(), "consent": bool(said["consent"]), "informed": bool(said["informed"])},
        packs=packs, lang=lang,
    )  # fmt: skip
    allowed = sale["answer"] != "unlawful" and data["answer"] != "unlawful"
    return {
        "allowed": allowed,
        "why": "",
        "reasons": [*sale["reasons"], *data["reasons"]],
        "where": said["where"],
    }
