"""The reader's words for the codes of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forbear.nightly import STEPS
from forbear.nightly import words as reason_words
from forbear.web.law.current import packs_now
from forbear.web.reading import reading_lang
from forbear.web.runs.models import RunState

OUTCOMES: Mapping[str, str | Promise] = {
    "call": _("Call"),
    "sms": _("Text message"),
    "push": _("App message"),
    "email": _("E-mail"),
    "letter": _("Letter"),
    "visit": _("Visit"),
    "legal": _("Legal review"),
    "wait": _("Wait"),
    "hold": _("On hold"),
    "refused": _("Refused by rule"),
    "current": _("Not overdue"),
    "with_case": _("With the case"),
}
# How the plan of the day was found, by the planner's name for it.
METHODS: Mapping[str, str | Promise] = {
    "dual": _("by prices"),
    "dual+core": _("by prices, rest exact"),
    "integer": _("exact"),
}
STAGES: Mapping[str, str | Promise] = {
    "early": _("Early stage"),
    "middle": _("Middle stage"),
    "late": _("Late stage"),
}
STATUSES: Mapping[str, str | Promise] = {
    "open": _("May be made"),
    "no_point": _("No contact point"),
    "declined": _("Declined by the debtor"),
    "refused": _("Refused by rule"),
}
VERDICTS: Mapping[str, str | Promise] = {
    "chosen": _("Chosen"),
    "not_candidate": _("Not a step of the ladder today"),
    "not_allowed": _("Not allowed"),
    "no_gain": _("Brings less than it costs"),
    "never_fits": _("Does not fit the whole day"),
    "priced_out": _("The capacity is worth more elsewhere"),
    "second_best": _("Another step is better for this case"),
    "capacity": _("No capacity left"),
    **{status: words for status, words in STATUSES.items() if status != "open"},
}
ENDS: Mapping[str, str | Promise] = {
    "new": _("New"),
    "cured": _("Cured"),
    "settled": _("Settled"),
    "absent": _("Not in today's book"),
}
STATE_TONES = {
    RunState.COMMITTED: "good",
    RunState.RUNNING: "info",
    RunState.FAILED: "bad",
    RunState.SUPERSEDED: "plain",
}
STEP_TONES = {"done": "good", "running": "info", "failed": "bad"}
STEP_STATES = {"running": _("Running"), "done": _("Done"), "failed": _("Failed")}


def outcome(code: str) -> str:
    """Return the name of an outcome or action."""
    return str(OUTCOMES.get(code, code))


def reason(code: str) -> str:
    """Return the words of a reason."""
    return reason_words(code, reading_lang())


def step(code: str) -> str:
    """Return the name of a step; the snapshot before and the commit after them are the shell's own."""
    own = {"snapshot": gettext("Take a snapshot"), "commit": gettext("Commit")}
    names = {each.id: each.en if reading_lang() == "en" else each.zh for each in STEPS}
    return own.get(code) or names.get(code, code)


def bucket(code: str) -> str:
    """Return the name of a bucket or of where an account went."""
    return str(ENDS.get(code, code))


def resource(code: str) -> str:
    """Return the name of a resource: minutes of a stage, visits in a city, messages of a channel."""
    kind, _sep, rest = code.partition("_")
    if kind == "minutes":
        return gettext("Collector minutes, %(stage)s") % {"stage": STAGES.get(rest, rest)}
    if kind == "visit" and rest:
        return gettext("Visits in %(city)s") % {"city": rest}
    return outcome(code)


def segment(code: str, on: Any) -> str:
    """Return the name of a segment as policy had it on a day."""
    for row in packs_now().value("house/segments/segments", on):
        if row["name"] == code:
            return str(row[reading_lang()])
    return code


def rule(rule_id: str) -> str:
    """Return the title of the instrument a rule stands in; empty where the packs no longer hold the rule."""
    found = packs_now().rules.get(rule_id)
    return "" if found is None else found.instrument.title[reading_lang()]


def check(line: Mapping[str, str]) -> str:
    """Return the words of a proof line."""
    return line["check"] if reading_lang() == "en" else line.get("zh", line["check"])
