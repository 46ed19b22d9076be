"""What a debtor agrees alone, on the own page: within the authority of `self_service` at once, above it after a yes.

The options are those of `options.options(case, by=None, ...)`; plans and codes come through `plans` and `signing`, with
`by` none. A promise is made here, because at the desk it is made with the call.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from forbear.money import parse_minor
from forbear.web.agreements import options, plans, signing
from forbear.web.agreements.machine import BEFORE_SIGNING, AgreementRefused
from forbear.web.agreements.models import Plan, Waiver
from forbear.web.cases import approvals
from forbear.web.cases.models import Approval, Case, Promise
from forbear.web.cases.promises.making import make_promise
from forbear.web.cases.timeline import locked_case

if TYPE_CHECKING:
    from forbear.web.codes.models import OneTimeCode
    from forbear.web.documents.models import Signature

PROMISED = ("promise", "part_payment")


@transaction.atomic
def choose(
    case: Case, option_id: str, *, cash_minor: int | None = None, already_instalment: bool | None = None, pay_channel: str = "",
    reason: str = "", at: datetime, lang: str,
) -> Plan | Waiver | Promise | Approval:  # fmt: skip
    """Agree to the option of this id, found again on today's facts; `lang` is also that of the document.

    Returns a plan (offered, waiting for proofs, or under review), a settlement that is asked for, a promise that is made,
    or the question to a lead where the debtor may not promise alone. Raises AgreementRefused, PromiseRefused,
    BeyondAuthority or CaseRefused, whose words are for the debtor.
    """
    kind, found = option_of(case, option_id, cash_minor=cash_minor, at=at, lang=lang)
    if kind == "pay_now":
        raise AgreementRefused(_("Paying now needs no agreement."), field="option")
    if kind in PROMISED:
        return promise(case, found, pay_channel=pay_channel, at=at)
    return options.agree(
        case, kind, found, already_instalment=already_instalment, reason=reason, at=at, by=None, lang=lang, paper=lang
    )  # fmt: skip


def option_of(
    case: Case, option_id: str, *, cash_minor: int | None, at: datetime, lang: str
) -> tuple[str, dict[str, Any]]:
    """Return the kind and the plan of an option as it is today; raises AgreementRefused where it is gone."""
    answer = options.options(case, cash_minor=cash_minor, at=at, by=None, lang=lang)
    return options.found_again(answer, option_id)


def promise(case: Case, found: dict[str, Any], *, pay_channel: str, at: datetime) -> Promise | Approval:
    """Promise what is left of an option after what is paid at once; what the debtor may not promise alone is asked."""
    last = found["rows"][-1]
    terms: dict[str, Any] = {
        "amount_minor": parse_minor(last["amount"]), "due_on": date.fromisoformat(last["pay_by"]), "pay_channel": pay_channel,
    }  # fmt: skip
    if found["sendable"]:
        return make_promise(case, **terms, at=at, by=None)
    return approvals.ask_approval(case, **terms, at=at, by=None).approval


def plan_of(case: Case) -> Plan | None:
    """Return the plan that waits for the debtor or for the house, or is in force: the newest of a case."""
    found: Plan | None = Plan.objects.filter(case=case).select_related("document").order_by("-pk").first()
    return found


def send_code(plan: Plan, *, at: datetime) -> OneTimeCode:
    """Send the debtor the code that signs an offered plan; raises AgreementRefused or DocumentRefused."""
    return signing.send_code(plan, at=at, by=None)


def sign(plan: Plan, code: str, *, at: datetime) -> Signature:
    """Sign an offered plan: who, when, which bytes and which code are kept, and collection stops on every channel.

    Not to be called within a transaction: a wrong code is counted. Raises AgreementRefused or DocumentRefused.
    """
    return signing.sign_with_code(plan, code, at=at, by=None)


@transaction.atomic
def withdraw(plan: Plan, *, at: datetime, why: str = "") -> None:
    """Take back what was asked or decline what was offered, before it is signed."""
    locked_case(plan.case_id)
    plan.refresh_from_db()
    if plan.state not in BEFORE_SIGNING:
        raise AgreementRefused(_("A plan that is signed is not withdrawn; talk to us."))
    plans.decline(plan, at=at, by=None, why=why.strip() or _("withdrawn by the debtor"))
