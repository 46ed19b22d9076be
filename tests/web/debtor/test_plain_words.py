"""The Chinese of the debtor's pages can be read by a tired person: short sentences, no word of the trade unexplained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CATALOGUE = Path("src/forbear/web/debtor/locale/zh_Hans/LC_MESSAGES/django.po")
LONGEST = 30  # characters between two marks; news for the public runs to about 40
JARGON = (
    "逾期", "催收", "履约", "违约金", "复利", "核销", "滞纳", "清偿", "债务人", "要约", "承诺书", "委外", "账龄", "罚息",
    "拖欠", "恶意", "起诉", "失信", "征信不良", "减免审批", "不可抗力", "贵方", "务必", "否则", "后果自负", "立即还",
)  # fmt: skip
# The pages of "what I can do"; "why it is this much" explains the words of the contract where it uses them.
PAGES = (
    "afford",
    "check",
    "helper",
    "later",
    "plan.html",
    "promise_views",
    "sign_views",
    "matter",
    "papers",
    "plan_views",
    "asking",
    "care",
    "complain",
    "dispute_views",
    "wishes_views",
    "menu.py",
    "cannot",
    "help.html",
    "_directory",
    "options.html",
)
EXPLAINED = {"举报不当催收"}  # the word people search for; the page itself asks "有人做得过分了？"


def sentences() -> list[str]:
    """Return every stretch between two marks of the Chinese texts of these pages."""
    entries = CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]
    found = []
    for entry in (each for each in entries if any(page in each for page in PAGES)):
        for lines in re.findall(r'^msgstr(?:\[0\])? ((?:"[^\n]*"\n?)+)', entry, re.MULTILINE):
            text = "".join(line[1:-1] for line in lines.strip().split("\n"))
            found += re.split(r"[。！？；：，、（）\n]", re.sub(r"%\(\w+\)[sd]", "1", text))
    return [each for each in found if each]


@pytest.mark.parametrize("mark", ["length", "jargon"])
def test_the_words_are_short_and_plain(mark: str) -> None:
    every = sentences()
    assert len(every) > 100
    if mark == "length":
        assert [each for each in every if len(each) > LONGEST] == []
    else:
        assert [
            each for each in every if each not in EXPLAINED and any(word in each for word in JARGON)
        ] == []
