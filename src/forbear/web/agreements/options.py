"""What can be agreed on a case: the facts of `plan_options` from the book, and an option made into an agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from forbear import questions
from forbear.money import format_minor, parse_minor
from forbear.web.agreements import plans, waivers
from forbear.web.agreements.machine import AgreementRefused
from forbear.web.agreements.means import latest
from forbear.web.agreements.models import Means, Plan, Waiver
from forbear.web.agreements.terms import Row, Terms
from forbear.web.agreements.waiver_parts import left_of
from forbear.web.cases.ageing import age_accounts
from forbear.web.cases.authority import role_of
from forbear.web.cases.holds import open_holds
from forbear.web.cases.models import Case
from forbear.web.cases.owed import AccountOwed, composition
from forbear.web.cases.promises.record import promise_record
from forbear.web.law.current import packs_at

if TYPE_CHECKING:
    from forbear.web.people.models import User

# Our parts by the names of the question.
COMPONENTS = {
    "principal": "principal", "interest": "interest", "compound": "compound", "late_fee": "late_fee", "fees": "fee",
    "costs": "other",
}  # fmt: skip
HOLDS = {"dispute": "dispute_open", "deceased": "deceased", "incapacity": "incapacity", "bankruptcy": "bankruptcy", "plan": "plan_in_force", "hardship": "hardship"}  # fmt: skip
PLANNED = ("personalised_instalment", "ordinary_instalment", "deferral")


def facts_of(
    case: Case, means: Means | None, *, role: str, at: datetime, cash_minor: int | None = None
) -> dict[str, Any]:
    """Return the facts of `plan_options` for a case; the desk and the debtor's page ask with the same ones.

    `means` is what the debtor told (`means.latest`), `role` who would agree: that of a member of staff, or
    `self_service` for the debtor alone. Raises AgreementRefused where nothing is owed.
    """
    on = at.date()
    record = promise_record(case, on)
    debts = debts_of(case, on)
    if not debts:
        raise AgreementRefused(_("Nothing is owed; there is nothing to agree."))
    facts: dict[str, Any] = {
        "as_of": on.isoformat(), "debts": debts, "role": role, "failed_promises": record.failed,
        "paid_since_promise": format_minor(max(record.received_since_minor, 0)),
        **{HOLDS[hold.kind]: True for hold in open_holds(case, at) if hold.kind in HOLDS},
    }  # fmt: skip
    if means is not None and means.capacity_minor is not None:
        facts |= {
            "capacity": format_minor(means.capacity_minor),
            "stress_capacity": format_minor(means.stress_minor or 0),
        }
    if means is not None:
        facts |= {"exceeds_ability": means.exceeds_ability, "willing": means.willing}
    if cash_minor is not None:
        facts["down_payment"] = format_minor(cash_minor)
    return facts


def debts_of(case: Case, on: date) -> list[dict[str, Any]]:
    """Return the accounts on which something is owed, each with its parts and how late it is."""
    ages = {age.account_id: age for age in age_accounts([case.pk], on)[0]}
    found = []
    for row in composition(case, on):
        if row.total_minor <= 0:
            continue
        left = left_of(row)
        debt: dict[str, Any] = {
            "id": str(row.account_id), "currency": row.currency,
            "components": {name: format_minor(left[part]) for name, part in COMPONENTS.items()},
        }  # fmt: skip
        if age := ages.get(row.account_id):
            debt |= {"past_due": format_minor(min(age.past_due_minor, row.total_minor)), "dpd": age.dpd}
        found.append(debt)
    return found


def options(
    case: Case, *, cash_minor: int | None = None, at: datetime, by: User | None, lang: str
) -> dict[str, Any]:
    """Return the answer of `plan_options` as a member of staff may ask it, or, `by` none, the debtor alone."""
    facts = facts_of(case, latest(case), role=role_of(by), at=at, cash_minor=cash_minor)
    return dict(questions.ask("plan_options", facts, packs=packs_at(at), lang=lang))


def choose(
    case: Case, option_id: str, *, cash_minor: int | None = None, already_instalment: bool | None = None, reason: str,
    at: datetime, by: User | None, lang: str = "zh", paper: str = "zh",
) -> Plan | Waiver:  # fmt: skip
    """Make the option of this id, found again on today's facts, into a plan or a settlement; raises AgreementRefused.

    `lang` is that of who chooses, `paper` that of the document.
    """
    answer = options(case, cash_minor=cash_minor, at=at, by=by, lang=lang)
    kind, found = found_again(answer, option_id)
    return agree(
        case, kind, found, already_instalment=already_instalment, reason=reason, at=at, by=by, lang=lang, paper=paper
    )  # fmt: skip


def found_again(answer: Mapping[str, Any], option_id: str) -> tuple[str, dict[str, Any]]:
    """Return the kind and the plan of an id in an answer; raises AgreementRefused where the figures moved on."""
    for kind, option in answer["options"].items():
        for found in [option["plan"], *option["alternatives"]]:
            if found is not None and found["id"] == option_id:
                return kind, found
    raise AgreementRefused(_("This option is no longer what the figures give; look again."), field="option")


def agree(
    case: Case, kind: str, found: Mapping[str, Any], *, already_instalment: bool | None, reason: str, at: datetime, by: User | None,
    lang: str, paper: str = "zh",
) -> Plan | Waiver:  # fmt: skip
    """Propose a plan, or ask for a settlement, on the terms the solver found."""
    if kind == "settlement":
        parts = parts_of(composition(case, at.date()), found["waived_by"])
        return waivers.request_parts(case, parts, **paid_when(found), reason=reason, at=at, by=by, lang=paper)
    if kind not in PLANNED:
        raise AgreementRefused(_("A promise is recorded with the call (P)."), field="option")
    rows = tuple(
        Row(row["number"], date.fromisoformat(row["pay_by"]), parse_minor(row["amount"]))
        for row in found["rows"] if row["number"] > 0
    )  # fmt: skip
    terms = Terms(
        kind, len(rows), rows[0].due_on, down_payment_minor=parse_minor(found["down_payment"]),
        already_instalment=already_instalment, charges_minor=parse_minor(found["charges"]), rows=rows, lang=paper,
    )  # fmt: skip
    return plans.propose(case, terms, reason=reason, at=at, by=by, lang=lang)


def paid_when(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return until when a settlement is paid: one payment by the offer's valid day, or each stage by its own."""
    rows = tuple(
        Row(row["number"], date.fromisoformat(row["pay_by"]), parse_minor(row["amount"])) for row in found["rows"]
    )  # fmt: skip
    if len(rows) == 1:
        return {"valid_until": max(date.fromisoformat(found["valid_until"]), rows[0].due_on)}
    return {"valid_until": rows[-1].due_on, "stages": rows}


def parts_of(rows: Sequence[AccountOwed], waived_by: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return each account's parts with what the solver waives of each."""
    back = {part: name for name, part in COMPONENTS.items()}
    return [
        {
            "account": row.account_id, "part": part, "owed_minor": owed,
            "waived_minor": parse_minor(waived_by.get(str(row.account_id), {}).get(back[part], "0.00")),
        }
        for row in rows if row.total_minor > 0
        for part, owed in left_of(row).items() if owed
    ]  # fmt: skip
