"""A message on the timeline in words: by which channel it went, of which template it was, and of which version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.web.cases.models import CaseEvent
from forbear.web.cases.said import told
from forbear.web.letters import words as of_letters
from forbear.web.outbox.words import channel
from forbear.web.wording.selectors import titles
from forbear.web.wording.services import SHIPPED

# What a room of ours sends with words of its own instead of a template that people edit.
OWN: Mapping[str, LazyText] = {
    "signing_code": lazy("Code to sign with"),
    "one_time_code": lazy("Code for the own page"),
    "own_page_link": lazy("Link to the own page"),
    "breach_notice": lazy("Notice of breach"),
    "credit_notice": lazy("Notice before a report to the credit register"),
    "assignment_notice": lazy("Notice of assignment"),
    "assignment_withdrawn": lazy("Assignment withdrawn"),
}
Titles = Mapping[str, Mapping[str, str]]


def titles_of(events: Iterable[CaseEvent]) -> Titles:
    """Return the titles of the templates that these events name, by name and version; at most one query."""
    said = [event.payload for event in events if event.kind.startswith("message")]
    return titles(name_of(each) for each in said if each.get("template") and each["template"] not in OWN)


def name_of(said: Mapping[str, Any]) -> str:
    """Return the template and version an event names; older events of an outcome name no version."""
    return str(said.get("template_version") or f"{said['template']}@{SHIPPED}")


def message_words(said: Mapping[str, Any], known: Titles, on: datetime) -> str:
    """Return channel, template, version and what a person wrote; what nobody knows any more is shown as it is."""
    parts = [channel(said["channel"]) if said.get("channel") else "", str(said.get("text") or "")]
    if template := said.get("template"):
        parts[1:1] = [template_words(template, said, known, on)]
        if number := str(said.get("template_version") or "").rpartition("@")[2]:
            parts[2:2] = [_("version %(number)s") % {"number": number}]
    return " · ".join(filter(None, parts))


def template_words(template: str, said: Mapping[str, Any], known: Titles, on: datetime) -> str:
    """Return what a template is called: one of ours, one that people edit, or a kind of letter."""
    if template in OWN:
        return str(OWN[template])
    title = known.get(name_of(said))
    return told(title) if title else of_letters.kind(template, on)
