"""How the board writes runs and groups."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from forbear.web.board import words
from forbear.web.people.models import Role, SkillGroup
from forbear.web.people.templatetags.forbear import badge
from forbear.web.runs.models import DayRun, RunState

register = template.Library()

TONES = {RunState.COMMITTED: "good", RunState.RUNNING: "info", RunState.FAILED: "bad"}


@register.simple_tag
def group_name(role: str, skill_group: str) -> str:
    """Return the skill group of a collector, the role of anyone else."""
    return str(SkillGroup(skill_group).label if skill_group else Role(role).label)


@register.filter
def step_word(code: str) -> str:
    """Write the name of a step."""
    return words.step(code)


@register.simple_tag
def run_badge(run: DayRun) -> SafeString:
    """Write the state of a run."""
    return badge(TONES.get(RunState(run.state), "plain"), run.get_state_display())


@register.simple_tag
def run_totals(run: DayRun) -> dict[str, Any]:
    """Add up the steps of a run (prefetched)."""
    steps = run.steps.all()
    return {
        "steps": len(steps),
        "done": sum(step.state == "done" for step in steps),
        "seconds": sum(step.seconds for step in steps),
        "peak_mb": max((step.peak_mb for step in steps), default=0),
    }
