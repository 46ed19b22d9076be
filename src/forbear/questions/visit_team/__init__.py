"""Who goes on a visit: roles and number with the reasons, and which of the people offered fit."""

from __future__ import annotations

from forbear.questions.registry import Question
from forbear.questions.visit_team.answer import answer
from forbear.questions.visit_team.facts import VisitTeamFacts, check

QUESTION = Question("visit_team", "Who goes on the visit, and why?", VisitTeamFacts, answer, check=check)
