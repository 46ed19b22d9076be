"""A rule is told by what it says: whole, cut for a label and wrapped for a hint, in the reader's language."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from rich.cells import cell_len

from forbear.web.law import titles
from forbear.web.law.current import packs_now

ON = date(2026, 11, 24)
HOURS = "GBT45251-HOURS"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "begins"), [("en", "No collection between 22:00 and 08:00"), ("zh-hans", "除另有约定外，每日22:00至次日08:00")]
)  # fmt: skip
def test_the_title_has_the_numbers_of_the_day_in_the_readers_language(language: str, begins: str) -> None:
    with translation.override(language):
        assert titles.title(HOURS, ON).startswith(begins)


@pytest.mark.django_db
def test_a_rule_the_packs_no_longer_hold_is_told_by_its_id() -> None:
    assert titles.title("OLD", ON) == "OLD"
    assert titles.hint("OLD", "OLD") == "OLD"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_labels_of_all_rules_are_short_and_no_two_are_alike(language: str) -> None:
    with translation.override(language):
        said = {key: titles.title(key, ON) for key in packs_now().rules}
    short = titles.labels(said)
    assert len(set(short)) == len(said)
    assert all(
        cell_len(each.removesuffix(f" {key}")) <= titles.LABEL for key, each in zip(said, short, strict=True)
    )


def test_what_fits_is_not_cut_and_what_does_not_is_cut_between_words() -> None:
    assert titles.cut("Contact stops.", 14) == "Contact stops."
    assert titles.cut("Contact stops when refused.", 20) == "Contact stops when…"
    assert titles.cut("联系人明确拒绝的，应当停止联系。", 20) == "联系人明确拒绝的…"


def test_two_that_would_be_cut_alike_keep_their_ids() -> None:
    long = "The same words at the beginning of both of these rules, then "
    assert titles.labels({"A": long + "one", "B": long + "two"}) == [
        "The same words at the beginning of both… A", "The same words at the beginning of both… B"
    ]  # fmt: skip


def test_a_hint_is_the_id_and_lines_that_hold_every_word() -> None:
    text = "Collect only from the debtor and the guarantor, not from a third person who has nothing to do with it."
    first, *rest = titles.hint("CC11", text).split("\n")
    assert first == "CC11"
    assert " ".join(rest) == text
    assert max(map(len, rest)) <= titles.LINE
