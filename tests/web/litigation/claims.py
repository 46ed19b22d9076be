"""A book of claims large enough for a batch: cases, their ledger, their papers, written set-wise."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta

from tests.web.cases.bank import Bank, day, moment

from forbear.web.cases.models import Case, CaseState
from forbear.web.litigation.models import Agent, CourtEvidence, LegalMatter
from forbear.web.litigation.services import open_matter
from forbear.web.people.models import User
from forbear.web.portfolio.models import Account, ContactPoint, Customer, LedgerEntry, Position, Statement
from forbear.web.portfolio.vault import vault

POSITION_ON, OPENED = "2026-05-31", "2026-06-01"


def agent(by: User, **more: object) -> Agent:
    """Return a lawyer whose licence holds in 2026 and is proved on file."""
    given = {
        "name": "沈律师", "firm": "示例律师事务所", "phone": "021-00000001", "licence_no": "13101202600000001",
        "is_lawyer": True, "valid_from": day("2026-01-01"), "valid_until": day("2026-12-31"),
        "evidence_sha256": "5" * 64,
    }  # fmt: skip
    return Agent.objects.create(**given | more, added_at=moment(OPENED), added_by=by)


def cases(bank: Bank, many: int, seed: int = 7, due: str = "2025-12-23", paid: bool = True) -> list[Case]:
    """Return cases of debtors who owe; parts and payments since differ from one to the next."""
    draw = random.Random(seed)
    batch, later = bank.batch(moment("2026-05-31")), bank.batch(moment("2026-06-01", "06:00:00"))
    people = Customer.objects.bulk_create(
        Customer(
            customer_no=f"S{seed}-{i}", name=f"张{i:03d}", city="上海", province="上海市",
            id_no_cipher=vault().seal(f"99000019900101{i:04d}", "id").cipher, id_no_tail=f"{i:04d}",
        )
        for i in range(many)
    )  # fmt: skip
    accounts = Account.objects.bulk_create(
        Account(
            account_no=f"S{seed}A{i}", customer=person, card_no_tail=f"{i:04d}", opened_on=day("2019-03-01")
        )
        for i, person in enumerate(people)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            customer=person, kind="address", value_cipher=vault().seal(f"示例市示例路{i}号", "address").cipher,
            value_index=vault().index(f"示例市示例路{i}号", "address"), value_tail="", relation="self", reserved=True,
            source="application", lawful_basis="contract",
        )
        for i, person in enumerate(people)
    )  # fmt: skip
    Statement.objects.bulk_create(
        Statement(
            account=a, statement_on=day(due) - timedelta(days=18), due_on=day(due), balance_minor=1_000_000,
            minimum_due_minor=100_000, batch=batch,
        )
        for a in accounts
    )  # fmt: skip
    Position.objects.bulk_create(_position(a, draw, batch) for a in accounts)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            entry_no=f"{a.account_no}-{j}", account=a, kind="payment", amount_minor=draw.randrange(1, 30_000),
            value_on=day("2026-06-01"), booked_on=day("2026-06-01"), batch=later,
        )
        for a in accounts
        for j in range(draw.randrange(3) if paid else 0)
    )  # fmt: skip
    return Case.objects.bulk_create(
        Case(
            customer=person,
            opened_on=day(due) + timedelta(days=1),
            state=CaseState.WORKING,
            owner=bank.collector,
            aged_on=day("2026-05-31"),
            dpd=(day("2026-05-31") - day(due)).days,
        )
        for person in people
    )


def _position(account: Account, draw: random.Random, batch: object) -> Position:
    names = ("principal", "interest", "compound", "late_fee", "fee", "other")
    tops = (5_000_000, 400_000, 20_000, 90_000, 5_000, 100)
    parts = {
        f"{n}_minor": draw.randrange(100_000 if n == "principal" else 0, top)
        for n, top in zip(names, tops, strict=True)
    }
    return Position(
        account=account, data_on=day(POSITION_ON), total_minor=sum(parts.values()), batch=batch, **parts
    )


def contracts(held: list[Case], by: User) -> None:
    """Put a signed agreement on file for each case."""
    CourtEvidence.objects.bulk_create(
        CourtEvidence(
            case=case, kind="contract", title="信用卡领用合约（2019年3月1日签署）", pages=4,
            sha256=hashlib.sha256(str(case.pk).encode()).hexdigest(), content_cipher=b"sealed", at=moment(OPENED), by=by,
        )
        for case in held
    )  # fmt: skip


def matters(held: list[Case], by: User, acting: Agent | None) -> list[LegalMatter]:
    """Open a matter on each case, before a court and with an agent."""
    made = [open_matter(case, claim_minor=1, claim_on=day(OPENED), at=moment(OPENED), by=by) for case in held]
    for each in made:
        each.court, each.agent = "上海市浦东新区人民法院", acting
    LegalMatter.objects.bulk_update(made, ["court", "agent"])
    return made
