"""How good the reader is on labelled sentences, those it learned from and those nobody tuned on."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from forbear.language import load_book, shared_reader
from forbear.language.sentences import Pair, measure, pairs

COLLECTOR, DEBTOR = shared_reader("collector"), shared_reader("debtor")
# What is reached today on sentences nobody tuned on; docs/language.md says how far that is from the target.
UNSEEN = {  # pairs, recall, false alarms
    ("collector", "unseen"): (144, 0.94, 0.10),
    ("collector", "sealed"): (480, 0.96, 0.04),
    ("debtor", "sealed"): (600, 0.95, 0.06),
}
SELF_HARM_RECALL = {"unseen": 0.95, "sealed": 0.98}
PARTS = ("shipped", "unseen", "sealed")
EVERY = 3  # of the shipped pairs each third is read, to be quick
SHIPPED_RECALL, SHIPPED_FALSE_ALARMS = 0.95, 0.05


@pytest.mark.parametrize(
    "score",
    measure(COLLECTOR, islice(pairs("collector", "shipped"), 0, None, EVERY)),
    ids=lambda s: s.category,
)
def test_the_shipped_sentences_of_each_category(score) -> None:
    assert score.recall >= SHIPPED_RECALL
    assert score.false_alarm_rate <= SHIPPED_FALSE_ALARMS


@pytest.mark.parametrize(("speaker", "part"), UNSEEN)
def test_sentences_nobody_tuned_on(speaker: str, part: str) -> None:
    least, recall, false_alarms = UNSEEN[speaker, part]
    reader = COLLECTOR if speaker == "collector" else DEBTOR
    read = list(pairs(speaker, part))[:: 2 if part == "sealed" else 1]  # to be quick
    scores = [s for s in measure(reader, iter(read)) if s.category != "self_harm"]
    positives, negatives = sum(s.positives for s in scores), sum(s.negatives for s in scores)

    assert min(positives, negatives) >= least
    assert sum(s.found for s in scores) / positives >= recall
    assert sum(s.false_alarms for s in scores) / negatives <= false_alarms


@pytest.mark.parametrize("part", SELF_HARM_RECALL)
def test_cries_for_help_in_words_nobody_trained_on(part: str) -> None:
    cries = (pair for pair in pairs("debtor", part) if pair.category == "self_harm")
    (score,) = measure(DEBTOR, cries)

    assert score.positives >= 40
    assert score.recall >= SELF_HARM_RECALL[part]


def test_what_debtors_say_every_day_forces_next_to_nothing() -> None:
    everyday = [pair.negative for pair in pairs("debtor", "shipped") if pair.category == "ordinary"]
    read = [DEBTOR.read(text) for text in everyday]

    assert len(everyday) >= 240
    assert sum(any(one.kind in ("opinion", "learned") for one in found) for found in read) / len(read) < 0.05
    assert sum(any(one.category == "self_harm" for one in found) for found in read) / len(read) < 0.08


@pytest.mark.parametrize(
    ("speaker", "part"),
    [("collector", "unseen"), ("collector", "sealed"), ("debtor", "unseen"), ("debtor", "sealed")],
)
def test_no_unseen_sentence_is_among_the_shipped(speaker: str, part: str) -> None:
    def texts(part: str) -> set[str]:
        return {t for p in pairs(speaker, part) for t in (p.positive, p.negative) if t}

    assert not texts("shipped") & texts(part)


@pytest.mark.parametrize("speaker", ["collector", "debtor"])
@pytest.mark.parametrize("part", PARTS)
def test_marks_name_categories_and_no_sentence_stands_twice(speaker: str, part: str) -> None:
    categories, labelled = set(load_book(speaker).categories), list(pairs(speaker, part))
    texts = Counter((p.category, t) for p in labelled for t in (p.positive, p.negative) if t)

    assert {name for p in labelled for name in p.also | p.negative_also} <= categories
    assert not any(p.category in p.also for p in labelled)
    assert not [text for text, count in texts.items() if count > 1]
    assert all("#also" not in text for _, text in texts)


def test_a_wrong_label_shows_in_the_figures() -> None:
    (score,) = measure(COLLECTOR, iter([Pair("threat", "您好，账单已寄出。", "再不还我弄死你。")]))

    assert (score.recall, score.false_alarm_rate, score.precision) == (0, 1, 0)
