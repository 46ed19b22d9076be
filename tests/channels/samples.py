"""Sample files made of test people: region 9999xx, cards 999999..., phones 100xxxxxxxx; nobody can own them."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from typing import Any

import openpyxl
import pyarrow as pa
import xlsxwriter
from pypdf import PdfWriter

from forbear.channels import Options, ParsedFile, parse_file
from forbear.privacy import Vault

VAULT = Vault(b"a secret for tests, 32 bytes long")
DAY = date(2026, 11, 24)
IDS = ["999900199003070010", "999900198511202345", "999900199202290032", "999900197808150043"]
CARDS = ["9999990000000014", "9999990000001236"]
TEST = Options(allow_test_ids=True)
NAME = "CC_OVD_20261124_001.csv"

OVERDUE = {
    "数据日期": "20261124", "机构号": "0012", "客户号": "C000000001", "客户姓名": "张伟", "证件类型": "身份证",
    "证件号码": IDS[0], "账户号": "A1", "卡号": CARDS[0], "币种": "CNY", "信用额度": "50000.00", "账单日": "5",
    "到期还款日": "20261023", "逾期天数": "32", "逾期期数(账龄)": "M2", "最低还款额": "1000.00", "欠款总额": "1234.50",
    "本金": "1000.00", "利息": "200.00", "复利": "4.50", "违约金": "20.00", "手续费": "10.00", "其他费用": "0.00",
    "账户状态码": "正常", "特殊标识": "", "备注": "",
}  # fmt: skip
CUSTOMER = {"客户号": "C1", "客户姓名": "张伟", "证件类型": "0", "证件号码": IDS[0], "备注": ""}
CONTACT = {
    "客户号": "C1", "类型": "手机", "号码或地址": "10012345678", "联系人姓名": "", "与本人关系": "本人",
    "来源": "申请表", "是否预留": "是", "授权标志": "", "是否有效": "是", "免打扰标志": "否",
}  # fmt: skip
TRANSACTION = {
    "流水号": "S1", "交易日期": "20261123", "起息日": "20261123", "入账日期": "20261124", "账户号": "A1",
    "交易码": "还款", "交易金额": "100.00", "币种": "CNY", "借贷标志": "贷", "渠道": "手机银行", "摘要": "",
    "冲正标志": "否", "原流水号": "",
}  # fmt: skip
STATEMENT = {
    "账户号": "A1",
    "账单日期": "20261105",
    "到期还款日": "20261123",
    "账单余额": "1234.50",
    "最低还款额": "123.45",
}
ACCOUNT = {
    "账户号": "A1",
    "客户号": "C1",
    "机构号": "0012",
    "卡号": CARDS[0],
    "币种": "CNY",
    "信用额度": "5000",
    "账户状态码": "正常",
}
HANDOVER = {
    "个案序列号": "P1", "批次号": "B1", "委托方": "示例银行", "受托方": "示例催收", "委案日期": "20261124", "预计退案日": "20270224",
    "委案金额": "1234.50", "姓名": "张伟", "证件类型": "身份证", "证件号": IDS[0], "卡号": CARDS[0], "账号": "A1",
    "本人手机": "10012345678",
}  # fmt: skip


def lines(
    *rows: dict[str, str], separator: str = ",", line_end: str = "\r\n", extra: tuple[str, ...] = ()
) -> str:
    """Write rows under the headings of the first; cells are written as they are, unquoted."""
    texts = [separator.join(rows[0]), *(separator.join(row.values()) for row in rows), *extra]
    return line_end.join(texts) + line_end


def overdue(*changes: dict[str, str]) -> list[dict[str, str]]:
    """Return overdue rows, each with its own account number and the given changes."""
    return [
        OVERDUE | {"账户号": f"A{at + 1}", "客户号": f"C{at + 1:09d}"} | one for at, one in enumerate(changes)
    ]


def read(data: str | bytes, layout: str = "overdue_list", name: str = NAME, **how: Any) -> ParsedFile:
    """Parse as a test system does, and check that the counts tie."""
    raw = data.encode() if isinstance(data, str) else data
    how.setdefault("options", TEST)
    parsed = parse_file(raw, layout=layout, vault=VAULT, received_name=name, **how)
    ties(parsed)
    return parsed


def ties(parsed: ParsedFile) -> None:
    """Check that no row is lost and none is both applied and quarantined."""
    counts = parsed.counts
    assert counts.rows_read == counts.rows_accepted + counts.rows_quarantined
    assert counts.rows_warned <= counts.rows_accepted
    bad = {(row["sheet"], row["row_no"]) for row in parsed.quarantined.to_pylist()}
    assert len(bad) == counts.rows_quarantined
    if None in {sheet for sheet, _ in bad} or not bad:
        for table in parsed.tables.values():
            assert not {number for _, number in bad} & set(table["row_no"].to_pylist())
    for row in parsed.quarantined.to_pylist():
        assert row["severity"] == "error"
        assert row["raw_row_cipher"]
        render(row)
    for row in parsed.warnings.to_pylist():
        assert row["severity"] == "warn"
        render(row)


def render(row: dict[str, Any]) -> str:
    """Fill a finding's message in both languages; a missing parameter raises KeyError."""
    params = json.loads(row["params"])
    assert row["suggestion"]
    assert row["suggestion_zh"]
    return row["message"] % params + row["message_zh"] % params


def reasons(parsed: ParsedFile) -> dict[int, set[str]]:
    """Return the rules of quarantined rows by row number."""
    return _by_row(parsed.quarantined)


def doubts(parsed: ParsedFile) -> dict[int, set[str]]:
    """Return the rules of warnings by row number; 0 = the file."""
    return _by_row(parsed.warnings)


def _by_row(table: pa.Table) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for row in table.to_pylist():
        found.setdefault(row["row_no"], set()).add(row["rule"])
    return found


def column(parsed: ParsedFile, table: str, name: str) -> list[Any]:
    """Return one column of one table."""
    return parsed.tables[table][name].to_pylist()


def workbook(*sheets: list[list[Any]], **how: Any) -> bytes:
    """Write rows of cells as XLSX with openpyxl; `how` may hold date1904, hidden (sheet index), title."""
    book = openpyxl.Workbook()
    if how.get("date1904"):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for at, rows in enumerate(sheets):
        sheet = book.active if at == 0 else book.create_sheet()
        sheet.title = f"S{at + 1}"
        for row in rows:
            sheet.append(row)
        for merge in how.get("merge", ()) if at == 0 else ():
            sheet.merge_cells(merge)
        for number in how.get("hidden_rows", ()) if at == 0 else ():
            sheet.row_dimensions[number].hidden = True
        if at in how.get("hidden_sheets", ()):
            sheet.sheet_state = "hidden"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def typed_workbook(headings: list[str], row: list[Any]) -> bytes:
    """Write one row with real numbers and dates, as a person types them."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, (heading, value) in enumerate(zip(headings, row, strict=True)):
        sheet.write(0, at, heading)
        if isinstance(value, datetime):
            sheet.write_datetime(1, at, value, day)
        else:
            sheet.write(1, at, value)
    book.close()
    return sink.getvalue()


def one_page(number: int = 1, pages: int = 1) -> bytes:
    """Return a PDF of blank pages, another for each number."""
    writer, made = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": str(number)})
    writer.write(made)
    return made.getvalue()
