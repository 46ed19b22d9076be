"""How much can the debtor pay in a month, and would it hold if income fell? Schema in `facts`, formula in `decide`."""

from __future__ import annotations

from forbear.questions.affordability.decide import answer
from forbear.questions.affordability.facts import AffordabilityFacts, check
from forbear.questions.registry import Question

QUESTION = Question(
    "affordability", "How much can the debtor pay in a month?", AffordabilityFacts, answer, check=check
)
