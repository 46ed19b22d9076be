"""Days on which things are written off or sold."""

from __future__ import annotations

from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases import approvals
from forbear.web.cases.models import Approval, Case
from forbear.web.contact.models import ContactAttempt
from forbear.web.disposal.models import Transfer, WriteOff
from forbear.web.disposal.transfers.approval import ask as ask_transfer
from forbear.web.disposal.transfers.preparation import prepare as prepare_transfer
from forbear.web.disposal.write_offs.approval import ask as ask_write_off
from forbear.web.disposal.write_offs.preparation import prepare as prepare_write_off
from forbear.web.disposal.write_offs.proofs import add_proof
from forbear.web.people.models import User

ON = "2026-06-02"
AT = moment(ON, "10:00:00")
PROOF = b"%PDF-1.7 proof"


def demanded(bank: Bank, case: Case, times: int = 4) -> None:
    """Let the record hold effective calls with the debtor."""
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            case=case, customer=case.customer, at=moment(f"2026-05-{10 + i:02d}"), local_day=day(f"2026-05-{10 + i:02d}"), channel="voice",
            party="P1", staff=bank.collector, line="L01", answered=True, effective=True,
        )
        for i in range(times)
    )  # fmt: skip


def complete(bank: Bank, case: Case, by: User) -> WriteOff:
    """Prepare a write-off with everything its ground asks for."""
    demanded(bank, case)
    held = prepare_write_off(case, "pursued", at=AT, by=by)
    add_proof(held, "search", PROOF, at=AT, by=by)
    return held


def says_yes(approval: Approval, *people: User) -> None:
    """Let people agree, one after the other."""
    for person in people:
        approvals.answer(approval, yes=True, at=AT, by=person)


def written_off(bank: Bank, case: Case, by: User) -> WriteOff:
    """Write a case off."""
    held = complete(bank, case, by)
    says_yes(ask_write_off(held, reason="无法收回", at=AT, by=by), bank.lead)
    held.refresh_from_db()
    return held


def approved(bank: Bank, cases: list[Case], buyer: dict[str, str], by: User) -> Transfer:
    """Bring a transfer to its approval."""
    held = prepare_transfer([case.pk for case in cases], buyer, at=AT, by=by)
    says_yes(ask_transfer(held, reason="批量转让", at=AT, by=by), bank.lead)
    held.refresh_from_db()
    return held
