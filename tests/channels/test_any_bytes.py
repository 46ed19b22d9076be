"""Whatever arrives, reading ends in a refusal or in rows that are all accounted for."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.channels.samples import (
    CONTACT,
    HANDOVER,
    IDS,
    OVERDUE,
    STATEMENT,
    TRANSACTION,
    lines,
    overdue,
    read,
    workbook,
)

from forbear.channels import LAYOUTS, BadMapping, mapping_from
from forbear.channels.intake.amounts import amount_text, read_amount
from forbear.channels.intake.phones import read_phones
from forbear.channels.intake.rules import rules

GOOD = {
    "overdue_list": lines(
        *overdue({}, {"备注": '"一,二"', "证件号码": IDS[1]}), extra=("T,2,2469.00",)
    ).encode(),
    "transactions": lines(TRANSACTION).encode("gb18030"),
    "contact_points": lines(CONTACT).encode(),
    "statements": lines(STATEMENT).encode(),
    "handover": workbook([list(HANDOVER), list(HANDOVER.values())]),
}
CAREFUL = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@CAREFUL
@given(
    st.binary(max_size=400),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(["a.csv", "a.xlsx", "a.zip", "a.parquet", "a"]),
)
def test_random_bytes_are_refused_or_accounted_for(content, layout, name):
    parsed = read(content, layout, name)
    assert parsed.refused is not None or parsed.counts.rows_read >= 0


@CAREFUL
@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_a_good_file_with_bytes_changed_is_refused_or_accounted_for(data, layout):
    content = bytearray(GOOD[layout])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not content:
            break
    name = "a.xlsx" if layout == "handover" else "a.csv"
    read(bytes(content), layout, name)


@CAREFUL
@given(st.lists(st.sampled_from(list(OVERDUE)), min_size=1, max_size=6), st.data())
def test_any_cell_of_any_text_is_read_or_named(names, data):
    cell = st.text(st.characters(exclude_characters='\r\n,"', exclude_categories=["Cs"]), max_size=12)
    row = OVERDUE | {name: data.draw(cell) for name in names}
    parsed = read(lines(*[row, OVERDUE | {"账户号": "A2"}]))
    assert parsed.refused is not None or parsed.counts.rows_read == 2


@given(st.integers(-(10**14), 10**14), st.sampled_from(["{}", "￥{}", " {} 元", "+{}"]))
def test_an_amount_written_is_the_amount_read(minor, shape):
    if shape == "+{}" and minor < 0:
        minor = -minor
    assert read_amount(shape.format(amount_text(minor)).strip(), "yuan") == (minor, None)


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_has_a_reason(text):
    phones, problems = read_phones(text, test=True)
    assert phones or problems


def test_every_rule_has_two_texts_and_two_suggestions_and_every_layout_one_meaning_per_heading():
    for rule in rules().values():
        assert rule.message
        assert rule.message_zh
        assert rule.suggestion
        assert rule.suggestion_zh
    for layout in LAYOUTS.values():
        assert layout.by_heading()


@pytest.mark.parametrize(
    "content",
    [{"headers": {}}, {"unit": "jiao"}, {"severities": {"control_sum": "warn"}}, {"severities": {"parts_mismatch": "info"}},
     {"codes": {"colour": {}}}],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_refused(content):
    with pytest.raises(BadMapping):
        mapping_from(content)
