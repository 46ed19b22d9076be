"""What signals, words and channels of replies are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from forbear.language import shared_reader
from forbear.language.book import FOLDER
from forbear.packs.files import packs_root
from forbear.web.cases.models import HoldKind
from forbear.web.cases.words import TASKS
from forbear.web.outbox.words import CHANNELS
from forbear.web.reading import reading_lang

WORDS: Mapping[str, Promise] = {
    "stop": lazy("asks to stop"), "callback": lazy("asks for a call"), "not_me": lazy("says: not me"),
}  # fmt: skip
URGENCY: Mapping[str, tuple[Promise, str]] = {  # gravest first
    "critical": (lazy("Emergency"), "bad"),
    "act": (lazy("Acted on"), "soon"),
    "review": (lazy("To be looked at"), "info"),
    "note": (lazy("For the record"), "plain"),
    "none": (lazy("Nothing special"), "plain"),
}
VOICE: Mapping[str, Promise] = {"voice": lazy("Call"), "page": lazy("Own page")}


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, Mapping[str, str]]:
    book = shared_reader("debtor", packs_root().joinpath(*FOLDER)).book
    return {name: category.title for name, category in book.categories.items()}


def signal(code: str) -> str:
    """Name a signal; an unknown one is shown as it is."""
    titles = _titles().get(code, {})
    return titles.get(reading_lang(), code)


def channel(code: str) -> str:
    """Name the channel a reply came by."""
    return str({**CHANNELS, **VOICE}.get(code, code))


def done(action: Mapping[str, Any]) -> str:
    """Say what a reply forced: a hold, a task, a channel closed, a number set apart, messages withdrawn."""
    forced = action["forced"]
    if "hold" in forced:
        return _("on hold: %(kind)s") % {"kind": HoldKind(forced["hold"]).label}
    if "task" in forced:
        return _("to do: %(kind)s") % {"kind": TASKS.get(forced["task"], forced["task"])}
    if "channel_off" in forced:
        return _("channel closed: %(channel)s") % {"channel": channel(action.get("channel", ""))}
    if "withdraw" in forced:
        return _("messages withdrawn: %(n)d") % {"n": action.get("messages", 0)}
    return _("number set apart")


def sentence(kind: str, said: Mapping[str, Any]) -> str:
    """Return the sentence of a timeline event of replies."""
    if kind == "paged":
        return _("%(who)s was called.") % {"who": said.get("to", "")}
    if kind == "reply":
        told = [str(WORDS[said["word"]])] if said.get("word") in WORDS else []
        told += [signal(code) for code in dict.fromkeys(said.get("signals", ()))]
        return " · ".join([channel(said.get("channel", "")), *told])
    return str(said.get("reason") or "")
