"""A bank small enough to read: what it delivers goes into the same tables that files fill."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from forbear.web.cases import services
from forbear.web.cases.models import Case, Promise
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account, ContactPoint, Customer, LedgerEntry, Position, Statement
from forbear.web.portfolio.vault import vault

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(day: date | str, clock: str = "10:00:00") -> datetime:
    """Return a moment in Shanghai."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, datetime.strptime(clock, "%H:%M:%S").time(), tzinfo=SHANGHAI)


def day(text: str) -> date:
    return date.fromisoformat(text)


class Bank:
    """Delivers facts, each in a file of its own, so that any can be reversed."""

    def __init__(self, collector: User | None = None, lead: User | None = None) -> None:
        self._serial = count(1)
        self.collector = collector or self.person("li", Role.COLLECTOR, skill_group="early")
        self.lead = lead or self.person("zhao", Role.MANAGER)

    def person(self, name: str, role: str, **more: str) -> User:
        return User.objects.create_user(
            username=name, password="not-a-real-password", display_name=name, staff_no=name, role=role, **more
        )

    def batch(self, at: datetime) -> ImportBatch:
        serial = next(self._serial)
        return ImportBatch.objects.create(
            received_at=at,
            received_name=f"file{serial}",
            sha256=f"{serial:064d}",
            state=BatchState.APPLIED,
            applied_at=at,
        )

    def customer(self, name: str = "张伟明", **more: object) -> Customer:
        return Customer.objects.create(customer_no=f"C{next(self._serial)}", name=name, city="上海", **more)

    def account(self, customer: Customer, tail: str = "0014") -> Account:
        return Account.objects.create(
            account_no=f"A{next(self._serial)}", customer=customer, card_no_tail=tail
        )

    def statement(
        self, account: Account, on: str, due: str, minimum: int, balance: int | None = None
    ) -> None:
        Statement.objects.create(
            account=account,
            statement_on=day(on),
            due_on=day(due),
            balance_minor=balance or minimum * 10,
            minimum_due_minor=minimum,
            batch=self.batch(moment(on)),
        )

    def position(self, account: Account, on: str, **parts: int) -> None:
        """Deliver the bank's own figures; principal_minor and so on, the rest zero."""
        names = ("principal", "interest", "compound", "late_fee", "fee", "other")
        figures = {f"{name}_minor": parts.get(name, 0) for name in names}
        Position.objects.create(
            account=account,
            data_on=day(on),
            total_minor=sum(figures.values()),
            batch=self.batch(moment(on)),
            **figures,
        )

    def pays(
        self,
        account: Account,
        amount: int,
        *,
        value: str,
        booked: str | None = None,
        kind: str = "payment",
        reverses: str = "",
    ) -> LedgerEntry:
        """Post one payment in a file of the day it was booked, at noon."""
        booked = booked or value
        return LedgerEntry.objects.create(
            entry_no=f"E{next(self._serial)}",
            account=account,
            kind=kind,
            amount_minor=amount,
            value_on=day(value),
            booked_on=day(booked),
            reverses_no=reverses,
            batch=self.batch(moment(booked, "12:00:00")),
        )

    def takes_back(self, entry: LedgerEntry, *, on: str) -> LedgerEntry:
        """Reverse one payment."""
        return self.pays(
            entry.account, -entry.amount_minor, value=on, kind="reversal", reverses=entry.entry_no
        )

    def reverses_file(self, entry: LedgerEntry) -> None:
        ImportBatch.objects.filter(pk=entry.batch_id).update(state=BatchState.REVERSED)

    def number(
        self, customer: Customer, number: str = "10013800001", relation: str = "self", **more: object
    ) -> ContactPoint:
        sealed = vault().seal(number, "phone")
        return ContactPoint.objects.create(
            customer=customer,
            kind="mobile",
            value_cipher=sealed.cipher,
            value_index=sealed.index,
            value_tail=sealed.tail,
            relation=relation,
            source="application",
            lawful_basis="contract",
            reserved=relation == "self",
            **more,
        )

    def late_case(
        self, on: str = "2026-05-02", owed: int = 2_000_000, due: int = 200_000
    ) -> tuple[Case, Account]:
        """Open the case of a debtor who owes 20,000.00, of which 2,000.00 fell due on 2026-04-23."""
        customer = self.customer()
        account = self.account(customer)
        self.statement(account, "2026-04-05", "2026-04-23", due, owed)
        self.position(account, "2026-05-01", principal=owed)
        case = services.open_case(customer, at=moment(on))
        services.assign(case, owner=self.collector, at=moment(on), by=self.lead)
        return case, account

    def promises(self, case: Case, amount: int, *, due: str, on: str, **more: object) -> Promise:
        return services.make_promise(
            case,
            amount_minor=amount,
            due_on=day(due),
            pay_channel="mobile_bank",
            at=moment(on),
            by=self.collector,
            **more,
        )

    def night(self, on: str) -> list[tuple[str, str]]:
        """Judge all promises as of a day; return what moved."""
        changes = services.evaluate_promises(as_of=day(on), at=moment(on, "06:00:00"))
        return [(change.old_state, change.new_state) for change in changes]
