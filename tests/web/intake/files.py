"""Build the bank's files for tests: overdue list, repayments, customers, accounts, contact points, statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from forbear.channels import Options

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEST_PEOPLE = Options(allow_test_ids=True)
WEIGHTS, SIGNS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def at(day: str, clock: str = "06:00") -> datetime:
    """Return a moment in Shanghai."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)


def identity(number: int) -> str:
    """Return a checksum-valid identity number of region 9999xx, which no person can own."""
    body = f"99990{number // 1000 % 10}1980{number % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
    return body + SIGNS[sum(int(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True)) % 11]


def csv_bytes(headings: Sequence[str], rows: Sequence[Sequence[object]], *, encoding: str = "utf-8") -> bytes:
    """Write a CSV as a bank does: CRLF, quoted only where needed."""

    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text

    lines = [",".join(map(cell, line)) for line in [headings, *rows]]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


OVERDUE = [
    "数据日期",
    "客户号",
    "客户姓名",
    "证件类型",
    "证件号码",
    "账户号",
    "币种",
    "到期还款日",
    "逾期天数",
    "最低还款额",
    "欠款总额",
    "本金",
    "利息",
    "违约金",
    "备注",
]


def overdue_row(
    number: int, *, on: str = "20261124", dpd: int = 20, principal: int = 1000, **cells: object
) -> list[object]:
    """Return one line of the overdue list; amounts in yuan, total = principal + 10 interest + 5 late fee."""
    row: dict[str, object] = {
        "数据日期": on, "客户号": f"C{number:06d}", "客户姓名": f"测试{number}", "证件类型": "身份证",
        "证件号码": identity(number), "账户号": f"A{number:06d}", "币种": "CNY", "到期还款日": "20261104",
        "逾期天数": dpd, "最低还款额": "100.00", "欠款总额": f"{principal + 15}.00", "本金": f"{principal}.00",
        "利息": "10.00", "违约金": "5.00", "备注": "",
    } | cells  # fmt: skip
    return [row[heading] for heading in OVERDUE]


def overdue(rows: Sequence[Sequence[object]], **options: str) -> bytes:
    """Return an overdue list."""
    return csv_bytes(OVERDUE, rows, **options)


PAYMENTS = [
    "流水号",
    "交易日期",
    "起息日",
    "入账日期",
    "账户号",
    "交易码",
    "交易金额",
    "币种",
    "借贷标志",
    "冲正标志",
    "原流水号",
]


def payment_row(
    serial: str, account: int, yuan: str, *, on: str = "20261124", **cells: object
) -> list[object]:
    """Return one repayment."""
    row: dict[str, object] = {
        "流水号": serial, "交易日期": on, "起息日": on, "入账日期": on, "账户号": f"A{account:06d}", "交易码": "还款",
        "交易金额": yuan, "币种": "CNY", "借贷标志": "", "冲正标志": "", "原流水号": "",
    } | cells  # fmt: skip
    return [row[heading] for heading in PAYMENTS]


def payments(rows: Sequence[Sequence[object]], **options: str) -> bytes:
    """Return a repayment file."""
    return csv_bytes(PAYMENTS, rows, **options)


def day(text: str) -> date:
    """Read 2026-11-24."""
    return date.fromisoformat(text)
