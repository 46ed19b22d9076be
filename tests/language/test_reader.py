"""The reader of what people say: its spelling, its scope, who listens, weak evidence, and that nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.language import LanguageError, Reader, Scene, load_book, shared_reader
from forbear.language.lexicon import Lexicon, expand
from forbear.language.patterns import parse
from forbear.language.sentences import pairs
from forbear.questions.debtor_signals import forced

COLLECTOR, DEBTOR = shared_reader("collector"), shared_reader("debtor")
EVERY = 3  # of the shipped pairs each third is read, to be quick
SELF_HARM = ["我活不下去了", "今晚就从楼上下去", "药我都买好了", "你再打就给我收尸", "孩子托付给我姐了，我不想撑了",
             "活着真没意思", "遗书都写好了", "我站在天台上", "不如死了算了", "I want to end it all",
             "死了你们就满意了吧", "真想一了百了", "下辈子再还你们", "我把后事都安排好了", "没有我大家都会更好"]  # fmt: skip


def found(text: str, *flags: str) -> set[str]:
    return {one.category for one in COLLECTOR.read(text, Scene("call", frozenset(flags)))}


def signals(text: str) -> set[str]:
    return {one.category for one in DEBTOR.read(text)}


@pytest.mark.parametrize(
    "text", ["好的，我明天下午把钱转过去", "麻烦您告诉我还款的账号", "I will call the bank tomorrow"]
)
def test_ordinary_words_of_a_debtor_raise_no_alarm_of_self_harm(text: str) -> None:
    assert "self_harm" not in signals(text)


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
