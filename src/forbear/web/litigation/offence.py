"""The calculator of malicious overdraft: for legal staff alone, in no script and no paper to the debtor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from forbear.money import format_minor
from forbear.questions import ask
from forbear.web import clock
from forbear.web.litigation.dossier import Dossier, gather, paid_before
from forbear.web.litigation.forms import OffenceForm
from forbear.web.litigation.frame import page as court_page
from forbear.web.litigation.requests import StaffRequest, matter_for
from forbear.web.people.permissions import require
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang

LIMBS = {
    "amount": _("Amount of principal"), "collections": _("Effective demands far enough apart"),
    "months": _("Months unpaid after the second"), "intent": _("Intent of illegal possession"),
    "real_overdraft": _("An overdraft, no loan in disguise"),
}  # fmt: skip
TRUTHS = {
    "met": ("bad", _("met")), "unknown": ("soon", _("not known")), "not_met": ("good", _("not met")),
}  # fmt: skip


# Demands that the system can prove were received: delivered messages and letters, calls and visits that reached the debtor.
PROVED = """
SELECT DISTINCT day FROM (
  SELECT (coalesce(m.handed_over_at, m.planned_at) AT TIME ZONE 'Asia/Shanghai')::date AS day FROM outbox_outboxmessage m
  WHERE m.case_id = %(case)s AND m.purpose = 'collect' AND m.state = 'delivered'
  UNION ALL
  SELECT t.local_day FROM contact_contactattempt t WHERE t.case_id = %(case)s AND t.effective
) told WHERE day > %(since)s AND day <= %(on)s ORDER BY day
"""


@require("reckon_offence")
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """Reckon which limbs are met; looking is written down. Not paying alone is no intent."""
    at = clock.now()
    shown = matter_for(request, pk, at)
    log_access(request.user, shown.case.customer_id, "matter", at, f"{shown.number} offence")
    d = gather(shown, at.date(), at)
    first = {"principal": format_minor(d.figures.total.principal_minor), "elsewhere": "0.00"}
    form = OffenceForm(request.POST or None, initial=first)
    days = demands_received(d)
    context: dict[str, Any] = {"matter": shown, "form": form, "days": days, "paid_minor": paid_before(d)}
    if request.method == "POST" and form.is_valid():
        answer = reckon(form.cleaned_data, days, d)
        context |= {
            "answer": answer, "whole": TRUTHS[answer["answer"]],
            "limbs": [(LIMBS[name], *TRUTHS[truth]) for name, truth in answer["limbs"].items()],
        }  # fmt: skip
    return court_page(request, "litigation/offence.html", "court", context)


def demands_received(d: Dossier) -> list[date]:
    """Return the days of demands whose receipt the system can prove, since the default."""
    with connection.cursor() as cursor:
        cursor.execute(PROVED, {"case": d.matter.case_id, "since": d.limit.starts_on, "on": d.on})
        return [day for (day,) in cursor.fetchall()]


def reckon(given: Mapping[str, Any], days: Sequence[date], d: Dossier) -> dict[str, Any]:
    """Ask the question `overdraft_offence`; what a person left open stays not known."""
    lawful = True if given["lawful"] else None
    facts: dict[str, Any] = {
        "principal_unpaid": given["principal"], "payments_booked_elsewhere": given["elsewhere"], "as_of": d.on.isoformat(),
        "collections": [
            {"on": day.isoformat(), "receipt_proved": True, "after_limit_or_term": True, "lawful": lawful} for day in days
        ],
        "intent_evidence": given["intent"] or ([] if given["no_more"] else None),
        "disguised_loan": {"yes": True, "no": False}.get(given["disguised"]),
    }  # fmt: skip
    lang = reading_lang()
    return ask("overdraft_offence", facts, packs=d.packs, lang=lang)
