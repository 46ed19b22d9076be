"""The question registry: every answer that matters, asked the same way by screen, API, CLI, night and tests."""

from __future__ import annotations

from forbear.packs import NoLawInForce
from forbear.questions.facts import Amount, BadFact, Facts, Moment
from forbear.questions.registry import (
    Answer,
    Question,
    UnknownQuestion,
    all_questions,
    ask,
    ask_columns,
    ask_lines,
    ask_many,
    question,
    register_modules,
)

# One name per question; each is a module here, imported when first asked. How to write one: registry.py.
MODULES = (
    "may_contact",
    "days_past_due",
    "risk_class",
    "allocate_payment",
    "limitation",
    "deadline",
    "letter_complete",
    "personalised_plan",
    "retention",
    "credit_record",
    "court_fee",
    "enforcement_interest",
    "procedure_route",
    "charges_lawful",
    "overdraft_offence",
    "visit_team",
    "affordability",
    "plan_options",
    "accrue",
    "conduct",
    "attachable",
    "willingness",
    "message_lint",
    "debtor_signals",
)
register_modules(MODULES)

__all__ = [
    "MODULES", "Amount", "Answer", "BadFact", "Facts", "Moment", "NoLawInForce", "Question", "UnknownQuestion",
    "all_questions", "ask", "ask_columns", "ask_lines", "ask_many", "question",
]  # fmt: skip
