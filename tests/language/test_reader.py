"""The reader of what people say: its figures on labelled sentences, its spelling, its scope, and that nothing breaks it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.language import LanguageError, Reader, Scene, learning, load_book, shared_reader
from forbear.language.book import FOLDER
from forbear.language.lexicon import Lexicon, expand
from forbear.language.meaning import REACH, THREADS, _vector, sense
from forbear.language.network import UNITS
from forbear.language.opinion import made
from forbear.language.patterns import parse
from forbear.language.reader import CALL, MOST
from forbear.language.sentences import Pair, measure, pairs
from forbear.packs.files import packs_root
from forbear.questions.debtor_signals import forced

COLLECTOR, DEBTOR = shared_reader("collector"), shared_reader("debtor")
# What is reached today on sentences nobody tuned on; docs/language.md says how far that is from the target.
UNSEEN = {  # pairs, recall, false alarms
    ("collector", "unseen"): (144, 0.94, 0.10),
    ("collector", "sealed"): (480, 0.96, 0.04),
    ("debtor", "sealed"): (600, 0.95, 0.06),
}
SELF_HARM_RECALL = {"unseen": 0.95, "sealed": 0.98}
PARTS = ("shipped", "unseen", "sealed")
RETOLD, ALIKE = (
    400,
    0.98,
)  # sentences; how like the scores of weights learned anew must be to the shipped ones
EVERY = 3  # of the shipped pairs each third is read, to be quick
SHIPPED_RECALL, SHIPPED_FALSE_ALARMS = 0.95, 0.05


def found(text: str, *flags: str) -> set[str]:
    return {one.category for one in COLLECTOR.read(text, Scene("call", frozenset(flags)))}


def signals(text: str) -> set[str]:
    return {one.category for one in DEBTOR.read(text)}


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
    "text", ["好的，我明天下午把钱转过去", "麻烦您告诉我还款的账号", "I will call the bank tomorrow"]
)
def test_ordinary_words_of_a_debtor_raise_no_alarm_of_self_harm(text: str) -> None:
    assert "self_harm" not in signals(text)


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


@pytest.mark.parametrize("speaker", ["collector", "debtor"])
def test_the_shipped_weights_are_those_that_the_shipped_sentences_teach(speaker: str) -> None:
    with np.load(packs_root().joinpath(*FOLDER, f"{speaker}.weights.npz")) as held:
        shipped = {name: held[name] for name in held.files}
    first = {name: values[..., :UNITS] for name, values in shipped.items()}
    one_of = shipped | {name: first[name] for name in ("pulls", "scales", "offsets")}
    one_of["heads"] = shipped["heads"][:UNITS] * learning.NETS
    shown, names = learning.examples(speaker)
    fresh = learning.trained(shown, names, nets=1)  # the first of the networks, to be quick
    asked = shown[:: len(shown) // RETOLD]
    told, retold = (
        np.array([list(made(arrays).opinion(one.features).scores.values()) for one in asked])
        for arrays in (one_of, fresh)
    )

    assert bytes(shipped["digest"]).decode() == learning.sentences_digest(speaker)
    assert bytes(shipped["names"]) == bytes(fresh["names"])
    assert bytes(shipped["features"]) == bytes(fresh["features"])
    assert np.corrcoef(told.ravel(), retold.ravel())[0, 1] > ALIKE  # another processor may round otherwise


def test_the_same_sentences_teach_the_same_weights_and_a_wrong_label_others() -> None:
    shown, names = learning.examples("collector")
    few = shown[::20]
    turned = [replace(one, belongs=frozenset(names) - one.belongs) for one in few]
    once, again, other = (learning.trained(part, names, nets=1) for part in (few, few, turned))

    assert all(np.array_equal(once[key], again[key]) for key in once)
    assert not np.array_equal(once["heads"], other["heads"])


@pytest.mark.parametrize("speaker", ["collector", "debtor"])
def test_the_meaning_was_taught_by_the_shipped_sentences(speaker: str) -> None:
    with np.load(packs_root().joinpath(*FOLDER, f"{speaker}.meaning.npz")) as held:
        assert bytes(held["digest"]).decode() == learning.sentences_digest(speaker)
        assert bytes(held["names"]).decode().split() == sorted(load_book(speaker).categories)


def test_the_same_sentences_teach_the_same_meaning() -> None:
    shown, names = learning.examples("collector")
    few = shown[::200]
    senses = {one.said: sense(one.said) for one in few}
    once, again = (learning.taught(few, names, senses) for _ in range(2))

    assert all(np.array_equal(once[key], again[key]) for key in once)


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


def test_limits_reach_both_aims_where_they_can_and_keep_quiet_where_not() -> None:
    right, wrong = np.linspace(1, 3, 101), np.linspace(-3, -1, 101)
    apart, mixed = learning.chosen("threat", right, wrong), learning.chosen("threat", right, right)

    assert wrong.max() < apart.found < right.min()
    assert (right >= mixed.found).mean() <= 0.05 < (right >= apart.found).mean()
    assert learning.chosen("self_harm", right, right).found < mixed.found


def test_a_word_that_no_sentence_shows_counts_as_one_of_its_topic() -> None:
    page = DEBTOR.page("他前天驾鹤西去")

    assert "<of_death>" in page.features((0, len(page.text.plain)))


def test_only_where_somebody_else_listens_may_the_weights_alone_say_disclosure() -> None:
    told = [p.positive for p in pairs("collector", "shipped") if p.category == "disclosure"]
    bare = [text.split("）")[-1] for text in told if text.startswith("（")][::EVERY]
    alone = [one for text in bare for one in COLLECTOR.read(text) if one.category == "disclosure"]

    assert len(bare) > 100
    assert all(one.kind not in ("opinion", "learned") for one in alone)


def test_what_the_weights_alone_find_says_which_words_moved_it() -> None:
    found = [
        one
        for pair in pairs("collector", "sealed")
        for one in COLLECTOR.read(pair.positive)
        if one.kind in ("opinion", "learned")
    ]

    assert len(found) > 50
    assert all(one.words and one.pattern.startswith("opinion") for one in found)


@pytest.mark.parametrize(
    ("kind", "does"),
    [("dispute", ["hold", "task"]), ("learned", ["hold", "task"]), ("opinion", ["hold", "task"])],
)
def test_weak_evidence_pauses_and_is_looked_at(kind: str, does: list[str]) -> None:
    rows = [
        {"signal": "dispute", "do": [{"hold": "dispute"}, {"task": "dispute"}]},
        {"signal": "any", "kind": "opinion", "do": [{"task": "review"}]},
    ]
    actions = forced(rows, "dispute", kind)

    assert [next(iter(action)) for action in actions] == does
    assert ({"task": "review"} in actions) == (kind == "opinion")


def test_weak_evidence_closes_no_channel() -> None:
    rows = [{"signal": "stop_contact", "do": [{"channel_off": "same"}, {"task": "review"}]}]

    assert forced(rows, "stop_contact", "opinion") == []
    assert {"channel_off": "same"} in forced(rows, "stop_contact", "learned")


def test_a_wrong_label_shows_in_the_figures() -> None:
    (score,) = measure(COLLECTOR, iter([Pair("threat", "您好，账单已寄出。", "再不还我弄死你。")]))

    assert (score.recall, score.false_alarm_rate, score.precision) == (0, 1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "再不还我弄死你",
        "再 不 还 我 弄 死 你",
        "再不还我弄*死*你",
        "再不還我弄死你",
        "再不还，嗯，我弄死你！！",
        "再不还我弄​死你",  # a zero-width blank within the word
    ],
)
def test_one_threat_in_many_spellings(text: str) -> None:
    assert "threat" in found(text)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("再不还就打断你的腿", "threat"),
        ("不还就弄死你", "threat"),
        ("我们是公安局的马上抓你", "impersonation"),
        ("你就是个老赖骗子", "insult"),
        ("把钱打到我个人微信", "private_payment"),
    ],
)
def test_courtesy_around_improper_words_is_no_excuse(words: str, category: str) -> None:
    """A template's variable carries them into a text that is proper otherwise."""
    text = (
        f"【示范银行】您尾号1234的信用卡账单尚有未还款项。请登录手机银行，{words}核对并还款；"
        "如有困难或对账单有异议，请致电官方电话100-0000，我们与您一起想办法。"
    )

    found = shared_reader("collector").read(text, Scene("sms", frozenset(["outgoing"])))

    assert category in {one.category for one in found}


