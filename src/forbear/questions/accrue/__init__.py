"""What is owed on a day, by component, and where does each cent come from?"""

from __future__ import annotations

from forbear.questions.accrue.answer import answer
from forbear.questions.accrue.facts import AccrueFacts, check
from forbear.questions.registry import Question

QUESTION = Question(
    "accrue", "What is owed by component, and how did each cent come about?", AccrueFacts, answer, check=check
)

__all__ = ["QUESTION", "AccrueFacts"]
