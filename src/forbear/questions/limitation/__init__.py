"""When does the limitation of a claim end, and has it? Interruption, suspension, the old two years, days off."""

from __future__ import annotations

from forbear.questions.limitation.answer import LimitationAnswer, answer
from forbear.questions.limitation.facts import KINDS, Event, LimitationFacts, check
from forbear.questions.registry import Question

QUESTION = Question(
    "limitation", "When does limitation end, and has it?", LimitationFacts, answer, check=check
)

__all__ = ["KINDS", "QUESTION", "Event", "LimitationAnswer", "LimitationFacts"]
