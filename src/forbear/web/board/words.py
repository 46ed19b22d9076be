"""The reader's words for codes the board shows."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang
from forbear.web.runs import words as of_runs

QUEUES = {
    "early": _("Early stage"),
    "middle": _("Middle stage"),
    "late": _("Late stage"),
    "visit": _("Visits"),
    "legal": _("Legal"),
}
WAITING = (_("today"), _("1 day"), _("2–3 days"), _("4–7 days"), _("8–14 days"), _("15 days or more"))
STEP_STATES = {"running": _("Running"), "done": _("Done"), "failed": _("Failed")}


def queue(code: str) -> str | Promise:
    """Return the name of a queue; an unknown code is shown as it is."""
    return QUEUES.get(code, code)


def bucket(code: str) -> str:
    """Return the name of a bucket or of where an account went."""
    return of_runs.bucket(code)


def instrument(rule_id: str) -> str:
    """Return the title of the instrument a rule comes from; empty when the packs no longer hold the rule."""
    rule = packs_now().rules.get(rule_id)
    return rule.instrument.title[reading_lang()] if rule else ""


def article(rule_id: str, kept: str) -> str:
    """Return where a rule stands; as the decisions kept it when the packs no longer hold the rule."""
    rule = packs_now().rules.get(rule_id)
    return rule.article[reading_lang()] if rule else kept


def step(code: str) -> str:
    """Return a step of the run in the reader's words; a step the run no longer has is shown by its id."""
    return of_runs.step(code)