@pytest.mark.parametrize("text", ["T", "1", "好", "嗯", "不", "ok", "?", "没"])
def test_a_word_or_two_tell_the_weights_nothing(text: str) -> None:
    for speaker in ("collector", "debtor"):
        kinds = {one.category for one in shared_reader(speaker).read(text, Scene("reply"))}
        assert kinds <= {"stop_contact"}, (speaker, kinds)  # T is one of the words that stop messages


def test_a_word_is_found_where_it_stood_in_the_original() -> None:
    text = "您好。再不還，我 弄*死 你！"
    hits = [one for one in COLLECTOR.read(text) if one.category == "threat"]

    assert any("弄*死" in text[hit.start : hit.end] for hit in hits)


@pytest.mark.parametrize(
    "text",
    [
        "我们不会找人收拾您。",
        "客户称有人要弄死他，已转合规。",
        "严禁使用“弄死你”之类的话术。",
        "如有人威胁要收拾您，请报警。",
    ],
)
def test_denied_reported_quoted_and_warned_of_is_no_threat(text: str) -> None:
    assert "threat" not in found(text)


def test_the_same_words_depend_on_who_listens() -> None:
    text = "他的信用卡逾期两个月了。"

    assert "disclosure" in found(text, "third", "outgoing")
    assert "disclosure" not in found("您的信用卡逾期两个月了。", "outgoing")
    assert "disclosure" in found("您的信用卡逾期两个月了。", "unverified")


