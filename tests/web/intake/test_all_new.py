"""A large file of which the book knows nothing is copied into place; what is then in the book is what the sets write."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pyarrow as pa
import pytest
from django.db import connection, transaction
from tests.web.intake.files import at, csv_bytes, overdue, overdue_row, payment_row, payments
from tests.web.intake.test_kill_and_race import importer, rows
from tests.web.intake.test_receive import contacts, point

from forbear.web.intake import all_new
from forbear.web.intake.all_new import array_cells
from forbear.web.intake.models import ImportBatch
from forbear.web.portfolio.models import ContactPoint, NumberBlock, Position

TABLES = ("customer", "account", "contactpoint", "statement", "ledgerentry", "position")
# Numbers of ours, and seals, which are other bytes each time.
OWN = "{id,customer_id,account_id,created_batch_id,updated_batch_id,batch_id,value_cipher,id_no_cipher,card_no_cipher}"
STATEMENTS = ("账户号", "账单日期", "到期还款日", "账单余额", "最低还款额")


def morning() -> dict[str, bytes]:
    """Four files that leave cells empty and fill them, with what CSV and arrays must quote."""
    late = [overdue_row(n, 备注='逾期 "说明", 下一行\n完' if n == 2 else "") for n in range(1, 6)]
    late.append(overdue_row(6, 客户姓名='引"号,逗'))
    billed = [(f"A{n:06d}", "20261015", "20261104", "1015.00", "100.00") for n in range(1, 7)]
    return {
        "CC_OVD_20261124_001.csv": overdue(late),
        "CC_CONT_20261124_001.csv": contacts(
            point("10013800001"), point("10013800002", 客户号="C000002", 是否有效="否", 更新日期="20261120"),
            point("10013800003", 客户号="C000003", 联系人姓名="某某"),
        ),
        "CC_STMT_20261124_001.csv": csv_bytes(STATEMENTS, billed),
        "CC_PAY_20261124_001.csv": payments([payment_row("T1", 1, "10.00"), payment_row("T2", 2, "20.00", on="20261123")]),
    }  # fmt: skip


@contextmanager
def placing(monkeypatch, at_least: int) -> Iterator[list[bool]]:
    """Place files of so many rows; tell of each whether it was placed."""
    noted: list[bool] = []
    real = all_new.ready_rows

    def ready_rows(*given):
        found = real(*given)
        noted.append(found is not None)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(all_new, "MANY_ROWS", at_least)
        patch.setattr(all_new, "ready_rows", ready_rows)
        yield noted


def book() -> dict[str, list[str]]:
    """Return every row of the book by the bank's own keys, without our numbers."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            keys = "c.customer_no" if table in ("customer", "contactpoint") else "a.account_no"
            join = {
                "customer": "JOIN portfolio_customer c ON c.id = t.id",
                "contactpoint": "JOIN portfolio_customer c ON c.id = t.customer_id",
                "account": "JOIN portfolio_account a ON a.id = t.id",
            }.get(table, "JOIN portfolio_account a ON a.id = t.account_id")
            cursor.execute(
                f"SELECT {keys} || (to_jsonb(t) - %s::text[])::text FROM portfolio_{table} t {join} ORDER BY 1",
                [OWN],
            )
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


@pytest.mark.django_db
def test_a_morning_placed_is_the_morning_judged(receive, monkeypatch) -> None:
    files, found = morning(), {}
    for way, at_least in (("placed", 1), ("judged", 1_000_000)):
        with placing(monkeypatch, at_least) as noted, transaction.atomic():
            batches = [receive(name, data) for name, data in files.items()]
            assert [batch.state for batch in batches] == ["applied"] * 4
            counts = [{**b.counts, "leans_on": {}} for b in batches]
            found[way] = (book(), counts, [(b.rows_applied, b.rows_quarantined) for b in batches])
            transaction.set_rollback(True)
        assert noted == [way == "placed"] * 4
    assert found["placed"] == found["judged"]
    assert {table: len(kept) for table, kept in found["placed"][0].items()} == {
        "customer": 6, "account": 6, "contactpoint": 3, "statement": 6, "ledgerentry": 2, "position": 6,
    }  # fmt: skip


@pytest.mark.django_db
def test_the_next_days_list_is_judged_for_people_and_a_new_days_facts_are_placed(
    receive, monkeypatch
) -> None:
    for name, data in morning().items():
        receive(name, data)
    billed = [("A000001", "20261115", "20261204", "1015.00", "100.00")]
    with placing(monkeypatch, 1) as noted:
        receive("CC_OVD_20261125_001.csv", overdue([overdue_row(n, on="20261125") for n in (1, 7)]))
        receive("CC_STMT_20261125_001.csv", csv_bytes(STATEMENTS, billed))
        corrected = [("A000001", "20261115", "20261204", "1016.00", "100.00")]
        receive("CC_STMT_20261125_002.csv", csv_bytes(STATEMENTS, corrected))
    assert noted == [False, True, False]
    assert set(Position.objects.filter(data_on=date(2026, 11, 25)).values_list("account__account_no", flat=True)) == {
        "A000001", "A000007",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["unknown", "too_long", "blocked"])
def test_a_row_that_must_be_judged_is(receive, monkeypatch, wrong) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    number = point("10013800001")
    rows_of = {
        "unknown": [number, point("10013800002", 客户号="C009999")],
        "too_long": [number, point("10013800002", 联系人姓名="长" * 500)],
        "blocked": [number],
    }[wrong]
    if wrong == "blocked":
        NumberBlock.objects.create(value_index=b"another number", reason="wrong_person", at=at("2026-11-24"))
    with placing(monkeypatch, 1) as noted:
        batch = receive("CC_CONT_20261124_001.csv", contacts(*rows_of))
    assert noted in ([False], [])
    assert batch.state == "applied"
    assert batch.rows_quarantined == (wrong != "blocked")
    assert ContactPoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("step", "times"), [("write customers", 1), ("write positions", 1), ("commit", 1)])
def test_killed_while_rows_are_placed_nothing_is_there(tmp_path, monkeypatch, step, times) -> None:
    path = tmp_path / "CC_OVD_20261124_001.csv"
    path.write_bytes(overdue([overdue_row(n) for n in range(1, 300)]))
    empty = rows()
    child = importer(path, step, times, "placing")
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL
    assert rows() == empty
    assert importer(path, "placing").communicate(timeout=120)[0].strip() == "applied"
    assert rows()["portfolio_position"] == rows()["cases_case"] == 299
    assert ImportBatch.objects.count() == 1


def test_lists_are_written_as_arrays_that_postgresql_reads() -> None:
    lists = pa.chunked_array([[["a", 'b"c', "d\\e"], [], None, ["逗,号"]]])
    assert array_cells(lists).to_pylist() == ['{"a","b\\"c","d\\\\e"}', "{}", "{}", '{"逗,号"}']
