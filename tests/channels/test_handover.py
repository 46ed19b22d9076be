"""The hand-over sheet of an agency: placements and people in, what is not needed withheld."""

from __future__ import annotations

from datetime import date

from tests.channels.samples import HANDOVER, IDS, VAULT, column, doubts, lines, read, reasons, workbook

from forbear.channels import detect_layout

NAME = "委案_20261124_001.csv"
PERSON = {
    "联系人1姓名": "李梅", " 联系人1关系": "母亲", "联系人1手机": "10087654321", "联系人1证件号": "110101196003070011",
    "联系人1单位": "某厂", "联系人2姓名": "王强", "联系人2关系": "朋友", "联系人2手机": "同上", "QQ": "12345",
    "社保号": "998877", "性别": "男", "年龄": "36",
}  # fmt: skip


def test_a_sheet_becomes_placements_customers_accounts_and_contact_points():
    parsed = read(lines(HANDOVER | PERSON), "handover", NAME)
    assert column(parsed, "placements", "placed_minor") == [123450]
    assert column(parsed, "placements", "agency") == ["示例催收"]
    assert column(parsed, "placements", "recall_on") == [date(2027, 2, 24)]
    assert column(parsed, "contact_points", "relation") == ["self", "parent"]
    assert column(parsed, "contact_points", "reserved") == [True, False]
    assert [VAULT.open(one, "phone") for one in column(parsed, "contact_points", "value_cipher")] == [
        "10012345678",
        "10087654321",
    ]


def test_identity_numbers_of_contact_persons_qq_and_social_security_are_withheld_and_reported():
    parsed = read(lines(HANDOVER | PERSON), "handover", NAME)
    withheld = {one.heading for one in parsed.columns if one.use == "withheld"}
    assert withheld == {"联系人1证件号", "联系人1单位", "QQ", "社保号", "性别", "年龄"}
    assert "columns_withheld" in doubts(parsed)[0]
    kept = str([table.to_pylist() for table in parsed.tables.values()])
    assert not [one for one in ("110101196003070011", "12345,", "998877", "某厂") if one in kept]


def test_a_bad_number_of_a_contact_person_warns_and_the_case_goes_on():
    parsed = read(lines(HANDOVER | PERSON), "handover", NAME)
    assert "phone_none" in doubts(parsed)[2]
    assert parsed.counts.rows_accepted == 1


def test_the_mothers_number_meets_itself_again_in_a_later_sheet():
    first = read(lines(HANDOVER | PERSON), "handover", NAME)
    again = read(
        lines(HANDOVER | {"个案序列号": "P9", "账号": "A9"} | PERSON | {"联系人1手机": "100-8765-4321"}),
        "handover",
        NAME,
    )
    assert (
        column(first, "contact_points", "value_index")[1] == column(again, "contact_points", "value_index")[1]
    )


def test_a_sheet_without_customer_numbers_names_people_by_the_index_of_their_identity_number():
    rows = [
        HANDOVER,
        HANDOVER | {"个案序列号": "P2", "账号": "A2"},
        HANDOVER | {"个案序列号": "P3", "账号": "A3", "证件号": IDS[1]},
    ]
    parsed = read(lines(*rows), "handover", NAME)
    one, two, three = column(parsed, "placements", "customer_no")
    assert one == two != three
    assert one.startswith("id-")
    assert parsed.tables["customers"].num_rows == 2


def test_a_case_that_names_neither_customer_nor_identity_number_is_quarantined():
    assert reasons(read(lines(HANDOVER | {"证件号": ""}), "handover", NAME)) == {2: {"missing_value"}}


def test_a_workbook_of_a_hundred_and_fifty_columns_is_read():
    wide = HANDOVER | PERSON | {f"自定义{at}": str(at) for at in range(120)}
    parsed = read(workbook([list(wide), list(wide.values())]), "handover", "委案_20261124_001.xlsx")
    assert parsed.counts.rows_accepted == 1
    assert "columns_ignored" in doubts(parsed)[0]
    assert detect_layout(workbook([list(wide), list(wide.values())]), "x.xlsx") == "handover"