SELF_HARM = ["我活不下去了", "今晚就从楼上下去", "药我都买好了", "你再打就给我收尸", "孩子托付给我姐了，我不想撑了",
             "活着真没意思", "遗书都写好了", "我站在天台上", "不如死了算了", "I want to end it all",
             "死了你们就满意了吧", "真想一了百了", "下辈子再还你们", "我把后事都安排好了", "没有我大家都会更好"]  # fmt: skip


@pytest.mark.parametrize("text", SELF_HARM)
def test_no_cry_for_help_goes_unheard(text: str) -> None:
    assert "self_harm" in signals(text)


@pytest.mark.parametrize("text", ["累死我了", "利息要我命啊", "急死人了"])
def test_a_manner_of_speaking_is_only_for_review(text: str) -> None:
    kinds = {(one.category, one.kind) for one in DEBTOR.read(text)}

    assert kinds == {("self_harm", "review")}


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    for reader in (COLLECTOR, DEBTOR):
        for one in reader.read(text):
            assert 0 <= one.start < one.end <= len(text)


def test_the_short_notation() -> None:
    assert expand("让你{难看|后悔|}") == ["让你难看", "让你后悔", "让你"]
    assert Lexicon({"a": ["{x|xy}z", "pay_up"]}).scan("xyz pay up") == {"a": [(0, 3), (4, 10)]}
    assert Lexicon({"a": ["pay"]}).scan("repay payment pays") == {"a": [(14, 18)]}
    assert parse("a *b|c &d -e ~4 bare").head == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nonsense: 1", "unknown key"),
        ("concepts: {a: x}\npatterns: {k: ['b']}", "no concept"),
        ("patterns: {k: ['-a']}", "at least one"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, content: str, words: str) -> None:
    head = "code: X\nseverity: block\ntitle: {zh: x, en: x}\nsuggestion: {zh: x, en: x}\n"
    (tmp_path / "collector").mkdir()
    (tmp_path / "common.yaml").write_text("scopes: []\nconcepts: {}\nstage: {}\n")
    (tmp_path / "spelling.yaml").write_text("characters: ''\nsounds: ''\n")
    (tmp_path / "collector" / "bad.yaml").write_text(head + content)

    with pytest.raises(LanguageError, match=words):
        Reader(load_book("collector", tmp_path))
