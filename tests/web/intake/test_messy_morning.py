"""Scenario S1, the messy morning, as a dated diary (domain dossier, section 7): 2,000 rows here, 100,000 in the stress run."""

from __future__ import annotations

import csv
import io
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from tests.web.intake.files import OVERDUE, at, csv_bytes, identity, overdue_row, payment_row, payments
from tests.web.intake.test_kill_and_race import importer

from forbear.channels import open_raw_row
from forbear.web.cases.models import Case
from forbear.web.intake.models import BatchState, ImportBatch
from forbear.web.intake.selectors import where_is_row
from forbear.web.intake.services import receive_file
from forbear.web.portfolio.models import Account, StandingPosition
from forbear.web.portfolio.vault import vault

pytestmark = pytest.mark.django_db(transaction=True)
DIRTY = {
    # 5.6 by number: what is wrong with the row -> the cells that are wrong; each is set aside with a reason of its own
    10: {"账户号": "A\ufffd0010"},  # 2: a character lost before delivery, in a key
    11: {"账户号": "6.22588E+15"},  # 3: a number that a spreadsheet rounded cannot be recovered
    12: {"证件号码": "110101199003070000"},  # 4: the eighteenth digit is lost
    13: {"欠款总额": "#REF!"},  # 7
    14: {"到期还款日": "20261301"},  # 6
    15: {"欠款总额": "9999.00"},  # 8: parts do not make the total
    16: {"账户号": "", "客户姓名": ""},  # nothing to file it under
    17: {"本金": "十万", "欠款总额": "十万"},
    18: {"到期还款日": "2026/2/30"},  # 6
    19: {"欠款总额": "1015.005"},  # 7: three decimals
    20: {"利息": "-10.00", "本金": "1020.00"},  # 9: a negative part of a positive debt
    31: {"账户状态码": "Q9"},  # 22
    32: {"备注": "<未完"},  # 15: an unclosed quote, see BYTES
    33: {"备注": "<一二"},  # 15: a separator too many, see BYTES
    34: {"证件号码": "同上"},  # 4
    35: {"证件号码": "11010119900307"},  # 4
}  # fmt: skip
BYTES = {"<未完": '"未完', "<一二": "一,二"}
# A second line about the same thing: the first of the pair is set aside too.
PAIRS = (
    (41, {"欠款总额": "1016.00", "利息": "11.00"}),  # 10: one key, two amounts
    (42, {"账户号": "A900042", "证件号码": identity(900_042)}),  # 11: one customer, two identity numbers
    (43, {"币种": "USD"}),  # 25: one account, two currencies
)  # fmt: skip
REPEATED = 44  # 10: the same line again counts once
ODD = {
    # read all the same, and marked
    21: {"欠款总额": "１０１５．００"},
    22: {"欠款总额": "￥1,015.00"},
    23: {"备注": '=HYPERLINK("http://x","y")'},  # 16
    24: {"客户姓名": " 欧阳\u3000明 "},  # 24
    25: {"到期还款日": "2026年11月4日"},  # 6
    26: {"到期还款日": "46330"},  # 6: a serial of a spreadsheet, 2026-11-04
    27: {"客户姓名": "李\ufffd"},  # 2
    28: {"客户姓名": "李𬭎"},  # 2: four bytes in GB18030
    29: {"备注": "客户已故，家属接听"},  # 21
    30: {"客户姓名": "ZHANG/WEI MR", "证件类型": "护照", "证件号码": "E12345678"},  # 30
    36: {"利息": "10.01", "违约金": "5.00"},  # 8: a fen between the parts and the total
    37: {"逾期天数": 3},  # 20: 35 days late yesterday, nothing paid
    38: {"证件号码": identity(38).lower()},
    39: {"证件号码": identity(1039), "客户姓名": "张叁"},  # 11: somebody else's number under another name
}  # fmt: skip
HEADINGS = [*OVERDUE, "账户状态码"]
LIST = "CC_OVD_20261124_001.csv"


def line(number: int, *, on: str, **cells: object) -> list[object]:
    status = cells.pop("账户状态码", "正常")
    return [*overdue_row(number, on=on, **cells), status]


def morning(
    rows: int, on: str, *, leave_out: frozenset[int] = frozenset(), dirty=DIRTY
) -> list[list[object]]:
    changes = ODD | dirty
    listed = [line(n, on=on, **changes.get(n, {})) for n in range(1, rows + 1) if n not in leave_out]
    twice = [line(n, on=on, **cells) for n, cells in PAIRS] + [line(REPEATED, on=on)]
    return listed + twice


