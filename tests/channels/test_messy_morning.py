"""24 November 2026, 06:00: a GB18030 list of 100,000 rows with everything wrong in it that can be."""

from __future__ import annotations

import pytest
from tests.channels.samples import OVERDUE, column, overdue, read, reasons

ROWS = 100_000
DAMAGE = {  # line in the file -> what is wrong, and the rule that says so
    10: ({"卡号": "6.22588E+15"}, "key_damaged"),
    11: ({"证件号码": "110101199003070000"}, "id_digits_lost"),
    12: ({"欠款总额": "#REF!"}, "excel_error"),
    13: ({"到期还款日": "2026/2/30"}, "date_impossible"),
    14: ({"利息": "999.00"}, "parts_mismatch"),
    15: ({"账户状态码": "Q9"}, "unknown_code"),
    16: ({"备注": '"没有结尾'}, "unbalanced_quote"),
    17: ({"备注": "多,一列"}, "column_count"),
    18: ({"客户号": ""}, "missing_value"),
    73_412: ({"欠款总额": "123450"}, "unit_suspect"),
}


@pytest.fixture(scope="module")
def morning():
    plain = ",".join((OVERDUE | {"账户号": "{a}", "客户号": "{c}", "证件号码": "", "卡号": ""}).values())
    lines = [",".join(OVERDUE), *(plain.format(a=f"A{at:06d}", c=f"C{at:09d}") for at in range(2, ROWS + 2))]
    for line, (change, _) in DAMAGE.items():
        row = (
            OVERDUE
            | {"账户号": f"A{line:06d}", "客户号": f"C{line:09d}", "证件号码": "", "卡号": ""}
            | change
        )
        lines[line - 1] = ",".join(row.values())
    lines.append(lines[19])  # line 20 once more
    lines.append(f"T,{ROWS + 1}")
    return read(("\r\n".join(lines) + "\r\n").encode("gb18030"))


def test_each_row_is_applied_or_quarantined_with_its_reason(morning):
    assert morning.encoding == "gb18030"
    assert reasons(morning) == {line: {rule} for line, (_, rule) in DAMAGE.items()}
    counts = morning.counts
    assert (counts.rows_read, counts.rows_quarantined) == (ROWS + 1, len(DAMAGE))
    assert counts.rows_collapsed == 1
    assert morning.tables["positions"].num_rows == ROWS - len(DAMAGE)


def test_sums_tie_to_the_fen(morning):
    # 1234.50 on each of the good rows
    assert sum(column(morning, "positions", "total_minor")) == 123450 * (ROWS - len(DAMAGE))


def test_where_is_row_73412(morning):
    found = [row for row in morning.quarantined.to_pylist() if row["row_no"] == 73_412]
    assert [(row["column"], row["raw_value"], row["rule"]) for row in found] == [
        ("欠款总额", "123450", "unit_suspect")
    ]
    assert 73_411 in column(morning, "positions", "row_no")


def test_the_same_morning_cut_off_is_refused_whole():
    text = "\r\n".join(
        [",".join(OVERDUE), *(",".join(one.values()) for one in overdue({}, {"证件号码": ""})), "T,10000", ""]
    )
    cut = read(text)
    assert cut.refused.rule == "control_count"
    assert not cut.tables
