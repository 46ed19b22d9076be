"""How the runs write figures of estimates."""

from __future__ import annotations

from django import template

from forbear.web.runs import words

register = template.Library()


@register.filter
def yuan(value: float | None) -> str:
    """Write an expected value in yuan: an estimate, never a posted amount."""
    return "—" if value is None else f"{value:,.2f}".replace("-", "−")


@register.filter
def step_state(code: str) -> str:
    """Write the state of a step."""
    return str(words.STEP_STATES.get(code, code))


@register.filter
def method_word(code: str) -> str:
    """Write how the plan was found."""
    return str(words.METHODS.get(code, code))


@register.filter
def outcome_word(code: str) -> str:
    """Write the name of an outcome."""
    return words.outcome(code)
