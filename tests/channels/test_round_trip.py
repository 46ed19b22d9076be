"""What the writer writes the readers read, in every form; each layout is recognised by its headings."""

from __future__ import annotations

from datetime import date

import pytest
from tests.channels.samples import CARDS, DAY, IDS, VAULT, column, doubts, read, reasons

from forbear.channels import LAYOUTS, detect_layout, write_layout

OVERDUE = {
    "data_on": [DAY, DAY], "org_no": ["0012", "0013"], "customer_no": ["C1", "C2"], "name": ["李𬭎", "阿依古丽·买买提"],
    "id_type": ["id_card", "passport"], "id_no": [IDS[0], "E1234567"], "account_no": ["0001", "0002"],
    "card_no": [CARDS[0], None], "card_role": ["primary", "supplementary"], "product": ["credit_card"] * 2,
    "currency": ["CNY", "USD"], "credit_limit_minor": [5000000, None], "bill_day": [5, 31], "due_on": [date(2026, 10, 23), None],
    "dpd": [32, 0], "cycles": [2, None], "minimum_due_minor": [100000, 0], "total_minor": [123450, -1],
    "principal_minor": [100000, -1], "interest_minor": [23450, 0], "class5": ["special_mention", None],
    "block_code": ["frozen", ""], "flags": [["complaint", "litigation"], []], "remark": ["一,二\"三\"", "=1+1"],
}  # fmt: skip
CONTENT = {
    "overdue_list": OVERDUE,
    "customers": {"customer_no": ["C1"], "name": ["张伟"], "id_type": ["id_card"], "id_no": [IDS[0]]},
    "contact_points": {
        "customer_no": ["C1"], "kind": ["mobile"], "value": ["10012345678"], "relation": ["spouse"], "source": ["court"],
        "lawful_basis": ["legal_duty"], "reserved": [True], "valid": [False], "do_not_contact": [True],
    },
    "accounts": {"account_no": ["A1"], "customer_no": ["C1"], "card_no": [CARDS[1]], "currency": ["HKD"]},
    "statements": {
        "account_no": ["A1"], "statement_on": [date(2026, 11, 5)], "due_on": [date(2026, 11, 23)],
        "balance_minor": [123450], "minimum_due_minor": [12345],
    },
    "transactions": {
        "entry_no": ["S1"], "booked_on": [DAY], "account_no": ["A1"], "kind": ["payment"], "amount_minor": [1],
        "currency": ["CNY"], "direction": ["credit"], "reversal": [False],
    },
    "handover": {
        "placement_no": ["P1"], "agency": ["示例催收"], "placed_on": [DAY], "placed_minor": [99], "name": ["张伟"],
        "id_no": [IDS[0]], "account_no": ["A1"],
    },
}  # fmt: skip
FORMS = [
    {"form": "csv"}, {"form": "csv", "encoding": "gb18030", "separator": "|+|"}, {"form": "csv", "language": "en", "line_end": "\r"},
    {"form": "csv", "separator": "\x01", "trailer": False}, {"form": "xlsx"}, {"form": "xlsx", "language": "en"}, {"form": "parquet"},
]  # fmt: skip


@pytest.mark.parametrize("how", FORMS, ids=lambda how: "-".join(how.values().__str__().split("'")[1::2]))
def test_an_overdue_list_comes_back_as_it_was_written(how):
    parsed = read(write_layout("overdue_list", OVERDUE, **how), name=f"CC_OVD_20261124_001.{how['form']}")
    assert parsed.refused is None
    assert reasons(parsed) == {}
    for name in ("total_minor", "principal_minor", "dpd", "cycles", "due_on", "minimum_due_minor", "class5"):
        assert column(parsed, "positions", name) == OVERDUE[name], name
    assert column(parsed, "customers", "name") == OVERDUE["name"]
    assert column(parsed, "accounts", "currency") == OVERDUE["currency"]
    assert [VAULT.open(one, "id") for one in column(parsed, "customers", "id_no_cipher")] == OVERDUE["id_no"]
    assert column(parsed, "positions", "flags")[0] == ["complaint", "litigation"]
    formula_row = 2 if how["form"] == "parquet" else 3
    assert [at for at, rules in doubts(parsed).items() if "formula_text" in rules] == [formula_row]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_each_layout_is_written_recognised_and_read_without_a_doubtful_row(layout, language):
    raw = write_layout(layout, CONTENT[layout], language=language)
    assert detect_layout(raw, "unnamed.csv") == layout
    parsed = read(raw, layout, "X_20261124_001.csv")
    assert reasons(parsed) == {}
    assert parsed.counts.rows_accepted == len(next(iter(CONTENT[layout].values())))


def test_contact_marks_come_back():
    parsed = read(
        write_layout("contact_points", CONTENT["contact_points"]), "contact_points", "X_20261124.csv"
    )
    row = parsed.tables["contact_points"].to_pylist()[0]
    told = {
        name: row[name]
        for name in ("relation", "source", "lawful_basis", "reserved", "valid", "do_not_contact")
    }
    assert told == {
        "relation": "spouse", "source": "court", "lawful_basis": "legal_duty", "reserved": True, "valid": False,
        "do_not_contact": True,
    }  # fmt: skip


def test_fen_come_back_with_a_mapping_that_says_so():
    from forbear.channels import mapping_from

    raw = write_layout("statements", CONTENT["statements"], unit="fen")
    parsed = read(raw, "statements", "X_20261124.csv", mapping=mapping_from({"unit": "fen"}))
    assert column(parsed, "statements", "balance_minor") == [123450]
    assert parsed.totals.declared_sum_minor == 123450


def test_an_unknown_form_or_unequal_columns_are_refused():
    with pytest.raises(ValueError, match="pdf"):
        write_layout("statements", CONTENT["statements"], form="pdf")
    with pytest.raises(ValueError, match="unequal"):
        write_layout("customers", {"customer_no": ["C1"], "name": []})
