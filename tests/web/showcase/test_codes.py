"""The demo's console shows codes; nothing else does."""

from __future__ import annotations

import inspect
import re

import pytest
from tests.web.cases.bank import Bank
from tests.web.debtor.conftest import NOON, debtor_case

from forbear.web import commands
from forbear.web.codes import services
from forbear.web.codes.services import Purpose
from forbear.web.outbox.services import Body, Draft
from forbear.web.showcase.codes import fresh

pytestmark = pytest.mark.django_db


def test_a_fresh_code_is_told_once_and_a_spent_one_never(settings, caplog, capsys):
    settings.FORBEAR_CLOCK_AT = NOON
    case, purpose = debtor_case(Bank()), Purpose("sign", "1:x")
    point = services.own_numbers(case.customer_id)[0]

    def write(code: str) -> Draft:
        return Draft(
            case=case, channel="sms", body=Body(f"Your code is {code}."), template="t", template_version="1", contact_point=point, purpose="service"
        )  # fmt: skip

    made = services.send(case, point, purpose, write, at=NOON)
    ((pk, said),) = fresh(0)
    code = re.search(r": (\d{6})$", said)[1]
    assert (pk, fresh(pk)) == (made.pk, [])
    assert code not in caplog.text + capsys.readouterr().out
    assert services.use(case.customer_id, purpose, code, at=NOON).right
    assert fresh(0) == []


def test_only_the_demo_prints_codes():
    assert "codes_on" in inspect.getsource(commands.demo.callback)
    assert "codes_on" not in inspect.getsource(commands.serve.callback)
