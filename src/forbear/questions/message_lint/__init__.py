"""May this be said or sent? Hits by category with span, severity, rule and suggestion; also for the review of calls."""

from __future__ import annotations

from forbear.questions.message_lint.answer import answer
from forbear.questions.message_lint.facts import MessageLintFacts, check
from forbear.questions.registry import Question

QUESTION = Question("message_lint", "May this be said or sent?", MessageLintFacts, answer, check=check)
