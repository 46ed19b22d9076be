"""The 30 dirty-data cases as a diary of mornings: what arrives, what goes on, what a clerk is told."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from tests.channels.samples import (
    ACCOUNT,
    CARDS,
    CONTACT,
    CUSTOMER,
    DAY,
    HANDOVER,
    IDS,
    OVERDUE,
    STATEMENT,
    TEST,
    TRANSACTION,
    VAULT,
    column,
    doubts,
    lines,
    overdue,
    read,
    reasons,
    render,
    typed_workbook,
    workbook,
)  # fmt: skip

from forbear.channels import (
    Options,
    compare_positions,
    escape_for_export,
    mapping_from,
    open_raw_row,
    replay_row,
)

XLSX = "CC_OVD_20261124_001.xlsx"


# --- 1 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("encoding", "declared", "found"),
    [
        ("gbk", "utf-8", "gb18030"),
        ("gb18030", "utf-8", "gb18030"),
        ("utf-8", "gb18030", "utf-8"),
        ("utf-8-sig", "gbk", "utf-8"),
    ],
)
def test_case_01_an_encoding_declared_wrongly_is_read_as_what_it_is(encoding, declared, found):
    parsed = read(
        lines(OVERDUE).encode(encoding), options=Options(declared_encoding=declared, allow_test_ids=True)
    )
    assert column(parsed, "customers", "name") == ["张伟"]
    assert parsed.encoding == found
    assert "encoding_not_as_declared" in doubts(parsed)[0]


def test_case_01_a_byte_order_mark_does_not_hide_the_first_heading():
    assert column(read(lines(OVERDUE).encode("utf-8-sig")), "positions", "data_on") == [DAY]


def test_case_01_one_line_in_another_encoding_is_quarantined_and_the_others_go_on():
    good, bad = lines(*overdue({}, {})).encode(), lines(*overdue({}, {}, {"客户姓名": "王芳"})).encode("gbk")
    parsed = read(good + bad.split(b"\r\n")[3] + b"\r\n")
    assert reasons(parsed) == {4: {"undecodable_row"}}
    assert parsed.counts.rows_accepted == 2
    raw = open_raw_row(parsed.quarantined["raw_row_cipher"][0].as_py(), VAULT)
    assert "王芳" in raw.original.decode("gbk")


# --- 2 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_case_02_rare_characters_of_four_bytes_survive(encoding):
    parsed = read(
        lines(*overdue({"客户姓名": "李𬭎"}, {"客户姓名": "㛃䶮", "证件号码": IDS[1]})).encode(encoding)
    )
    assert column(parsed, "customers", "name") == ["李𬭎", "㛃䶮"]
    assert reasons(parsed) == {}


def test_case_02_a_character_lost_before_delivery_warns_in_a_name_and_quarantines_in_a_key():
    parsed = read(lines(*overdue({"客户姓名": "李\ufffd"}, {"账户号": "A\ufffd2", "证件号码": IDS[1]})))
    assert "replacement_character" in doubts(parsed)[2]
    assert reasons(parsed) == {3: {"replacement_character"}}


# --- 3 ---------------------------------------------------------------------------------------------------------
def test_case_03_a_card_number_turned_into_a_power_of_ten_cannot_be_recovered():
    parsed = read(lines(*overdue({}, {"卡号": "6.22588E+15", "证件号码": IDS[1]})))
    assert reasons(parsed) == {3: {"key_damaged"}}
    finding = parsed.quarantined.to_pylist()[0]
    assert finding["raw_value"] == "6.22588E+15"
    assert "6.22588E+15" in render(finding)
    assert finding["column"] == "卡号"


def test_case_03_a_card_number_typed_as_a_number_into_a_workbook_lost_its_end():
    row = [9999990000000014 if heading == "卡号" else value for heading, value in OVERDUE.items()]
    parsed = read(typed_workbook(list(OVERDUE), row), name=XLSX)
    assert reasons(parsed) == {2: {"key_damaged"}}


def test_case_03_a_card_whose_last_digit_changed_fails_its_check_digit_and_shows_only_its_tail():
    parsed = read(lines(OVERDUE | {"卡号": "9999990000000010"}))
    assert reasons(parsed) == {2: {"card_checksum"}}
    assert parsed.quarantined["raw_value"].to_pylist() == ["************0010"]


# --- 4 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("110101199003070000", "id_digits_lost"),
        ("999900199003070011", "id_checksum"),
        ("1.10101E+17", "key_damaged"),
        ("660101199003070010", "id_checksum"),
        ("99990019900307001", "id_unread"),
        ("同上", "id_unread"),
    ],
)
def test_case_04_a_damaged_identity_number_is_quarantined(written, rule):
    assert reasons(read(lines(OVERDUE | {"证件号码": written}))) == {2: {rule}}


@pytest.mark.parametrize(
    ("written", "tail", "doubt"),
    [
        ("９９９９００１９９００３０７００１０", "0010", "text_cleaned"),
        (" 999900199003070010\u200b", "0010", "text_cleaned"),
        ("999900900307001", "0010", "id_15_digits"),
        ("99990019900307007x", "007X", "id_lower_x"),
    ],
)
def test_case_04_a_number_written_oddly_is_read_and_marked(written, tail, doubt):
    parsed = read(lines(OVERDUE | {"证件号码": written}))
    assert column(parsed, "customers", "id_no_tail") == [tail]
    assert doubt in doubts(parsed)[2]
    assert column(parsed, "customers", "birth_on") == [date(1990, 3, 7)]


def test_case_04_a_full_width_number_meets_its_half_width_self():
    parsed = read(lines(*overdue({}, {"证件号码": "９９９９００１９９００３０７００１０"})))
    first, second = column(parsed, "customers", "id_no_index")
    assert first == second


def test_case_04_test_regions_and_test_cards_are_refused_on_a_live_system():
    parsed = read(lines(*overdue({"卡号": ""}, {"证件号码": ""})), options=Options())
    assert reasons(parsed) == {2: {"id_region"}, 3: {"card_test"}}


# --- 5 ---------------------------------------------------------------------------------------------------------
def test_case_05_lost_leading_zeros_are_put_back_where_the_mapping_knows_the_width():
    mapping = mapping_from({"widths": {"org_no": 4, "customer_no": 10}})
    parsed = read(lines(OVERDUE | {"机构号": "12", "客户号": "123"}), mapping=mapping)
    assert column(parsed, "accounts", "org_no") == ["0012"]
    assert column(parsed, "accounts", "customer_no") == ["0000000123"]
    assert "leading_zeros_lost" in doubts(parsed)[2]


def test_case_05_a_short_number_among_equals_is_suspected():
    rows = overdue(*[{"客户号": f"00{at:04d}", "证件号码": ""} for at in range(40)])
    rows[7]["客户号"] = "42"
    assert reasons(read(lines(*rows))) == {9: {"leading_zeros_suspected"}}


def test_case_05_zeros_kept_by_an_excel_text_formula_or_an_apostrophe_stay():
    parsed = read(lines(*overdue({"机构号": '="0012"'}, {"机构号": "'0013", "证件号码": IDS[1]})))
    assert column(parsed, "accounts", "org_no") == ["0012", "0013"]


# --- 6 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "written",
    ["20261023", "2026-10-23", "2026/10/23", "2026.10.23", "2026年10月23日", "2026-10-23 00:00:00", "46318",
     "２０２６／１０／２３", "2026-10-23T08:00:00+08:00", "20261023000000"],
)  # fmt: skip
def test_case_06_a_date_is_read_in_every_usual_form(written):
    assert column(read(lines(OVERDUE | {"到期还款日": written})), "positions", "due_on") == [
        date(2026, 10, 23)
    ]


def test_case_06_an_excel_serial_is_marked_with_the_day_it_was_read_as():
    # 46350 days after 1899-12-30 = 2026-11-24
    parsed = read(lines(OVERDUE | {"到期还款日": "46350"}))
    assert column(parsed, "positions", "due_on") == [date(2026, 11, 24)]
    assert "2026-11-24" in render(
        next(row for row in parsed.warnings.to_pylist() if row["rule"] == "date_from_serial")
    )


@pytest.mark.parametrize(
    ("written", "rule"),
    [("2026/2/30", "date_impossible"), ("20261301", "date_impossible"), ("23/10/2026", "date_ambiguous"),
     ("10/23/26", "date_ambiguous"), ("261023", "date_ambiguous"), ("1026-10-23", "date_out_of_range"),
     ("下月", "date_unread"), ("#REF!", "excel_error")],
)  # fmt: skip
def test_case_06_what_is_no_day_is_quarantined(written, rule):
    assert reasons(read(lines(OVERDUE | {"到期还款日": written}))) == {2: {rule}}


@pytest.mark.parametrize(
    ("written", "rule"),
    [("0000-00-00", "date_zero"), ("00000000", "date_zero"), ("9999-12-31", "date_never")],
)
def test_case_06_a_zero_or_never_date_is_no_date_and_a_required_one_is_missing(written, rule):
    parsed = read(lines(OVERDUE | {"到期还款日": written}))
    assert column(parsed, "positions", "due_on") == [None]
    assert rule in doubts(parsed)[2]
    required = read(lines(STATEMENT | {"到期还款日": written}), "statements", "CC_STMT_20261124_001.csv")
    assert reasons(required) == {2: {"missing_value"}}


def test_case_06_a_workbook_that_counts_from_1904_gives_the_same_days():
    row = [datetime(2026, 10, 23) if heading == "到期还款日" else value for heading, value in OVERDUE.items()]
    for mac in (False, True):
        parsed = read(workbook([list(OVERDUE), row], date1904=mac), name=XLSX)
        assert column(parsed, "positions", "due_on") == [date(2026, 10, 23)]
        assert ("date_system_1904" in doubts(parsed).get(0, set())) is mac


# --- 7 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "minor"),
    [("1234.50", 123450), ('"1,234.50"', 123450), ("￥1234.5", 123450), ('"￥1,234.50"', 123450), ("1234.50元", 123450),
     ("１２３４．５０", 123450), ("1234.500", 123450), ("1.2345E+03", 123450), ("+1234.50", 123450),
     ("CNY 1234.50", 123450)],
)  # fmt: skip
def test_case_07_an_amount_is_read_in_every_usual_form(written, minor):
    assert column(read(lines(OVERDUE | {"欠款总额": written})), "positions", "total_minor") == [minor]


@pytest.mark.parametrize("written", ["(123.45)", "123.45-", "-123.45", "￥-123.45", "-￥123.45", "−123.45"])
def test_case_07_a_minus_is_read_before_after_and_around(written):
    row = STATEMENT | {"账单余额": written, "最低还款额": "0"}
    parsed = read(lines(row), "statements", "CC_STMT_20261124_001.csv")
    assert column(parsed, "statements", "balance_minor") == [-12345]


@pytest.mark.parametrize(
    ("written", "rule"),
    [("#REF!", "excel_error"), ("1234.567", "amount_decimals"), ('"1.234,50"', "amount_unread"), ('"12,34.50"', "amount_unread"),
     ("1.2万", "amount_unread"), ("", "missing_value"), ("—", "missing_value"), ("1e99", "amount_too_large")],
)  # fmt: skip
def test_case_07_an_amount_that_cannot_be_known_is_quarantined(written, rule):
    assert reasons(read(lines(OVERDUE | {"欠款总额": written}))) == {2: {rule}}


def test_case_07_a_dash_in_an_optional_amount_is_empty_and_marked():
    parsed = read(lines(OVERDUE | {"最低还款额": "—"}))
    assert column(parsed, "positions", "minimum_due_minor") == [None]
    assert "amount_blank" in doubts(parsed)[2]


def test_case_07_fen_by_the_mapping_or_the_heading_and_never_both_ways():
    fen = {key: value.replace(".", "") if "." in value else value for key, value in OVERDUE.items()}
    mapping = mapping_from({"unit": "fen"})
    assert column(read(lines(fen), mapping=mapping), "positions", "total_minor") == [123450]
    assert reasons(read(lines(OVERDUE), mapping=mapping))[2] == {"amount_fen_fraction"}
    said = {("欠款总额(分)" if key == "欠款总额" else key): value for key, value in OVERDUE.items()}
    assert read(lines(said)).refused.rule == "unit_conflict"


def test_case_07_yuan_and_fen_mixed_in_one_row_is_found_by_its_parts():
    assert reasons(read(lines(*overdue({}, {"欠款总额": "123450", "证件号码": IDS[1]})))) == {
        3: {"unit_suspect"}
    }


# --- 8 ---------------------------------------------------------------------------------------------------------
def test_case_08_a_cent_between_parts_and_total_warns_and_more_quarantines():
    # parts: 1000.00 + 200.00 + 4.50 + 20.00 + 10.00 = 1234.50
    parsed = read(lines(*overdue({"欠款总额": "1234.51"}, {"欠款总额": "1234.52", "证件号码": IDS[1]})))
    assert "parts_off_by_cent" in doubts(parsed)[2]
    assert reasons(parsed) == {3: {"parts_mismatch"}}
    assert column(parsed, "positions", "other_minor") == [1]


def test_case_08_parts_that_are_missing_altogether_are_said():
    row = {key: OVERDUE[key] for key in ("客户号", "客户姓名", "账户号", "逾期天数", "欠款总额")}
    parsed = read(lines(row))
    assert "parts_absent" in doubts(parsed)[0]
    assert column(parsed, "positions", "principal_minor") == [123450]


# --- 9 ---------------------------------------------------------------------------------------------------------
def test_case_09_an_overpaid_account_goes_on_and_is_marked():
    zero = dict.fromkeys(("利息", "复利", "违约金", "手续费"), "0")
    parsed = read(lines(OVERDUE | zero | {"欠款总额": "-50.00", "本金": "-50.00", "逾期天数": "0"}))
    assert column(parsed, "positions", "total_minor") == [-5000]
    assert "overpaid" in doubts(parsed)[2]


def test_case_09_a_negative_part_of_a_positive_debt_is_quarantined():
    assert reasons(read(lines(OVERDUE | {"利息": "-200.00", "本金": "1400.00"}))) == {2: {"negative_part"}}


# --- 10 --------------------------------------------------------------------------------------------------------
def test_case_10_an_exact_repeat_counts_once():
    parsed = read(lines(OVERDUE, OVERDUE, OVERDUE))
    assert parsed.counts.rows_read == parsed.counts.rows_accepted == 3
    assert parsed.counts.rows_collapsed == 2
    assert parsed.tables["positions"].num_rows == 1
    assert doubts(parsed)[3] == {"duplicate_row"}


def test_case_10_one_key_with_two_amounts_quarantines_both_and_its_repeats():
    other = OVERDUE | {"欠款总额": "1235.50", "利息": "201.00"}
    parsed = read(lines(OVERDUE, other, OVERDUE))
    assert set(reasons(parsed)) == {2, 3, 4}
    assert parsed.tables["positions"].num_rows == 0


# --- 11 --------------------------------------------------------------------------------------------------------
def test_case_11_one_identity_number_under_two_names_warns_on_both():
    parsed = read(lines(*overdue({"客户姓名": "张三"}, {"客户姓名": "张叁"})))
    assert "same_id_two_names" in doubts(parsed)[2] & doubts(parsed)[3]
    assert parsed.counts.rows_quarantined == 0


def test_case_11_one_customer_number_with_two_identity_numbers_is_quarantined():
    parsed = read(lines(*overdue({"客户号": "C1"}, {"客户号": "C1", "证件号码": IDS[1]})))
    assert reasons(parsed) == {2: {"customer_conflict"}, 3: {"customer_conflict"}}


def test_case_11_one_phone_for_twelve_customers_warns_on_all():
    rows = [CONTACT | {"客户号": f"C{at}"} for at in range(12)]
    parsed = read(lines(*rows), "contact_points", "CC_CONT_20261124_001.csv")
    assert [at for at, rules in doubts(parsed).items() if "phone_shared" in rules] == list(range(2, 14))
    assert len(set(column(parsed, "contact_points", "value_index"))) == 1


# --- 12 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("100-1234-5678", ["10012345678"]),
        ("+86 100 1234 5678", ["10012345678"]),
        ("8610012345678", ["10012345678"]),
        ("0086-100-1234-5678", ["10012345678"]),
        ("１００１２３４５６７８", ["10012345678"]),
        ("10012345678/10087654321;10011112222", ["10012345678", "10087654321", "10011112222"]),
        ("10012345678 10087654321", ["10012345678", "10087654321"]),
        ("10012345678、10012345678", ["10012345678"]),
        ("021-68881234 转 802", ["021-68881234x802"]),
        ("(021)68881234", ["021-68881234"]),
        ("+852 9123 4567", ["+85291234567"]),
    ],
)
def test_case_12_phones_are_read_in_every_shape_several_to_a_cell(written, numbers):
    parsed = read(lines(CONTACT | {"号码或地址": written}), "contact_points", "CC_CONT_20261124_001.csv")
    opened = [VAULT.open(cipher, "phone") for cipher in column(parsed, "contact_points", "value_cipher")]
    assert opened == numbers
    assert ("phones_split" in doubts(parsed).get(2, set())) is (len(numbers) > 1)


@pytest.mark.parametrize(
    ("written", "rule"),
    [("无", "phone_none"), ("同上", "phone_none"), ("12345678901", "phone_bad_prefix"), ("021-6888 转 802", "phone_unread"),
     ("1.0012E+10", "key_damaged"), ("1001234567", "phone_unread"), ("", "missing_value"), ("电话", "phone_unread")],
)  # fmt: skip
def test_case_12_what_is_no_phone_is_quarantined(written, rule):
    parsed = read(lines(CONTACT | {"号码或地址": written}), "contact_points", "CC_CONT_20261124_001.csv")
    assert reasons(parsed) == {2: {rule}}


def test_case_12_one_bad_number_among_good_ones_warns():
    parsed = read(
        lines(CONTACT | {"号码或地址": "10012345678/12"}), "contact_points", "CC_CONT_20261124_001.csv"
    )
    assert parsed.tables["contact_points"].num_rows == 1
    assert "phone_part_unread" in doubts(parsed)[2]


def test_case_12_a_test_phone_is_refused_on_a_live_system():
    parsed = read(lines(CONTACT), "contact_points", "CC_CONT_20261124_001.csv", options=Options())
    assert reasons(parsed) == {2: {"phone_test"}}


# --- 13 --------------------------------------------------------------------------------------------------------
def test_case_13_headings_are_found_with_spaces_line_breaks_full_width_and_in_any_order():
    odd = {
        " 客户号 ": "C1",
        "逾期\n天数": "32",
        "欠款总额（元）": "1234.50",
        "ＡＣＣＴ＿ＮＯ": "A1",
        "*客户姓名": "张伟",
    }
    headings = ",".join(f'"{one}"' for one in odd)
    parsed = read(headings + "\n" + ",".join(odd.values()) + "\n")
    assert parsed.refused is None
    assert column(parsed, "positions", "total_minor") == [123450]


def test_case_13_a_renamed_heading_is_refused_by_name_and_taken_with_a_mapping():
    renamed = {("本行应收" if key == "欠款总额" else key): value for key, value in OVERDUE.items()}
    refused = read(lines(renamed)).refused
    assert refused.rule == "missing_column"
    assert refused.params["column"] == "欠款总额"
    mapping = mapping_from({"headings": {"overdue_list": {"total_minor": ["本行应收"]}}})
    assert column(read(lines(renamed), mapping=mapping), "positions", "total_minor") == [123450]


def test_case_13_two_remark_columns_are_joined_and_two_principal_columns_refused():
    text = lines(OVERDUE).split("\r\n")
    doubled = f"{text[0]},备注\r\n{text[1]},客户已故\r\n"
    assert column(read(doubled), "flag_proposals", "flag") == ["deceased"]
    assert read(f"{text[0]},欠款本金\r\n{text[1]},1\r\n").refused.rule == "duplicate_heading"


def test_case_13_merged_headings_in_two_rows_are_joined():
    upper = [*HANDOVER, "联系人1", "", " 联系人2", ""]
    lower = [""] * len(HANDOVER) + ["姓名", "手机", "姓名", "手机"]
    row = [*HANDOVER.values(), "李梅", "10087654321", "王强", "10011112222"]
    at = len(HANDOVER)
    letters = [openpyxl_letter(at + one) for one in range(1, 5)]
    merges = [f"{letters[0]}1:{letters[1]}1", f"{letters[2]}1:{letters[3]}1"]
    raw = workbook([upper, lower, row], merge=merges)
    parsed = read(raw, "handover", "委案_20261124_001.xlsx")
    assert column(parsed, "contact_points", "person_name") == [None, "李梅", "王强"]


def openpyxl_letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number)


# --- 14 --------------------------------------------------------------------------------------------------------
def test_case_14_titles_blanks_and_the_total_row_are_not_cases():
    rows = [
        ["2026年11月逾期清单"],
        [],
        list(OVERDUE),
        *[list(one.values()) for one in overdue({}, {"证件号码": IDS[1]})],
    ]
    total = [
        "合计" if at == 0 else "2469.00" if heading == "欠款总额" else ""
        for at, heading in enumerate(OVERDUE)
    ]
    parsed = read(workbook([*rows[:4], [], rows[4], total]), name=XLSX)
    assert parsed.counts.rows_read == parsed.counts.rows_accepted == 2
    assert parsed.totals.declared_sum_minor == 246900  # 2 x 1234.50
    assert {"title_rows_skipped", "blank_rows_skipped", "total_row_skipped"} <= doubts(parsed)[0]
    assert column(parsed, "positions", "row_no") == [4, 6]


def test_case_14_a_total_that_the_rows_do_not_give_refuses_the_file():
    total = [
        "合计" if at == 0 else "2469.01" if heading == "欠款总额" else ""
        for at, heading in enumerate(OVERDUE)
    ]
    rows = [list(one.values()) for one in overdue({}, {"证件号码": IDS[1]})]
    assert read(workbook([list(OVERDUE), *rows, total]), name=XLSX).refused.rule == "control_sum"


def test_case_14_hidden_sheets_are_left_out_filtered_rows_are_read_and_several_sheets_are_joined():
    rows = overdue({}, {"证件号码": IDS[1]}, {"证件号码": IDS[2]})
    first, second = ([list(OVERDUE), *[list(one.values()) for one in some]] for some in (rows[:2], rows[2:]))
    raw = workbook(first, second, first, [["说明"], ["给同事看的"]], hidden_sheets=(2,), hidden_rows=(3,))
    parsed = read(raw, name=XLSX)
    assert column(parsed, "positions", "account_no") == ["A1", "A2", "A3"]
    assert {"hidden_sheet", "hidden_rows", "sheet_skipped"} <= doubts(parsed)[0]


# --- 15 --------------------------------------------------------------------------------------------------------
def test_case_15_separators_quotes_and_line_breaks_inside_a_cell_stay_in_the_cell():
    address = '"上海市, ""锦绣"" 路 1 号|2 室\t3 层\n后门"'
    row = CONTACT | {"类型": "家庭地址", "号码或地址": address}
    parsed = read(lines(row, CONTACT | {"客户号": "C2"}), "contact_points", "CC_CONT_20261124_001.csv")
    assert (
        VAULT.open(column(parsed, "contact_points", "value_cipher")[0], "address")
        == '上海市, "锦绣" 路 1 号|2 室\t3 层\n后门'
    )
    assert column(parsed, "contact_points", "row_no") == [2, 4]  # the second row begins on line 4


def test_case_15_an_unclosed_quote_swallows_no_row_but_its_own():
    rows = overdue(*[{"证件号码": ""} for _ in range(3000)])
    rows[4]["备注"] = '"未完'
    parsed = read(lines(*rows))
    assert reasons(parsed) == {6: {"unbalanced_quote"}}
    assert parsed.counts.rows_read == 3000
    assert parsed.counts.rows_accepted == 2999


def test_case_15_a_row_with_a_separator_too_many_is_quarantined_with_its_bytes():
    parsed = read(lines(*overdue({}, {"备注": "一,二", "证件号码": IDS[1]})))
    assert reasons(parsed) == {3: {"column_count"}}
    assert "一,二" in open_raw_row(parsed.quarantined["raw_row_cipher"][0].as_py(), VAULT).original.decode()


@pytest.mark.parametrize("separator", [",", "|", "\t", "\x01", "|+|", ";"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_case_15_every_separator_and_line_end_gives_the_same_rows(separator, line_end):
    parsed = read(
        lines(*overdue({}, {"证件号码": IDS[1]}), separator=separator, line_end=line_end).encode("gb18030")
    )
    assert column(parsed, "positions", "account_no") == ["A1", "A2"]
    assert column(parsed, "positions", "row_no") == [2, 3]


# --- 16 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("written", ['=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "@SUM(A1)", "=1+1"])
def test_case_16_a_formula_is_stored_as_text_marked_and_escaped_at_export(written):
    row = TRANSACTION | {"摘要": '"' + written.replace('"', '""') + '"'}
    parsed = read(lines(row), "transactions", "CC_TXN_20261124_001.csv")
    assert column(parsed, "entries", "memo") == [written]
    assert "formula_text" in doubts(parsed)[2]
    assert escape_for_export(written) == "'" + written


def test_case_16_numbers_are_not_escaped():
    assert [escape_for_export(one) for one in ("-5.00", "+1,234.50", "张伟", "")] == [
        "-5.00",
        "+1,234.50",
        "张伟",
        "",
    ]


# --- 17 --------------------------------------------------------------------------------------------------------
def test_case_17_a_truncated_file_is_refused_whole():
    refused = read(lines(*overdue({}, {"证件号码": IDS[1]}), extra=("T,4,4938.00",)))
    assert refused.refused.rule == "control_count"
    assert "4" in str(refused.refused)
    assert refused.tables == {}


@pytest.mark.parametrize(
    "trailer", ["T,2,2469.00", "TRAILER,20261124,2,2469.00", "合计,总笔数:2,总金额:2469.00", "END,2"]
)
def test_case_17_right_control_totals_in_every_form_pass(trailer):
    parsed = read(lines(*overdue({}, {"证件号码": IDS[1]}), extra=(trailer,)))
    assert parsed.refused is None
    assert parsed.totals.found_rows == 2


def test_case_17_a_wrong_sum_is_refused_and_a_header_record_counts_too():
    rows = overdue({}, {"证件号码": IDS[1]})
    assert read(lines(*rows, extra=("T,2,2469.01",))).refused.rule == "control_sum"
    assert read("H,20261124,3,2469.00\r\n" + lines(*rows)).refused.rule == "control_count"
    assert read("H,20261124,2,2469.00\r\n" + lines(*rows)).refused is None


def test_case_17_totals_of_a_companion_file_count():
    wrong = Options(declared_rows=3, allow_test_ids=True)
    assert read(lines(OVERDUE), options=wrong).refused.rule == "control_count"
    digest = Options(declared_sha256="00" * 32, allow_test_ids=True)
    assert read(lines(OVERDUE), options=digest).refused.rule == "digest_mismatch"


def test_case_17_a_day_without_cases_is_valid_and_an_empty_file_is_not():
    parsed = read(",".join(OVERDUE) + "\r\nT,0,0.00\r\n")
    assert parsed.refused is None
    assert parsed.counts.rows_read == 0
    assert "zero_rows" in doubts(parsed)[0]
    assert read(b"").refused.rule == "file_empty"


def test_case_17_a_missing_last_line_is_noticed():
    text = lines(*overdue({}, {"证件号码": IDS[1]}))
    whole = read(text[:-2])
    assert "no_final_newline" in doubts(whole)[0]
    assert whole.counts.rows_accepted == 2
    assert reasons(read(text[:-40])) == {3: {"column_count"}}
    required = Options(require_trailer=True, allow_test_ids=True)
    assert read(text, options=required).refused.rule == "trailer_missing"


# --- 18 --------------------------------------------------------------------------------------------------------
def test_case_18_the_same_file_twice_has_the_same_digest_and_a_corrected_one_another():
    first, again, corrected = (
        read(lines(OVERDUE)),
        read(lines(OVERDUE)),
        read(lines(OVERDUE | {"客户姓名": "张维"})),
    )
    assert first.sha256 == again.sha256 != corrected.sha256
    assert (first.data_on, first.sequence) == (DAY, 1)


def test_case_18_yesterdays_file_named_today_is_refused():
    refused = read(lines(OVERDUE | {"数据日期": "20261123"})).refused
    assert refused.rule == "date_mismatch"
    older = read(lines(OVERDUE), options=Options(data_on=date(2026, 11, 25), allow_test_ids=True))
    assert older.refused.rule == "date_mismatch"


def test_case_18_one_row_of_yesterday_is_quarantined():
    parsed = read(lines(*overdue({}, {"数据日期": "20261123", "证件号码": IDS[1]})))
    assert reasons(parsed) == {3: {"data_date_differs"}}


def test_case_18_two_files_swapped_are_refused_by_their_headings():
    refused = read(lines(TRANSACTION)).refused
    assert refused.rule == "wrong_layout"
    assert refused.params["layout"] == "transactions"


# --- 19, 20 ----------------------------------------------------------------------------------------------------
def compared(before: list[dict[str, str]], after: list[dict[str, str]], payments: list[dict[str, str]]):
    yesterday = read(
        lines(*[one | {"数据日期": "20261123"} for one in before]), name="CC_OVD_20261123_001.csv"
    )
    today = read(lines(*after))
    paid = read(lines(*payments), "transactions", "CC_TXN_20261124_001.csv")
    found = compare_positions(
        yesterday.tables["positions"], today.tables["positions"], paid.tables["entries"],
        previous_on=date(2026, 11, 23), today_on=DAY,
    )  # fmt: skip
    return dict(zip(found["account_no"].to_pylist(), found["alert"].to_pylist(), strict=True))


def test_case_19_absent_and_paid_is_cured_absent_without_payment_is_unexplained():
    before = overdue({}, {"证件号码": IDS[1]}, {"证件号码": IDS[2]}, {"证件号码": IDS[3]})
    payments = [
        TRANSACTION | {"账户号": "A2", "交易金额": "1000.00"},  # the minimum due
        TRANSACTION | {"流水号": "S2", "账户号": "A3", "交易金额": "999.99"},
    ]
    found = compared(before, before[:1], payments)
    assert found == {"A2": "cured", "A3": "vanished_unexplained", "A4": "vanished_unexplained"}


def test_case_20_lateness_that_falls_without_payment_is_unexplained():
    before = overdue(
        {"逾期天数": "35"}, {"逾期天数": "35", "证件号码": IDS[1]}, {"逾期天数": "5", "证件号码": IDS[2]}
    )
    after = [one | {"逾期天数": days} for one, days in zip(before, ("3", "3", "40"), strict=True)]
    found = compared(before, after, [TRANSACTION | {"账户号": "A2"}])
    assert found == {"A1": "dpd_drop_unexplained", "A3": "dpd_jump_unexplained"}


# --- 21 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("remark", "flags"),
    [("客户已故，家属接听", ["deceased"]), ("本行员工", ["staff"]), ("称被盗刷并投诉", ["fraud", "complaint"]),
     ("去世界各地出差", []), ("家属称未去世", []), ("下月还款", [])],
)  # fmt: skip
def test_case_21_a_flag_only_in_the_remark_is_proposed_not_set(remark, flags):
    parsed = read(lines(OVERDUE | {"备注": remark}))
    assert column(parsed, "flag_proposals", "flag") == flags
    assert column(parsed, "positions", "flags") == [None]
    assert ("flag_in_remark" in doubts(parsed).get(2, set())) is bool(flags)


def test_case_21_flags_in_their_own_column_are_set():
    assert column(read(lines(OVERDUE | {"特殊标识": "诉讼/投诉"})), "positions", "flags") == [
        ["complaint", "litigation"]
    ]


# --- 22 --------------------------------------------------------------------------------------------------------
def test_case_22_an_unknown_block_code_is_quarantined_or_warned_or_known_by_the_mapping():
    row = OVERDUE | {"账户状态码": "Q9"}
    assert reasons(read(lines(row))) == {2: {"unknown_code"}}
    warned = read(lines(row), mapping=mapping_from({"unknown_codes": {"block_code": "warn"}}))
    assert "unknown_code" in doubts(warned)[2]
    known = read(lines(row), mapping=mapping_from({"codes": {"block_code": {"Q9": "frozen"}}}))
    assert column(known, "accounts", "block_code") == ["frozen"]


# --- 23 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old_excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "encrypted_workbook",
        ),
        ("<html><table><tr><td>客户号</td></tr></table></html>".encode(), "a.xls", "not_what_it_claims"),
        (lines(OVERDUE).encode(), "a.xlsx", "not_what_it_claims"),
        (workbook([list(OVERDUE)]), "a.csv", "not_what_it_claims"),
        (workbook([list(OVERDUE)])[:900], "a.xlsx", None),
    ],
)
def test_case_23_a_file_that_is_not_what_it_claims_is_refused_with_what_to_do(content, name, rule):
    refused = read(content, name=name).refused
    assert refused is not None
    assert rule in (None, refused.rule)
    assert refused.suggestion
    assert refused.suggestion_zh


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def test_case_23_an_archive_of_one_file_is_read_and_a_bomb_or_two_files_are_not():
    one = read(
        zipped({"逾期清单.csv": lines(OVERDUE).encode("gb18030"), "a.ok": b""}),
        name="CC_OVD_20261124_001.zip",
    )
    assert column(one, "positions", "account_no") == ["A1"]
    bomb = zipped({"a.csv": bytes(40 << 20)})  # 40 MB of nothing in 40 kB
    assert read(bomb, name="a.zip").refused.rule == "archive_too_large"
    two = zipped({"a.csv": b"1", "b.csv": b"2"})
    assert read(two, name="a.zip").refused.rule == "archive_many_files"


# --- 24 --------------------------------------------------------------------------------------------------------
def test_case_24_invisible_and_odd_spaces_leave_names_and_numbers():
    row = OVERDUE | {
        "客户姓名": "\u3000张\u200b伟\u00a0",
        "证件号码": f"\ufeff{IDS[0][:6]}\u00a0{IDS[0][6:]}",
    }
    parsed = read(lines(row))
    assert column(parsed, "customers", "name") == ["张伟"]
    assert column(parsed, "customers", "id_no_index") == [VAULT.index(IDS[0], "id")]
    assert "text_cleaned" in doubts(parsed)[2]


# --- 25 --------------------------------------------------------------------------------------------------------
def test_case_25_one_account_in_two_currencies_is_quarantined():
    rows = [
        OVERDUE,
        OVERDUE
        | {"币种": "美元", "欠款总额": "100.00", "本金": "100.00"}
        | dict.fromkeys(("利息", "复利", "违约金", "手续费"), "0"),
    ]
    assert reasons(read(lines(*rows))) == {2: {"currency_mix"}, 3: {"currency_mix"}}


# --- 26 --------------------------------------------------------------------------------------------------------
def test_case_26_a_reversal_before_its_original_goes_on_as_pending():
    row = TRANSACTION | {"流水号": "S9", "冲正标志": "是", "原流水号": "S8", "借贷标志": "借"}
    parsed = read(lines(row), "transactions", "CC_TXN_20261124_001.csv")
    assert column(parsed, "entries", "amount_minor") == [-10000]
    assert column(parsed, "entries", "kind") == ["reversal"]
    assert "reversal_pending" in doubts(parsed)[2]


def test_case_26_a_reversal_takes_the_opposite_sign_and_no_more_than_its_original():
    rows = [
        TRANSACTION | {"交易金额": "50.00", "交易码": "消费", "借贷标志": "借"},
        TRANSACTION
        | {"流水号": "S2", "冲正标志": "Y", "原流水号": "S1", "交易金额": "20.00", "借贷标志": ""},
        TRANSACTION
        | {"流水号": "S3", "冲正标志": "Y", "原流水号": "S1", "交易金额": "50.01", "借贷标志": ""},
        TRANSACTION | {"流水号": "S4", "冲正标志": "Y"},
    ]
    parsed = read(lines(*rows), "transactions", "CC_TXN_20261124_001.csv")
    assert column(parsed, "entries", "amount_minor") == [-5000, 2000]
    assert reasons(parsed) == {4: {"reversal_exceeds"}, 5: {"reversal_without_original"}}


def test_case_26_a_refund_is_not_a_payment_and_a_payment_for_an_unknown_account_goes_on():
    rows = [TRANSACTION | {"交易码": "退货"}, TRANSACTION | {"流水号": "S2", "账户号": "NOBODY"}]
    parsed = read(lines(*rows), "transactions", "CC_TXN_20261124_001.csv")
    assert column(parsed, "entries", "kind") == ["refund", "payment"]
    assert parsed.counts.rows_quarantined == 0


def test_case_26_a_back_dated_entry_keeps_both_days():
    row = TRANSACTION | {"起息日": "20261105"}
    parsed = read(lines(row), "transactions", "CC_TXN_20261124_001.csv")
    assert column(parsed, "entries", "value_on") == [date(2026, 11, 5)]
    assert column(parsed, "entries", "booked_on") == [DAY]


# --- 27 --------------------------------------------------------------------------------------------------------
def test_case_27_reading_twice_gives_the_same_tables_but_for_the_ciphers():
    first, again = (read(lines(*overdue({}, {"证件号码": IDS[1]}))) for _ in range(2))
    for name, table in first.tables.items():
        keep = [one for one in table.column_names if not one.endswith("_cipher")]
        assert table.select(keep).equals(again.tables[name].select(keep))


# --- 28 --------------------------------------------------------------------------------------------------------
def test_case_28_minors_and_impossible_ages_go_on_and_are_marked():
    rows = [
        CUSTOMER | {"客户号": "C1", "证件号码": "", "出生日期": "20100101"},  # 16 on the day
        CUSTOMER | {"客户号": "C2", "证件号码": "", "出生日期": "18961124"},
        CUSTOMER | {"客户号": "C3", "证件号码": "", "出生日期": "19011124"},  # 125
        CUSTOMER | {"客户号": "C4", "证件号码": "", "出生日期": "20260101"},  # 0
        CUSTOMER | {"客户号": "C5", "证件号码": "", "出生日期": "20081124"},  # 18 today
    ]
    found = doubts(read(lines(*rows), "customers", "CC_CUST_20261124_001.csv"))
    assert "minor" in found[2]
    assert "date_out_of_range" in found[3]
    assert "age_implausible" in found[4] & found[5]
    assert found[6] == {"id_absent"}


# --- 29 --------------------------------------------------------------------------------------------------------
def test_case_29_a_contact_persons_number_that_is_the_debtors_own_is_marked():
    friend = CONTACT | {"联系人姓名": "李梅", "与本人关系": "朋友", "授权标志": "是"}
    parsed = read(lines(CONTACT, friend), "contact_points", "CC_CONT_20261124_001.csv")
    assert "phone_is_debtors_own" in doubts(parsed)[3]
    assert column(parsed, "contact_points", "lawful_basis") == ["contract", "consent"]


# --- 30 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "id_type", "number"),
    [("ZHANG/WEI MR", "护照", "E12345678"), ("阿依古丽·买买提", "0", IDS[0]), ("陈大文", "港澳通行证", "H12345678"),
     ("林小明", "台胞证", "12345678"), ("O'BRIEN/JOHN", "护照", "P1234567")],
)  # fmt: skip
def test_case_30_foreign_names_and_documents_are_accepted(name, id_type, number):
    parsed = read(lines(OVERDUE | {"客户姓名": name, "证件类型": id_type, "证件号码": number}))
    assert column(parsed, "customers", "name") == [name]
    assert VAULT.open(column(parsed, "customers", "id_no_cipher")[0], "id") == number
    assert parsed.counts.rows_quarantined == 0


def test_case_30_different_middle_dots_are_one_name():
    parsed = read(lines(*overdue({"客户姓名": "阿依古丽•买买提"}, {"客户姓名": "阿依古丽・买买提"})))
    assert "same_id_two_names" not in doubts(parsed).get(2, set())
    assert set(column(parsed, "customers", "name")) == {"阿依古丽·买买提"}


# --- the quarantine screen, and the rest of the contact rules ---------------------------------------------------
def test_a_quarantined_row_is_corrected_and_replayed_by_the_same_checks():
    parsed = read(lines(*overdue({}, {"欠款总额": "1234.60", "证件号码": IDS[1]})))
    cells = open_raw_row(parsed.quarantined["raw_row_cipher"][0].as_py(), VAULT).cells
    again = replay_row(
        "overdue_list", cells, vault=VAULT, received_name="CC_OVD_20261124_001.csv", row_no=3, options=TEST
    )
    assert reasons(again) == {3: {"parts_mismatch"}}
    fixed = replay_row(
        "overdue_list", cells | {"欠款总额": "1234.50"}, vault=VAULT, received_name="CC_OVD_20261124_001.csv", row_no=3, options=TEST
    )  # fmt: skip
    assert fixed.counts.rows_accepted == 1
    assert column(fixed, "positions", "row_no") == [3]


def test_a_contact_point_without_source_or_a_third_persons_without_basis_is_quarantined():
    friend = CONTACT | {"联系人姓名": "李梅", "与本人关系": "朋友", "号码或地址": "10087654321"}
    parsed = read(lines(CONTACT | {"来源": ""}, friend), "contact_points", "CC_CONT_20261124_001.csv")
    assert reasons(parsed) == {2: {"contact_no_source"}, 3: {"contact_no_basis"}}


def test_a_statement_due_before_an_older_one_is_quarantined_because_no_book_can_hold_it():
    rows = [
        STATEMENT,
        STATEMENT | {"账单日期": "20261005", "到期还款日": "20261124"},
        STATEMENT | {"账户号": "A2"},
    ]
    parsed = read(lines(*rows), "statements", "CC_STMT_20261124_001.csv")
    assert reasons(parsed) == {2: {"due_before_older"}, 3: {"due_before_older"}}
    assert column(parsed, "statements", "account_no") == ["A2"]


def test_accounts_and_dates_in_the_future():
    parsed = read(lines(ACCOUNT), "accounts", "CC_ACCT_20261124_001.csv")
    assert column(parsed, "accounts", "card_no_tail") == [CARDS[0][-4:]]
    future = read(lines(TRANSACTION | {"入账日期": "20261125"}), "transactions", "CC_TXN_20261124_001.csv")
    assert reasons(future) == {2: {"date_in_future"}}
