"""Messages: typed variables, both languages, and no debt figure for whoever holds the phone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from forbear.nightly import BadTemplate, Day, Folder, render, templates
from forbear.nightly.messages import _load


def written(tmp_path: Path, text: str, variables: str = "[bank]") -> Path:
    path = tmp_path / "trial.yaml"
    path.write_text(
        f'title: {{en: Trial, zh: 试}}\nvariables: {variables}\ntext:\n  zh-hans: "{text}"\n  en: "{text}"\n'
    )
    return path


def test_a_text_names_the_bank_and_the_card_tail_and_nothing_owed(ran: Folder) -> None:
    texts = (
        pa.parquet.read_table(ran.step_path("queues", "messages"))
        .filter(pa.compute.field("channel").cast(pa.string()) == "sms")["text"]
        .to_pylist()
    )
    assert texts
    assert all(text.startswith("【") and "尾号" in text for text in texts)
    assert not any("元" in text or "¥" in text or "{" in text for text in texts)


@pytest.mark.parametrize("figure", ["您欠款1000元", "Pay ¥100 now", "RMB 20"])
def test_a_template_with_a_debt_figure_is_refused(tmp_path: Path, figure: str) -> None:
    with pytest.raises(BadTemplate, match="no debt figure"):
        _load(written(tmp_path, "{bank} " + figure))


def test_a_template_with_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match="past_due"):
        _load(written(tmp_path, "{bank} {past_due}"))


def test_a_declared_variable_must_be_used_and_a_used_one_declared(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match="hotline"):
        _load(written(tmp_path, "{bank}", "[bank, hotline]"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_rows_of_several_templates_are_filled_each_with_its_own(day: Day, language: str) -> None:
    rows = pa.table({"message": ["notice_1", "letter", "notice_1"], "card_tail": ["0014", "0020", "0038"]})
    rows = rows.set_column(0, "message", rows["message"].dictionary_encode())
    first, letter, last = render(templates(day.packs), rows, day=day, language=language).to_pylist()
    assert "0014" in first
    assert "0038" in last
    assert first.replace("0014", "0038") == last
    assert "0020" not in letter


def test_a_template_that_is_missing_is_named(day: Day) -> None:
    rows = pa.table({"message": pa.array(["notice_9"]).dictionary_encode(), "card_tail": ["1"]})
    with pytest.raises(BadTemplate, match="notice_9"):
        render(templates(day.packs), rows, day=day, language="en")
