"""What stands against a draft, in words that say what to do. The packs' own load-time checks are the judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from forbear import questions
from forbear.packs import NoLawInForce, PackError, Packs, Parameter, PolicyLoosensLaw, gettext_noop
from forbear.packs.files import packs_root
from forbear.questions.lawcheck import unknown_questions
from forbear.web.law import current, overlay
from forbear.web.law.changes import parameter_fields, plain, rule_fields
from forbear.web.law.overlay import LAW_FILE, POLICY_FILE, Overlay
from forbear.web.law.words import told
from forbear.web.reading import reading_lang


@dataclass(frozen=True, slots=True)
class Side:
    """One of two rules shown side by side."""

    name: str
    where: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """The packs with a draft in them, or why there can be none."""

    packs: Packs | None
    problem: str = ""
    policy: Side | None = None  # where policy loosens law: what the draft says
    law: Side | None = None  # and what the law says


def check_draft(file: str, text: str, effective_at: datetime) -> Checked:
    """Check a file's text as of its moment, and again at each later moment at which something else changes."""
    try:
        refuse_file(file, text)
        later = {each.effective_at for each in current.publications() if each.effective_at > effective_at}
        loaded = [with_draft(file, text, moment) for moment in (effective_at, *sorted(later))]
        keep_what_code_reads(current.packs_at(effective_at), loaded[0])
        probe(loaded[0], effective_at)
        ask_what_exists(loaded[0])
    except PolicyLoosensLaw as error:
        return side_by_side(error, text, effective_at)
    except (PackError, NoLawInForce, questions.BadFact) as error:
        return Checked(None, readable(told(error)))
    except (TypeError, AttributeError, KeyError, ValueError, yaml.YAMLError) as error:
        # A file whose shape no check foresaw: say what Python met, which names the value.
        return Checked(
            None, _("The file cannot be read as a pack: %(error)s") % {"error": readable(str(error))}
        )
    return Checked(loaded[0])


def with_draft(file: str, text: str, at: datetime) -> Packs:
    """Return the packs of a moment with the draft laid over."""
    return overlay.packs_with((*(each.overlay for each in current.effective(at)), Overlay(file, text)))


def refuse_file(file: str, text: str) -> None:
    """Raise PackError for a file that no draft may hold."""
    if POLICY_FILE.fullmatch(file):
        return
    if not LAW_FILE.fullmatch(file) or not (packs_root() / file).parent.is_dir():
        raise PackError(
            gettext_noop(
                "%(file)s: a draft changes a file of house policy, or adds a file to an instrument of law"
            ),
            file=file,
        )
    if (packs_root() / file).exists():
        raise PackError(
            gettext_noop(
                "%(file)s is law as shipped and stays as it is: add the value in a new file of the instrument"
            ),
            file=file,
        )
    content = yaml.safe_load(text)
    if not isinstance(content, dict) or set(content) != {"parameters"}:
        raise PackError(
            gettext_noop(
                "%(file)s: a draft may add parameters to law, each with its source, and nothing else"
            ),
            file=file,
        )


def keep_what_code_reads(old: Packs, new: Packs) -> None:
    """Raise PackError where a parameter vanished, or no longer says which law it tightens."""
    for name, before in old.parameters.items():
        after = new.parameters.get(name)
        if after is None:
            raise PackError(
                gettext_noop("%(name)s is gone, and the program asks for it by name: keep it"), name=name
            )
        if before.tightens and after.tightens != before.tightens:
            raise PackError(
                gettext_noop("%(name)s: keep `tightens: %(law)s`, which holds policy to the law"),
                name=name,
                law=before.tightens,
            )


def probe(packs: Packs, at: datetime) -> None:
    """Ask the gate's question once in every jurisdiction that has law for it, so that the rules are made ready."""
    facts = {
        "at": at.isoformat(),
        "channel": "voice",
        "purpose": "collect",
        "party": "debtor",
        "timezone": "Asia/Shanghai",
    }
    asked = {rule.instrument.pack for rule in packs.rules.values() if rule.question == "may_contact"}
    for jurisdiction in sorted(asked & set(packs.jurisdictions())):
        questions.ask(
            "may_contact", {**facts, "jurisdiction": jurisdiction, "product": "credit_card"}, packs=packs
        )


def ask_what_exists(packs: Packs) -> None:
    """Raise PackError where a rule is of a question that does not exist, so that nobody would ever ask it."""
    for problem in unknown_questions(packs):
        raise problem


def side_by_side(error: PolicyLoosensLaw, text: str, at: datetime) -> Checked:
    """Return the refusal with the policy of the draft and the law it loosens."""
    message = told(error)
    packs = current.packs_at(at)
    content = yaml.safe_load(text)
    entries = {**(content.get("parameters") or {}), **(content.get("rules") or {})}
    for name, entry in entries.items():
        if name not in message or not isinstance(entry, dict) or "tightens" not in entry:
            continue
        law: Any = packs.parameters.get(entry["tightens"]) or packs.rules.get(entry["tightens"])
        if law is None:
            continue
        fields = parameter_fields(law) if isinstance(law, Parameter) else rule_fields(law)
        where = f"{law.instrument.title[reading_lang()]} {law.article[reading_lang()]}"
        draft = {key: written_in_file(value) for key, value in entry.items()}
        return Checked(
            None, readable(message), Side(name, _("this draft"), draft), Side(law_name(law), where, fields)
        )
    return Checked(None, readable(message))


def written_in_file(value: Any) -> str:
    """Return a part of a draft as its reader wrote it: a text in the reader's language, anything nested as plain data."""
    if isinstance(value, dict) and reading_lang() in value:
        return str(value[reading_lang()])
    return plain({str(key): each for key, each in value.items()} if isinstance(value, dict) else value)


def law_name(law: Any) -> str:
    """Return the id of a rule or the name of a parameter."""
    return str(getattr(law, "id", "") or law.name)


def readable(message: str) -> str:
    """Leave out where on this machine the files lie."""
    merged = re.escape(f"{Path(settings.HOME) / 'packs'}/") + r"[0-9a-f]{32}/"
    return re.sub(merged, "", message).replace(f"{packs_root()}/", "")
