"""What serve compiles beside itself is what the screen "why this amount" runs on."""

from __future__ import annotations

from datetime import date

from tests.web.cases.bank import Bank, moment

from forbear.ledger import accrual_loop
from forbear.ledger.warm import warm_up
from forbear.web.ledger import selectors, services
from forbear.web.server import compile_ahead


def test_serve_compiles_beside_itself_and_comes_to_an_end() -> None:
    warming = compile_ahead()
    assert warming.wait(timeout=300) == 0


def test_the_first_who_asks_why_waits_for_no_compiler(bank: Bank) -> None:
    warm_up()
    before = list(accrual_loop.run_accounts.nopython_signatures)
    _case, account = bank.late_case()
    bank.pays(account, 10_000, value="2026-05-04")
    selectors.why(account, as_of=date(2026, 5, 12), lang="zh")
    bank.position(account, "2026-05-12", principal=1_990_000)
    services.compare(data_on=date(2026, 5, 12), at=moment("2026-05-12"))
    assert list(accrual_loop.run_accounts.nopython_signatures) == before
