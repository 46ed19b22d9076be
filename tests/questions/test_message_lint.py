"""message_lint and debtor_signals as questions: context, gravity, suggestion, batches, refusals."""

from __future__ import annotations

from datetime import date

import pytest

from forbear import documents, questions
from forbear.documents.sample import sample
from forbear.nightly import templates
from forbear.packs import load_packs
from forbear.questions import BadFact
from forbear.web.letters.drafting import words_of

PACKS = load_packs()
LETTERS_ON = date(2026, 11, 26)


def lint(text: str, kind: str = "sms", lang: str = "en", **context):
    return questions.ask(
        "message_lint", {"text": text, "kind": kind, "context": context}, packs=PACKS, lang=lang
    )


def kinds(answer) -> set[str]:
    return {hit["kind"] for hit in answer["hits"]}


def test_a_hit_says_where_why_and_what_to_say_instead():
    answer = lint("您好，再不还就打断你的腿。", lang="zh")
    hit = next(hit for hit in answer["hits"] if hit["severity"] == "block")

    assert answer["answer"] == "blocked"
    assert "打断" in "您好，再不还就打断你的腿。"[hit["start"] : hit["end"]] == hit["text"]
    assert hit["suggestion"]
    assert hit["because"]["words"]
    assert hit["category"] == "threat"
    assert hit["rule"] in {reason["rule"] for reason in answer["reasons"]}


def test_filed_needs_a_case_number():
    text = "您的案件已经立案。"

    assert "untrue_stage" in kinds(lint(text, case_number=""))
    assert "untrue_stage" in kinds(lint(text))
    assert "untrue_stage" not in kinds(lint(text, case_number="(2026)示0101民初123号"))


def test_a_closed_window_is_not_open_but_an_open_one_is():
    text = "一次性信用修复政策现在还可以办理，抓紧。"

    assert "closed_window" in kinds(lint(text, on="2026-11-24"))
    assert "closed_window" not in kinds(lint(text, on="2026-03-31"))
    assert "closed_window" in kinds(lint(text, on="2026-04-01"))


def test_names_and_sums_are_those_of_the_account():
    text = "尊敬的张先生，您欠款1,234.50元。"

    assert "wrong_fact" not in kinds(lint(text, name="张伟", amounts=["1234.50"]))
    assert "wrong_fact" in kinds(lint(text, name="李伟"))
    assert "wrong_fact" in kinds(lint(text, amounts=["1234.51"]))


def test_a_friendly_reminder_holds_no_legal_words():
    text = "您的账单已过还款日，逾期可能被起诉。"

    assert "too_early" in kinds(lint(text, stage="reminder"))
    assert "too_early" not in kinds(lint(text, stage="notice"))


@pytest.mark.parametrize(("at", "hit"), [("21:59:59", False), ("22:00:00", True), ("07:59:59", True), ("08:00:00", False)])  # fmt: skip
def test_the_hours_are_those_of_the_law(at, hit):
    answer = lint("您好，方便谈谈还款吗？", kind="call", at=f"2026-11-24T{at}+08:00")

    assert ("harassment" in {h["category"] for h in answer["hits"]}) is hit


def test_the_shipped_templates_are_clean():
    for template in templates(PACKS).values():
        for text in template.text.values():
            shown = text.format(
                bank="示范银行信用卡中心", card_tail="1234", app="手机银行", hotline="100-0000"
            )
            assert lint(shown)["answer"] == "clean", (template.name, lint(shown)["hits"])


LETTERS = ("letter_reminder", "letter_notice", "lawyer_letter")


@pytest.mark.parametrize("name", LETTERS)
def test_the_shipped_letters_are_never_held_back(name):
    written, says = documents.template(name), PACKS.value
    known = {key: says(f"house/letters/{key}", LETTERS_ON) for key in ("legal_basis", "rights", "ways")}
    for lang in written.languages:
        told = {key: [row[lang] for row in rows] for key, rows in known.items()}
        data = sample(written) | {k: told[k] for k in ("legal_basis", "rights") if k in written.variables}
        text = words_of(documents.html(name, data, lang=lang))
        stage = "legal" if name == "lawyer_letter" else "notice"
        answer = lint(text, "letter", stage=stage, licensed_lawyer=name == "lawyer_letter")

        assert answer["answer"] != "blocked", answer["hits"]
        assert "disclosure" not in {hit["category"] for hit in answer["hits"]}
        for line in (line for lines in told.values() for line in lines):
            assert lint(line, "letter", stage=stage)["answer"] == "clean", line


def test_a_batch_is_its_single_cases():
    rows = [{"text": text} for text in ("您好。", "再不还弄死你。", "我是法院的，今天必须还钱。")]
    together = questions.ask_many("message_lint", rows, packs=PACKS)

    assert together == [questions.ask("message_lint", row, packs=PACKS) for row in rows]


@pytest.mark.parametrize("name", ["message_lint", "debtor_signals"])
def test_an_empty_text_is_refused(name):
    with pytest.raises(BadFact, match="text"):
        questions.ask(name, {"text": " "}, packs=PACKS)


def test_signals_name_the_actions_of_policy():
    answer = questions.ask("debtor_signals", {"text": "药我都买好了"}, packs=PACKS, lang="en")

    assert answer["answer"] == "critical"
    assert answer["signals"][0]["actions"] == [{"hold": "emergency"}, {"task": "emergency", "minutes": 15}]
    assert questions.ask("debtor_signals", {"text": "好的，谢谢"}, packs=PACKS)["answer"] == "none"
