"""Compliance and legal find something in the demo."""

from __future__ import annotations

import pytest
from tests.web.cases.bank import Bank, day, moment
from tests.web.credit.diary import bills

from forbear.web.cases import services
from forbear.web.cases.models import Case
from forbear.web.credit.models import CreditObjection, CreditRun
from forbear.web.disposal.models import WriteOff
from forbear.web.people.models import Role
from forbear.web.showcase.records import make_records

pytestmark = pytest.mark.django_db


def test_a_month_an_objection_and_write_offs_are_there(settings, tmp_path):
    settings.HOME, settings.FORBEAR_CLOCK_AT = tmp_path, moment("2026-06-20", "12:00:00")
    bank = Bank()
    staff = [bank.person("lin", Role.COMPLIANCE), bank.person("qian", Role.LEGAL)]
    for i in range(3):
        account = bank.account(bank.customer())
        bank.number(account.customer, f"1001380010{i}")
        bills(bank, account, months=2)
        case = services.open_case(account.customer, at=moment("2026-04-27"))
        Case.objects.filter(pk=case.pk).update(dpd=400)
    make_records(staff, as_of=day("2026-06-20"), told_on=day("2026-05-20"))
    run = CreditRun.objects.get()
    assert (run.month, run.counts["reported"].get("2", 0) > 0) == (day("2026-05-31"), True)
    assert (CreditObjection.objects.count(), WriteOff.objects.count()) == (1, 3)
