"""May this person be contacted, on this channel, at this moment, and if not, when?"""

from __future__ import annotations

from forbear.questions.may_contact.answer import ALLOWED, CODES, DISCOURAGED, REFUSED, MayContactAnswer
from forbear.questions.may_contact.decide import answer, law_starts_on
from forbear.questions.may_contact.facts import MayContactFacts, check
from forbear.questions.registry import Question

QUESTION = Question(
    name="may_contact",
    summary="May this party be contacted on this channel, for this purpose, at this moment?",
    facts=MayContactFacts,
    answer=answer,
    check=check,
)

__all__ = [
    "ALLOWED", "CODES", "DISCOURAGED", "QUESTION", "REFUSED", "MayContactAnswer", "MayContactFacts", "law_starts_on",
]  # fmt: skip
