"""What the context adds to a reading: flags of the scene, and facts that the text gets wrong."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from forbear.language import Finding, Scene
from forbear.packs import NoLawInForce, Packs
from forbear.questions.message_lint.facts import MessageLintFacts

QUIET_FROM, QUIET_TO = "cn/cba-2026-guide/quiet_from", "cn/cba-2026-guide/quiet_to"
REPAIR = "cn/credit-repair-2025/window/window"
THIRD = ("related_third_party", "unrelated_third_party")
TIMED = ("sms", "email", "call", "visit", "push", "wecom")
CASE_NUMBER = re.compile(r"案号|[(（]20\d\d[)）].{1,12}号|case (?:no|number)", re.IGNORECASE)
MONEY = re.compile(
    r"(?:[¥￥]\s?(?P<a>\d[\d,]*(?:\.\d{1,2})?)|(?P<b>\d[\d,]*(?:\.\d{1,2})?)\s?(?P<unit>万?)\s?(?:元|块|yuan|CNY|RMB))",
    re.IGNORECASE,
)
ADDRESSED = re.compile(
    r"(?:尊敬的|致|你好[，,]?|您好[，,]?)\s?(?P<name>[一-鿿]{1,4}?)(?P<title>先生|女士|小姐)"
)
TEN_THOUSAND = 10_000  # what 万 stands for


def scene_of(facts: MessageLintFacts, packs: Packs, on: date) -> Scene:
    """Return the flags that the context sets."""
    context = facts.context
    flags = {
        "outgoing": facts.kind != "note",
        "third": context.party in THIRD,
        "unverified": context.identity_confirmed is False,
        "consent": context.consented,
        "refused": context.refused,
        "licensed": context.licensed_lawyer,
        "reminder": context.stage == "reminder",
        "night": facts.kind in TIMED and context.at is not None and _is_night(context.at, packs, on),
        "window_open": _window_open(packs, on),
        "case_number": bool(context.case_number)
        or (context.case_number is None and bool(CASE_NUMBER.search(facts.text))),
        "debtor_note": facts.kind == "note",
    }
    return Scene(facts.kind, frozenset(flag for flag, is_set in flags.items() if is_set))


def _is_night(at: datetime, packs: Packs, on: date) -> bool:
    try:
        start, end = packs.value(QUIET_FROM, on), packs.value(QUIET_TO, on)
    except NoLawInForce:
        return False
    local = at.astimezone(ZoneInfo(packs.zones["cn"]))
    second = (local.hour * 60 + local.minute) * 60 + local.second
    inside: bool = start <= second < end if start <= end else second >= start or second < end
    return inside


def _window_open(packs: Packs, on: date) -> bool:
    try:
        until: date = packs.value(REPAIR, on)["repaid_until"]
    except NoLawInForce:
        return False
    return on <= until


def wrong_facts(facts: MessageLintFacts) -> list[Finding]:
    """Return the sums and names in the text that are not those of the account."""
    return [*_wrong_sums(facts), *_wrong_names(facts)]


def _wrong_sums(facts: MessageLintFacts) -> list[Finding]:
    known = {Decimal(amount) for amount in facts.context.amounts}
    found = []
    for match in MONEY.finditer(facts.text) if known else ():
        written = Decimal((match["a"] or match["b"]).replace(",", ""))
        if written * (TEN_THOUSAND if match["unit"] else 1) not in known:
            found.append(_wrong(match.start(), match.end(), match[0]))
    return found


def _wrong_names(facts: MessageLintFacts) -> list[Finding]:
    name = facts.context.name
    if not name:
        return []
    return [
        _wrong(match.start("name"), match.end("title"), match[0])
        for match in ADDRESSED.finditer(facts.text)
        if not name.startswith(match["name"])
    ]


def _wrong(start: int, end: int, words: str) -> Finding:
    return Finding("false_claim", "wrong_fact", start, end, "context", (words,))
