"""The timeline is appended, chained, and tells when somebody touched it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from tests.web.cases.bank import Bank, moment

from forbear.web.cases import services
from forbear.web.cases.models import CaseEvent

AT = moment("2026-05-02")


def tamper(sql: str, *values: object) -> None:
    """Change evidence the way only a database administrator could: with the guard switched off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER append_only")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE cases_caseevent ENABLE TRIGGER append_only")


def test_a_whole_chain_verifies(bank: Bank) -> None:
    case, _ = bank.late_case()
    services.add_note(case, text="客户说十五号发工资", at=AT, by=bank.collector)

    assert services.verify_chain(case) is None
    assert [event.sequence for event in CaseEvent.objects.order_by("sequence")] == [1, 2, 3, 4]


def test_one_edited_row_is_named(bank: Bank) -> None:
    case, _ = bank.late_case()
    services.add_note(case, text="one", at=AT, by=bank.collector)
    services.add_note(case, text="two", at=AT, by=bank.collector)

    tamper('UPDATE cases_caseevent SET payload = \'{"text": "other"}\' WHERE sequence = 4')

    broken = services.verify_chain(case)
    assert broken is not None
    assert broken.sequence == 4
    assert "changed" in broken.why


def test_one_deleted_row_is_named(bank: Bank) -> None:
    case, _ = bank.late_case()
    services.add_note(case, text="one", at=AT, by=bank.collector)

    tamper("DELETE FROM cases_caseevent WHERE sequence = 2")

    broken = services.verify_chain(case)
    assert broken is not None
    assert (broken.sequence, broken.event_id) == (2, None)


def test_the_database_refuses_to_change_or_delete_a_line(bank: Bank) -> None:
    case, _ = bank.late_case()
    for sql in ("UPDATE cases_caseevent SET kind = 'x'", "DELETE FROM cases_caseevent"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert services.verify_chain(case) is None


def test_a_float_is_refused(bank: Bank) -> None:
    case, _ = bank.late_case()

    with pytest.raises(TypeError, match="float"):
        services.append_event(case, kind="note", at=AT, payload={"amounts": [1, 0.1]})


def test_an_empty_note_is_refused(bank: Bank) -> None:
    case, _ = bank.late_case()

    with pytest.raises(services.CaseRefused):
        services.add_note(case, text="  ", at=AT, by=bank.collector)


def test_many_timelines_grow_in_a_few_statements(bank: Bank) -> None:
    ids = [bank.customer().pk for _ in range(20)]
    with CaptureQueriesContext(connection) as queries:
        cases = services.open_cases(ids, at=AT)

    assert len(queries) <= 12  # savepoints included
    assert all(services.verify_chain(case) is None for case in cases)
