"""How the law room writes status, grade and differences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from forbear.web.law.advice import Advice, in_words
from forbear.web.law.capacity import CHANNELS
from forbear.web.law.library import KINDS, STATUSES, UNVERIFIED
from forbear.web.law.models import DraftState
from forbear.web.law.words import EFFECTS, QUESTIONS, UNITS, part_words, team_words
from forbear.web.people.templatetags.forbear import badge

register = template.Library()

TONES = {"in_force": "good", "expired": "plain", "future": "info"}
DRAFT_TONES = {"draft": "plain", "submitted": "soon", "published": "good", "withdrawn": "plain"}
ANSWERS = {"allowed": _("Allowed"), "discouraged": _("Advised against"), "refused": _("Refused")}
WHATS = {"added": (_("Added"), "good"), "removed": (_("Removed"), "bad"), "changed": (_("Changed"), "info")}
FIELDS = {
    "question": _("Question"), "effect": _("Effect"), "from": _("From"), "until": _("Until"), "zh": _("Chinese text"),
    "en": _("English text"), "tightens": _("Tightens"), "applies": _("Applies when"), "breach": _("Broken when"),
    "unless": _("Unless"), "hardens": _("Hardens"), "unit": _("Unit"), "description": _("Description"),
    "source": _("Source"), "grade": _("Grade"), "article": _("Article"), "values": _("Values"), "stricter": _("Stricter is"),
    "article zh": _("Article, in Chinese"), "article en": _("Article, in English"),
    "source zh": _("Source, in Chinese"), "source en": _("Source, in English"), "states": _("Numbers it states"),
    "remaining": _("Counter it shows"), "jurisdictions": _("Where it is meant"), "show_kept": _("Named where kept"),
    "text": _("In our own words"), "verified": _("Verified"),
}  # fmt: skip


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """Write whether an entry binds on the chosen day."""
    return badge(TONES[status], str(STATUSES[status]))


@register.simple_tag
def draft_badge(state: str) -> SafeString:
    """Write how far a draft is."""
    return badge(DRAFT_TONES[state], str(DraftState(state).label))


@register.simple_tag
def change_badge(what: str) -> SafeString:
    """Write what happened to an entry."""
    words, tone = WHATS[what]
    return badge(tone, str(words))


@register.simple_tag
def grade_badge(grade: str) -> SafeString | str:
    """Write a source grade; what is not verified says so."""
    if grade in UNVERIFIED:
        return badge("soon", _("%(grade)s: not verified") % {"grade": grade})
    return grade if grade and grade != "policy" else ""


@register.filter
def effect_word(code: str) -> str:
    """Write how strong a rule is."""
    return str(EFFECTS.get(code, code))


@register.filter
def channel_word(code: str) -> str:
    """Write a channel."""
    return str(CHANNELS.get(code, code))


@register.filter
def kind_word(code: str) -> str:
    """Write what kind of entry it is."""
    return str(KINDS.get(code, code))


@register.filter
def advice_words(point: Advice) -> str:
    """Write one point that a draft leaves open."""
    return in_words(point)


@register.filter
def field_word(code: str) -> str:
    """Write the name of a field of a rule or parameter."""
    if code.startswith("from "):
        return _("Value from %(day)s") % {"day": code.removeprefix("from ")}
    return str(FIELDS.get(code, code))


@register.filter
def of(held: Mapping[str, Any] | None, key: str) -> Any:
    """Return what a mapping holds under a key, or nothing."""
    return (held or {}).get(key)


@register.filter
def answer_word(code: str) -> str:
    """Write a gate's answer; anything else (an error in words) stays as it is."""
    return str(ANSWERS.get(code, code))


@register.filter
def part(text: str, field: str) -> str:
    """Write what one part of a rule or parameter says."""
    return part_words(text, field)


@register.filter
def team_word(code: str) -> str:
    """Write who asked."""
    return team_words(code)


@register.filter
def unit_word(code: str) -> str:
    """Write what a value counts."""
    return str(UNITS.get(code, code))


@register.filter
def question_word(code: str) -> str:
    """Write what a question is about."""
    return str(QUESTIONS.get(code, code))


@register.filter
def value_words(text: str) -> str:
    """Write a value of a parameter."""
    return part_words(text, "values")


@register.filter
def kept_moment(text: str) -> datetime:
    """Return a moment that a report keeps as text."""
    return datetime.fromisoformat(text)
