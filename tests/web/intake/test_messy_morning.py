"""Scenario S1, the messy morning, as a dated diary (domain dossier, section 7), with fewer rows."""

from __future__ import annotations

import csv
import io
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from tests.web.intake.files import OVERDUE, at, overdue, overdue_row, payment_row, payments
from tests.web.intake.test_kill_and_race import importer

from forbear.channels import open_raw_row
from forbear.web.cases.models import Case
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.intake.selectors import where_is_row
from forbear.web.intake.services import receive_file
from forbear.web.portfolio.models import Account, StandingPosition
from forbear.web.portfolio.vault import vault

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 2000
DIRTY = {
    # what is wrong with the row -> the cells that are wrong; each is set aside with a reason of its own
    11: {"账户号": "6.22588E+15"},  # 5.6(3): a number that a spreadsheet rounded cannot be recovered
    12: {"证件号码": "110101199003070000"},  # 5.6(4): the eighteenth digit is lost
    13: {"欠款总额": "#REF!"},  # 5.6(7)
    14: {"到期还款日": "20261301"},  # 5.6(6)
    15: {"欠款总额": "9999.00"},  # 5.6(8): parts do not make the total
    16: {"账户号": "", "客户姓名": ""},  # nothing to file it under
    17: {"本金": "十万", "欠款总额": "十万"},
}  # fmt: skip
ODD = {
    # read all the same: full-width digits, separators, a sign of the currency, a formula kept as text
    21: {"欠款总额": "１０１５．００"},
    22: {"欠款总额": "￥1,015.00"},
    23: {"备注": '=HYPERLINK("http://x","y")'},
    24: {"客户姓名": " 欧阳\u3000明 "},
    25: {"到期还款日": "2026年11月4日"},
}
LIST = "CC_OVD_20261124_001.csv"


def morning(on: str, *, leave_out: frozenset[int] = frozenset(), dirty=DIRTY) -> list[list[object]]:
    changes = ODD | dirty
    return [overdue_row(n, on=on, **changes.get(n, {})) for n in range(1, ROWS + 1) if n not in leave_out]


def with_trailer(rows: list[list[object]], *, short: int = 0) -> bytes:
    """End the file as the bank does, with the number of rows and their sum in yuan; `short` says fewer rows."""
    return overdue(rows, encoding="gb18030") + f"T,{len(rows) - short},{1015 * len(rows)}.00\r\n".encode()


def sums() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(total_minor), 0) FROM standing_positions WHERE data_on = '2026-11-24'"
        )
        count, total = cursor.fetchone()
        return count, int(total)


def test_the_messy_morning(tmp_path: Path, settings, client, person) -> None:
    settings.FORBEAR_ALLOW_TEST_IDS = True
    take = lambda name, data, clock: receive_file(name, data, user=None, at=at("2026-11-24", clock))  # noqa: E731

    # 2026-11-23: a clean list, and a payment of 2 that takes account 2 off the next one; account 3 just vanishes.
    receive_file(
        "CC_OVD_20261123_001.csv", overdue(morning("20261123", dirty={})), user=None, at=at("2026-11-23")
    )
    gone = frozenset({2, 3})

    # 06:00 The list arrives in GB18030, dirty. 06:01 The process is killed while it writes, at about 60 %.
    rows = morning("20261124", leave_out=gone)
    path = tmp_path / LIST
    path.write_bytes(with_trailer(rows))
    child = importer(path, "write positions", 1)
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL
    assert sums() == (0, 0)

    # 06:01 A copy whose trailer names one row fewer than it has is refused whole.
    refused = take(LIST, with_trailer(rows, short=1), "06:01")
    assert (refused.state, refused.refusal["rule"], sums()) == (BatchState.REFUSED, "control_count", (0, 0))

    # 06:02 Started again.
    assert importer(path).communicate(timeout=120)[0].strip() == "applied"
    batch = ImportBatch.objects.get(received_name=LIST, state="applied")
    assert batch.rows_read == ROWS - len(gone) == batch.rows_applied + batch.rows_quarantined
    set_aside = set(batch.issues.filter(severity="error").values_list("row_no", flat=True))
    place = {row[OVERDUE.index("客户号")]: at_row for at_row, row in enumerate(rows, start=2)}
    assert set_aside == {place[f"C{n:06d}"] for n in DIRTY}
    assert batch.rows_quarantined == len(DIRTY)
    assert (batch.control["declared_rows"], batch.control["found_rows"]) == (len(rows), len(rows))

    # The sum in the book is, to the fen, the sum of the rows that were not set aside: each total is 1,015.00 yuan.
    good = ROWS - len(gone) - len(DIRTY)
    assert sums() == (good, good * int(Decimal("1015.00") * 100))

    # 06:05 The payment file: one for account 2, one for nobody.
    paid = take(
        "CC_PAY_20261124_001.csv",
        payments([payment_row("T1", 2, "1015.00"), payment_row("T9", 9999, "1.00")]),
        "06:05",
    )
    assert (paid.rows_read, paid.rows_applied, paid.rows_quarantined) == (2, 1, 1)

    # 06:10 The same file again: ignored.
    before = (sums(), Case.objects.count(), Account.objects.count())
    assert take(LIST, path.read_bytes(), "06:10").state == BatchState.DUPLICATE
    assert (sums(), Case.objects.count(), Account.objects.count()) == before

    # Account 3 vanished without paying: alerted, not cured. Account 2 is explained by its payment.
    waiting = batch.alerts.filter(kind="vanished_unexplained", settled_at=None)
    assert "A000003" in set(waiting.values_list("account__account_no", flat=True))
    assert batch.alerts.get(account__account_no="A000002").kind == "cured"
    assert Case.objects.get(customer__customer_no="C000003").closed_on is None

    # 06:40 The corrected file: same name, two rows mended. Only the two are written.
    mended = {n: cells for n, cells in DIRTY.items() if n not in (13, 15)}
    corrected = take(LIST, with_trailer(morning("20261124", leave_out=gone, dirty=mended)), "06:40")
    assert corrected.state == BatchState.APPLIED
    assert corrected.counts["positions"]["created"] == 2
    assert corrected.counts["positions"]["known"] == good
    assert corrected.rows_quarantined == len(DIRTY) - 2
    assert sums() == (good + 2, (good + 2) * 1015_00)
    assert StandingPosition.objects.filter(data_on="2026-11-24", account__account_no="A000013").count() == 1

    # 07:00 "Where is row 1,234?" and the others: every row has an answer.
    assert where_is_row(batch, 1234).where == "applied"
    assert where_is_row(batch, 1234).records
    assert {where_is_row(batch, row).where for row in set_aside} == {"set_aside"}
    assert where_is_row(corrected, 1234).where == "nothing_new"

    # Every rejected row can be had with its reason and its bytes as the bank sent them.
    lines = path.read_bytes().split(b"\r\n")
    for issue in batch.issues.filter(severity="error"):
        assert issue.message["zh"]
        assert issue.suggestion["en"]
        assert open_raw_row(bytes(issue.raw_row_cipher), vault()).original.strip() == lines[issue.row_no - 1]
    client.force_login(person("administrator"))
    exported = client.get(f"/files/{batch.pk}/set-aside.csv").content.decode("utf-8-sig")
    assert {int(line[0]) for line in list(csv.reader(io.StringIO(exported)))[1:]} == set_aside