def yesterday(rows: int) -> bytes:
    """Return the clean list of the day before; account 37 was 35 days late."""
    return csv_bytes(
        HEADINGS,
        [line(n, on="20261123", **({"逾期天数": 35} if n == 37 else {})) for n in range(1, rows + 1)],
    )


def with_trailer(rows: list[list[object]], *, short: int = 0) -> bytes:
    """End the file as the bank does, with the number of rows and their sum in yuan; `short` says fewer rows."""
    text = csv_bytes(HEADINGS, rows, encoding="gb18030").decode("gb18030")
    for mark, written in BYTES.items():
        text = text.replace(mark, written)
    return (text + f"T,{len(rows) - short},{1015 * len(rows)}.00\r\n").encode("gb18030")


def sums() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(total_minor), 0) FROM standing_positions WHERE data_on = '2026-11-24'"
        )
        count, total = cursor.fetchone()
        return count, int(total)


@pytest.mark.parametrize("rows_listed", [2_000, pytest.param(100_000, marks=pytest.mark.stress)])
def test_the_messy_morning(rows_listed: int, tmp_path: Path, settings, client, person) -> None:
    settings.FORBEAR_ALLOW_TEST_IDS = True
    take = lambda name, data, clock: receive_file(name, data, user=None, at=at("2026-11-24", clock))  # noqa: E731

    # 2026-11-23: a clean list, and a payment of 2 that takes account 2 off the next one; account 3 just vanishes.
    receive_file("CC_OVD_20261123_001.csv", yesterday(rows_listed), user=None, at=at("2026-11-23"))
    gone = frozenset({2, 3})

    # 06:00 The list arrives in GB18030, dirty. 06:01 The process is killed while it writes, at about 60 %.
    rows = morning(rows_listed, "20261124", leave_out=gone)
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
    assert batch.rows_read == len(rows) == batch.rows_applied + batch.rows_quarantined
    set_aside = set(batch.issues.filter(severity="error").values_list("row_no", flat=True))
    bad = {f"C{n:06d}" for n in [*DIRTY, *(n for n, _ in PAIRS)]}
    assert set_aside == {
        at_row for at_row, row in enumerate(rows, start=2) if row[OVERDUE.index("客户号")] in bad
    }
    assert batch.rows_quarantined == len(set_aside) == len(DIRTY) + 2 * len(PAIRS)
    assert (batch.control["declared_rows"], batch.control["found_rows"]) == (len(rows), len(rows))

    # The sum in the book is, to the fen, the sum of the rows that were not set aside: each total is 1,015.00 yuan.
    good = rows_listed - len(gone) - len(bad)
    assert sums() == (good, good * int(Decimal("1015.00") * 100))

    # 06:05 The payment file: one for account 2, one for nobody.
    paid = take(
        "CC_PAY_20261124_001.csv",
        payments([payment_row("T1", 2, "1015.00"), payment_row("T9", 999_999, "1.00")]),
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
    corrected = take(
        LIST, with_trailer(morning(rows_listed, "20261124", leave_out=gone, dirty=mended)), "06:40"
    )
    assert corrected.state == BatchState.APPLIED
    assert corrected.counts["positions"]["created"] == 2
    assert corrected.counts["positions"]["known"] == good
    assert corrected.rows_quarantined == len(set_aside) - 2
    assert sums() == (good + 2, (good + 2) * 1015_00)
    assert StandingPosition.objects.filter(data_on="2026-11-24", account__account_no="A000013").count() == 1

    # 07:00 "Where is row 73,412?" and the others: every row has an answer.
    asked = 73_412 if rows_listed > 73_412 else 1_234
    assert where_is_row(batch, asked).where == "applied"
    assert where_is_row(batch, asked).records
    assert {where_is_row(batch, row).where for row in set_aside} == {"set_aside"}
    assert where_is_row(corrected, asked).where == "nothing_new"

    # Every rejected row can be had with its reason and its bytes as the bank sent them.
    lines = path.read_bytes().split(b"\r\n")
    for issue in batch.issues.filter(severity="error"):
        assert issue.message["zh"]
        assert issue.suggestion["en"]
        assert open_raw_row(bytes(issue.raw_row_cipher), vault()).original.strip() == lines[issue.row_no - 1]
    client.force_login(person("administrator"))
    exported = client.get(f"/files/{batch.pk}/set-aside.csv").content.decode("utf-8-sig")
    assert {int(line[0]) for line in list(csv.reader(io.StringIO(exported)))[1:]} == set_aside
