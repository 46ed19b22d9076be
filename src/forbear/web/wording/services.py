"""Writes and renders templates: a version is checked and linted when saved, approved by another, linted when sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from forbear import questions
from forbear.nightly import templates as shipped_templates
from forbear.nightly.messages import fault_of
from forbear.web.law.current import packs_now
from forbear.web.wording.models import TemplateVersion
from forbear.web.wording.slots import slots

if TYPE_CHECKING:
    from forbear.web.people.models import User

LANGUAGES = ("zh-hans", "en")
SLOT = re.compile(r"\{([a-z_]+)\}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
KINDS = ("sms", "email", "push", "wecom", "letter")
SEVERE = "block"
STAND_IN = "甲"  # for a value nobody knows yet
STRAY = re.compile(r"[{}]")
SHIPPED = 1  # the number of the version in the files of the house policy


class WordingRefused(ValueError):
    """A template or a rendered text that may not be used; `field` names the part, `hits` what lint found."""

    def __init__(self, message: str, field: str = "", hits: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.field, self.hits = field, hits or []


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text ready to send, and which version of which template it came from."""

    text: str
    template_version: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One version as it may be used: from the database, or the one shipped with the house policy."""

    key: str
    number: int
    title: Mapping[str, str]
    text: Mapping[str, str]
    variables: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name the version, as it is written beside every message."""
        return f"{self.key}@{self.number}"


def current(key: str, at: datetime) -> Wording:
    """Return the version of a template that is approved at a moment; raises WordingRefused for an unknown one."""
    version = (
        TemplateVersion.objects.filter(key=key, approved_at__lte=at)
        .order_by("-approved_at", "-number")
        .first()
    )
    if version is not None:
        return Wording(key, version.number, version.title, version.text, tuple(version.variables))
    shipped = shipped_templates(packs_now()).get(key)
    if shipped is None:
        raise WordingRefused(_("There is no approved template “%(key)s”.") % {"key": key}, "key")
    return Wording(key, SHIPPED, shipped.title, shipped.text, shipped.variables)


def render(
    template_key: str, lang: str, values: Mapping[str, str], context: Mapping[str, Any], *, at: datetime
) -> Rendered:
    """Fill the approved version and lint the result in its context; raises WordingRefused, so nothing is sent.

    values: one text per variable of the template, no more and no fewer. context: the facts of message_lint beside
    the text, and `kind` (sms, email, letter, ..).
    """
    wording = current(template_key, at)
    if lang not in wording.text:
        raise WordingRefused(_("The template has no text in this language."), "lang")
    refuse_mistyped(values, at)
    text = fill(wording.text[lang], wording.variables, values)
    refuse_improper(text, context, at.date())
    return Rendered(text, wording.name)


def fill(text: str, variables: tuple[str, ...], values: Mapping[str, str]) -> str:
    """Put values into a text; raises WordingRefused for one that is missing, too many, empty, or has a slot itself."""
    if wrong := sorted(set(variables) ^ set(values)):
        raise WordingRefused(_("“%(name)s” is missing or is no variable of this template.") % {"name": wrong[0]}, wrong[0])  # fmt: skip
    for name, value in values.items():
        if not str(value).strip() or STRAY.search(str(value)):
            raise WordingRefused(_("“%(name)s” has no usable value.") % {"name": name}, name)
    return SLOT.sub(lambda slot: str(values[slot[1]]), text)


def refuse_mistyped(values: Mapping[str, str], at: datetime) -> None:
    """Raise WordingRefused for a value that is not of its variable's type."""
    known = slots(at)
    for name, value in values.items():
        if name in known and not known[name].fits(str(value)):
            raise WordingRefused(_("“%(name)s” has no usable value.") % {"name": name}, name)


def refuse_improper(text: str, context: Mapping[str, Any], on: date) -> None:
    """Raise WordingRefused with the hits where lint does not find the text clean."""
    if found := improper(text, context, on):
        words = ", ".join(hit["text"] for hit in found)
        raise WordingRefused(_("The text may not be sent: %(words)s") % {"words": words}, "text", found)


def improper(text: str, context: Mapping[str, Any], on: date) -> list[dict[str, Any]]:
    """Return what lint finds in a text; context: the facts of message_lint, and `kind` (sms, email, letter, ..)."""
    facts = {"on": on.isoformat(), **context}
    kind = facts.pop("kind", "sms")
    found = questions.ask("message_lint", {"text": text, "kind": kind, "context": facts})
    return list(found["hits"])


@transaction.atomic
def write(
    *, key: str, title: Mapping[str, str], text: Mapping[str, str], variables: list[str], kind: str = "sms",
    at: datetime, by: User,
) -> TemplateVersion:  # fmt: skip
    """Save a new version, which nobody may use before another approves it; raises WordingRefused."""
    _refuse_role(by)
    if not KEY.fullmatch(key):
        raise WordingRefused(_("A name has small letters, digits and _, and begins with a letter."), "key")
    if kind not in KINDS:
        raise WordingRefused(_("Say for which channel the text is."), "kind")
    if set(text) != set(LANGUAGES) or set(title) != {"zh", "en"}:
        raise WordingRefused(_("Write title and text in both languages."), "text")
    for lang, written in text.items():
        used = set(SLOT.findall(written))
        if used != set(variables) or STRAY.search(SLOT.sub("", written)):
            raise WordingRefused(_("The variables of the text are not those declared."), f"text.{lang}")
        if fault := fault_of(written, variables):
            raise WordingRefused(fault, f"text.{lang}")
    doubts = doubts_of(text, kind, at.date())
    last = TemplateVersion.objects.filter(key=key).aggregate(last=Max("number"))["last"] or SHIPPED
    return TemplateVersion.objects.create(
        key=key, number=last + 1, title=dict(title), text=dict(text), variables=sorted(variables),
        written_at=at, written_by=by, kind=kind,
        doubts=doubts,
    )  # fmt: skip


@transaction.atomic
def approve(version: TemplateVersion, *, at: datetime, by: User, looked_at: bool = False) -> None:
    """Let a version be used from now on; its author may not, and lint is asked again. Raises WordingRefused.

    Where lint has doubts, whoever approves says that they were looked at.
    """
    _refuse_role(by)
    version = TemplateVersion.objects.select_for_update().get(pk=version.pk)
    if version.written_by_id == by.pk:
        raise WordingRefused(_("Whoever wrote a version does not approve it."), "by")
    if version.approved_at is not None:
        return
    version.doubts = doubts_of(version.text, version.kind, at.date())
    if version.doubts and not looked_at:
        raise WordingRefused(_("Look at the marked words first, and say that you did."), "looked_at")
    version.approved_at, version.approved_by = at, by
    version.save(update_fields=["approved_at", "approved_by", "doubts"])


def doubts_of(text: Mapping[str, str], kind: str, on: date) -> list[dict[str, str]]:
    """Return what lint wants a person to look at; raises WordingRefused for what no person may let through."""
    doubts = []
    for lang, written in text.items():
        found = improper(SLOT.sub(STAND_IN, written), {"kind": kind}, on)
        if severe := [hit for hit in found if hit["severity"] == SEVERE]:
            words = ", ".join(hit["text"] for hit in severe)
            raise WordingRefused(
                _("The text may not be sent: %(words)s") % {"words": words}, f"text.{lang}", found
            )
        doubts += [{"rule": hit["rule"], "text": hit["text"], "lang": lang} for hit in found]
    return doubts


def _refuse_role(by: User) -> None:
    if by.role not in packs_now().value("house/messages/template_roles", date.max):
        raise PermissionDenied("this role neither writes nor approves templates")
