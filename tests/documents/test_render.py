"""What a document shows is what was given, to the byte; what can't be shown truly is not made."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from forbear.documents import BadDocument, amount_text, money_text, pages, render, template, templates
from forbear.money import Money, parse_minor

PLAN: dict[str, Any] = {
    "agreement_no": "PL-000001", "bank": "示例银行信用卡中心", "hotline": "400-000-0000", "debtor": "张伟明",
    "identity_tail": "0010", "accounts": "尾号 0014", "as_of": date(2026, 1, 20), "principal": Money(5_000_000),
    "interest": Money(300_000), "fees": Money(21_047), "costs": Money(0), "total": Money(5_321_047), "currency": "CNY",
    "plan_total": Money(5_321_047), "instalments": 60,
    "rows": [
        {"number": n, "due_on": date(2026 + n // 12, n % 12 + 1, 28), "amount": Money(88_684 if n < 60 else 88_691)}
        for n in range(1, 61)
    ],
    "pay_method": "约定扣款", "charges_meanwhile": "还款期间不计收利息和年费。", "cure_days": 15, "notice_by": "短信和信函",
    "revival": "不恢复计收。", "other": ["首期还款后寄送本协议纸质文本。"], "offered_on": date(2026, 1, 20),
    "valid_until": date(2026, 1, 27), "spoken": False,
}  # fmt: skip


def words(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sixty_rows_of_w8_are_all_in_the_agreement(lang: str) -> None:
    made = render("plan_agreement", PLAN, lang=lang)

    text = words(made.pdf)
    assert made.pdf.startswith(b"%PDF")
    assert made.sha256 == hashlib.sha256(made.pdf).hexdigest()
    assert made.version == template("plan_agreement").version
    assert text.count("886.84") == 59
    assert text.count("886.91") == 1
    assert "CNY 53,210.47" in text


def test_equal_input_gives_equal_bytes_whatever_the_order() -> None:
    once = render("plan_agreement", PLAN, lang="zh")
    again = render("plan_agreement", dict(reversed(PLAN.items())), lang="zh")
    other = render("plan_agreement", {**PLAN, "debtor": "张伟民"}, lang="zh")

    assert once == again
    assert once.sha256 != other.sha256


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")', "*粗*_斜_", "= 标题", '"; #panic("x")', "$x^2$", "`code`", "<script>", "\\u{1F600}", "@name",
        "#eval(\"1+1\")", "]#strong[", "//注释", "{{", "$(touch x)", "' OR 1=1 --",
    ],
)  # fmt: skip
def test_hostile_names_print_as_they_are_written(hostile: str) -> None:
    text = words(render("promise_letter", {**PROMISE, "debtor": hostile}, lang="zh").pdf)

    assert hostile.replace(" ", "") in text.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\x00", "\x1b", "\u2066", "\ud800"])
def test_signs_nobody_can_see_are_refused(sign: str) -> None:
    with pytest.raises(BadDocument, match=r"debtor.*U\+"):
        render("promise_letter", {**PROMISE, "debtor": f"张{sign}伟"}, lang="zh")


def test_rare_characters_and_foreign_names_print() -> None:
    text = words(render("promise_letter", {**PROMISE, "debtor": "𬭎㛃䶮·买买提 ZHANG/WEI MR"}, lang="zh").pdf)

    assert "𬭎㛃䶮" in text


PROMISE: dict[str, Any] = {
    "bank": "示例银行", "hotline": "400-000-0000", "debtor": "张伟明", "accounts": "0014", "letter_no": "PR00000001", "made_on": date(2026, 5, 5),
    "amount": Money(200_000), "due_on": date(2026, 5, 15), "channel": "手机银行", "left_after": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"debtr": "x"}, "'debtr' is no variable"),
        ({"debtor": None}, "debtor is missing or empty"),
        ({"debtor": ""}, "debtor is missing or empty"),
        ({"debtor": "  "}, "debtor: it is blank"),
        ({"amount": 2000.0}, "amount: float given, Money expected"),
        ({"amount": "2000.00"}, "amount: str given, Money expected"),
        ({"amount": 200_000}, "amount: int given, Money expected"),
        ({"due_on": datetime(2026, 5, 15, tzinfo=UTC)}, "due_on: datetime given, a date expected"),
        ({"due_on": "2026-05-15"}, "due_on: str given"),
    ],
)
def test_wrong_data_is_refused_by_name(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadDocument, match=says):
        render("promise_letter", {**PROMISE, **change}, lang="zh")


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(BadDocument, match="no words in 'fr'"):
        render("promise_letter", PROMISE, lang="fr")


def test_a_template_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadDocument, match="promise_letter"):
        render("promise", PROMISE, lang="zh")


def test_an_empty_table_is_refused_where_rows_are_due() -> None:
    with pytest.raises(BadDocument, match="rows is missing or empty"):
        render("plan_agreement", {**PLAN, "rows": []}, lang="zh")


@pytest.mark.parametrize(
    "row", [{"number": 1}, {"number": 1, "due_on": date(2026, 1, 1), "amount": Money(1), "x": 1}]
)
def test_a_row_has_exactly_its_columns(row: dict[str, Any]) -> None:
    with pytest.raises(BadDocument, match="rows, row 1: give exactly the columns"):
        render("plan_agreement", {**PLAN, "rows": [row]}, lang="zh")


@pytest.mark.parametrize("total", ["total", "plan_total"])
def test_figures_that_miss_their_sum_by_a_cent_make_no_document(total: str) -> None:
    with pytest.raises(BadDocument, match=f"{total} is CNY .* do not sum"):
        render("plan_agreement", {**PLAN, total: PLAN[total] + Money(1)}, lang="zh")


def test_sums_do_not_mix_currencies() -> None:
    with pytest.raises(BadDocument, match="different currencies"):
        render("plan_agreement", {**PLAN, "fees": Money(21_047, "USD")}, lang="zh")


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["CNY", "JPY", "BHD"]))
def test_a_figure_reads_back_as_itself(minor: int, currency: str) -> None:
    assert parse_minor(amount_text(Money(minor, currency)).replace(",", ""), currency) == minor


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40))
@settings(max_examples=80, deadline=None)
def test_any_text_makes_a_document_or_is_refused_for_a_reason(name: str) -> None:
    assert printed(name) in ("made", "blank", "nobody can see", "no shape for U+")


def printed(name: str) -> str:
    try:
        render("promise_letter", {**PROMISE, "debtor": name}, lang="zh")
    except BadDocument as refused:
        said = str(refused)
        return next(
            (reason for reason in ("blank", "nobody can see", "no shape for U+") if reason in said), said
        )
    return "made"


def test_a_sign_the_font_lacks_is_refused_not_printed_as_a_box() -> None:
    with pytest.raises(BadDocument, match=r"no shape for U\+0980"):
        render("promise_letter", {**PROMISE, "debtor": "张ঀ"}, lang="zh")


def test_how_figures_and_moments_are_written() -> None:
    beijing = timezone(timedelta(hours=8))
    waiver = {
        "offer_no": "W1", "bank": "b", "hotline": "h", "debtor": "d", "identity_tail": "1", "accounts": "a",
        "as_of": date(2026, 1, 1), "currency": "CNY", "total": Money(3_864_219), "pay": Money(2_945_062),
        "waived": Money(919_157), "waived_share": Decimal(919_157) / Decimal(3_864_219), "valid_until": date(2026, 2, 1),
        "parts": [{"part": "all", "owed": Money(3_864_219), "waived": Money(919_157), "pay": Money(2_945_062)}],
        "approvals": [{"role": "manager", "at": datetime(2026, 1, 1, 9, 5, tzinfo=beijing)}],
        "offered_on": date(2026, 1, 1), "waives": True,
        "stages": [{"number": 1, "due_on": date(2026, 2, 1), "amount": Money(2_945_062)}],
    }  # fmt: skip

    text = words(render("waiver_approval", waiver, lang="en").pdf)

    assert money_text(Money(-5)) == "CNY -0.05"
    assert "23.79%" in text
    assert "2026-01-01 09:05:00 +08:00" in text
    assert "29,450.62" in text


def test_the_pictures_are_of_the_same_pages() -> None:
    made = pages("plan_agreement", PLAN, lang="zh")

    assert len(made) == len(PdfReader(io.BytesIO(render("plan_agreement", PLAN, lang="zh").pdf)).pages)
    assert all(picture.startswith(b"\x89PNG") for picture in made)


def test_the_agreement_says_the_six_items_law_asks_for() -> None:
    from forbear.packs import shared_packs

    asked = shared_packs().value("cn/cc-2011-2/plan/content", date(2026, 1, 20))
    assert set(template("plan_agreement").items) == set(asked)


COURT = {
    "complaint", "complaint_narrative", "calculation_annex", "evidence_list", "power_of_attorney", "payment_order_application",
    "preservation_application", "enforcement_application", "lawyer_letter",
}  # fmt: skip


def test_every_template_of_the_house_prints_in_both_languages_and_papers_for_court_in_chinese() -> None:
    assert COURT | {
        "plan_agreement",
        "promise_letter",
        "waiver_approval",
        "settlement_certificate",
        "signing_record",
    } <= set(templates())
    assert all(
        made.languages == (("zh",) if name in COURT else ("zh", "en")) for name, made in templates().items()
    )


def test_no_system_font_is_needed(tmp_path: Path) -> None:
    """The font travels inside the file, so the paper reads the same anywhere."""
    reader = PdfReader(io.BytesIO(render("promise_letter", PROMISE, lang="zh").pdf))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    names = {font.get_object()["/BaseFont"].split("+")[-1] for font in fonts}
    assert all(name.startswith("NotoSansCJK") for name in names), names
