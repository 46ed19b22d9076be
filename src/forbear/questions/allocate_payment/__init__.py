"""What does a payment cover first? Four orders for four contexts; several debts share by the Civil Code."""

from __future__ import annotations

from forbear.questions.allocate_payment.answer import AllocatePaymentAnswer
from forbear.questions.allocate_payment.decide import answer
from forbear.questions.allocate_payment.facts import AllocatePaymentFacts, Components, Debt, check
from forbear.questions.registry import Question

QUESTION = Question(
    "allocate_payment", "What does a payment cover first?", AllocatePaymentFacts, answer, check=check
)

__all__ = ["QUESTION", "AllocatePaymentAnswer", "AllocatePaymentFacts", "Components", "Debt"]
