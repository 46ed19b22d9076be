"""The third opinion: asked only where it matters, bounded, the same for any name and figure, safe against hostile text."""

from __future__ import annotations

import os
from itertools import islice

import numpy as np
import pytest

from forbear.language import Reader, shared_reader
from forbear.language.meaning import REACH, THREADS, _vector, sense
from forbear.language.reader import CALL, MOST
from forbear.language.sentences import pairs

COLLECTOR, DEBTOR = shared_reader("collector"), shared_reader("debtor")


def test_meaning_is_asked_only_where_it_could_change_what_is_found() -> None:
    always = Reader(COLLECTOR.book)
    always._is_open = lambda opinion: True
    texts = [
        side
        for pair in islice(pairs("collector", "sealed"), 0, None, 16)
        for side in (pair.positive, pair.negative)
    ]

    for text in texts:
        once, again = (
            {(one.category, one.kind) for one in reader.read(text, CALL)} for reader in (COLLECTOR, always)
        )
        assert once == again, text


def test_an_endless_text_is_not_asked_for_its_meaning_without_end() -> None:
    numerals = "一二三四五六七八九十"
    hostile = "。".join(f"{a}{b}{c}还" for a in numerals for b in numerals for c in numerals)
    always = Reader(DEBTOR.book)
    always._is_open = lambda opinion: True
    before = _vector.cache_info().misses
    always.read(hostile)

    assert MOST - 1 <= _vector.cache_info().misses - before <= MOST + 2 * len(DEBTOR.book.categories)


def test_meaning_moves_a_score_within_its_reach_whoever_is_addressed_and_whatever_the_figures() -> None:
    here, there = "张先生，您本月最低还款额1,234.50元", "欧阳先生，您本月最低还款额98元"
    nudges = COLLECTOR.book.meaning.nudges(sense(here)).values()

    assert np.array_equal(sense(here), sense(there))
    assert min(nudges) < 0
    assert max(map(abs, nudges)) <= REACH


@pytest.mark.parametrize(
    "text", ["", "\0", "\ufdfa" * 600, "\ud800还钱", "😀" * 9, "还" * 100_000, "\x7f\u202e"]
)
def test_no_text_harms_the_native_code_of_the_encoder(text: str) -> None:
    before = os.environ.get(THREADS)
    vector = sense(text)

    assert vector.shape == (384,)
    assert np.isfinite(vector).all()
    assert os.environ.get(THREADS) == before
