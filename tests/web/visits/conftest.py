"""A bank with field teams: people on the register, a case with an address, a visit on its way to a route."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from django.utils import translation
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import approvals, services
from forbear.web.cases.models import Case
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import ContactPoint
from forbear.web.portfolio.vault import vault
from forbear.web.visits import planning, teams
from forbear.web.visits import services as visits
from forbear.web.visits.models import AddressPlace, FieldTeam, Visit
from forbear.web.visits.risk import Wish

DAY = date(2026, 5, 13)  # a Wednesday
ASKED = moment("2026-05-12", "10:00:00")
MORNING = moment("2026-05-13", "08:30:00")
ID_NO = "99990119850302123X"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


class Field(Bank):
    """The bank with field staff in Shanghai."""

    def __init__(self) -> None:
        super().__init__()
        self.ma = self.visitor("马外访", Role.FIELD, ["collector"])
        self.niu = self.visitor("牛外访", Role.FIELD, ["second_collector"])
        self.shen = self.visitor("沈法务", Role.LEGAL, ["legal_specialist"])
        self.compliance = self.person("lin", Role.COMPLIANCE)

    def visitor(self, name: str, role: str, roles: list[str], city: str = "上海市", **more: Any) -> User:
        user = self.person(name, role)
        teams.register(user, city=city, roles=roles, languages=["zh"], **more)
        return user

    def debtor(
        self, *, owed: int = 3_000_000, street: str = "南京东路100号", place: bool = True, **more: Any
    ) -> Case:
        """Open the case of somebody with an address, an identity number and a debt 80 days late."""
        sealed = vault().seal(ID_NO, "id")
        given = {
            "id_no_cipher": sealed.cipher,
            "id_no_index": sealed.index,
            "id_no_tail": "123X",
            "birth_on": date(1985, 3, 2),
        }
        customer = self.customer(**given | more)
        type(customer).objects.filter(pk=customer.pk).update(city="上海市")
        account = self.account(customer)
        self.statement(account, "2026-02-05", "2026-02-23", owed // 10, owed)
        self.position(account, "2026-05-01", principal=owed)
        case = services.open_case(customer, at=moment("2026-05-02"))
        services.assign(case, owner=self.collector, at=moment("2026-05-02"), by=self.lead)
        Case.objects.filter(pk=case.pk).update(
            total_minor=owed, past_due_minor=owed // 10, dpd=80, bucket="M3", aged_on=date(2026, 5, 12)
        )
        self.number(customer)
        self.address(customer, street, place=place)
        return Case.objects.select_related("customer").get(pk=case.pk)

    def address(self, customer: Any, street: str, *, place: bool = True, **more: Any) -> ContactPoint:
        sealed = vault().seal(f"上海市{street}", "address")
        given = {"state": "valid", "updated_on": date(2026, 1, 5), "relation": "self"}
        point = ContactPoint.objects.create(
            customer=customer, kind="address", value_cipher=sealed.cipher, value_index=sealed.index,
            value_tail=sealed.tail, source="application", lawful_basis="contract", reserved=True, **given | more,
        )  # fmt: skip
        if place:
            AddressPlace.objects.create(
                point=point, latitude_e6=31_230_400, longitude_e6=121_473_700, source="bank", at=ASKED
            )
        return point

    def wish(self, **more: Any) -> Wish:
        return Wish(**{"on": DAY, "window": (time(10), time(16))} | more)

    def asked(self, case: Case, **more: Any) -> Visit:
        point = ContactPoint.objects.get(customer=case.customer, kind="address")
        return visits.ask_for(
            case, point, self.wish(**more), reason="三次电话未接通", at=ASKED, by=self.collector
        )

    def approved(self, case: Case, **more: Any) -> Visit:
        visit = self.asked(case, **more)
        for person in (self.lead, self.compliance)[: visit.approval.persons]:
            approvals.answer(visit.approval, yes=True, at=ASKED, by=person)
        visit.refresh_from_db()
        return visit

    def team(self, *people: User, on: date = DAY, city: str = "上海市") -> FieldTeam:
        return teams.make_team(city, on, people or (self.ma, self.niu), at=ASKED, by=self.lead)

    def planned(self, on: date = DAY) -> Any:
        return planning.run(planning.ask_for_plan("上海市", on, at=ASKED, by=self.lead))


@pytest.fixture(autouse=True)
def quick_routes(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """One visit needs no five seconds of search; sealing is quick where it is not what is tested."""
    from forbear.web.visits import policy

    value = policy.value
    quick = {"search_seconds": 0.3, "seal_rounds": 1_000}
    monkeypatch.setattr(policy, "value", lambda name, at: quick.get(name, value(name, at)))
    settings.FORBEAR_CLOCK_AT = MORNING


@pytest.fixture
def field(db: None) -> Field:
    return Field()
