"""Worked cases of law and policy as a lawyer writes them: read from {law,policy}/*/vectors/*.yaml, asked, and compared in part.

A case that fails says so in the terms of the rule: what the vector expects, what the answer says, and the rules with
their article and text that led to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from forbear.packs import NoLawInForce, PackError, Packs
from forbear.questions.counting import Call, count_calls
from forbear.questions.facts import BadFact
from forbear.questions.registry import ask

CASE_KEYS = frozenset(("name", "given", "calls", "then", "raises", "field", "packs"))
SPECIAL = frozenset(("rules", "without", "needs_among", "says"))
RAISES: Mapping[str, type[Exception]] = {"NoLawInForce": NoLawInForce, "BadFact": BadFact}


@dataclass(frozen=True)
class Vector:
    """One worked case. `packs` is "all", or "law" for law without house policy."""

    path: Path
    question: str
    name: str
    given: Mapping[str, Any]
    calls: tuple[Mapping[str, Any], ...] = ()
    then: Mapping[str, Any] | None = None
    raises: str | None = None
    field: str | None = None
    packs: str = "all"

    @property
    def pack(self) -> str:
        """Name the jurisdiction whose folder holds the vector."""
        return self.path.parent.parent.name

    def facts(self, packs: Packs) -> dict[str, Any]:
        """Return the facts to ask with: those given, and the counters of the calls listed."""
        if not self.calls:
            return dict(self.given)
        calls = [
            Call(**{k: tuple(v) if isinstance(v, list) else v for k, v in c.items()}  # type: ignore[arg-type]  # a vector is data; a wrong one fails its test
                 | {"at": datetime.fromisoformat(c["at"])})
            for c in self.calls
        ]  # fmt: skip
        at = datetime.fromisoformat(self.given["at"])
        counters = count_calls(
            packs, self.given["jurisdiction"], calls, at=at, timezone=self.given["timezone"]
        )
        return {**counters, **self.given}


def load_vectors(root: Path) -> list[Vector]:
    """Return every vector of law, then of policy; raises PackError for a case that says neither or both of then and raises."""
    paths = [path for room in ("law", "policy") for path in sorted((root / room).glob("*/vectors/*.yaml"))]
    return [vector for path in paths for vector in _vectors(path)]


def accepted_gaps(root: Path) -> dict[str, str]:
    """Return by name of a rule or parameter why the coverage report takes it without a case."""
    found: dict[str, str] = {}
    for path in sorted((root / "law").glob("*/vectors/coverage.yaml")):
        for names, why in (yaml.safe_load(path.read_text(encoding="utf-8")).get("accepted") or {}).items():
            found |= dict.fromkeys(map(str.strip, names.split(",")), why)
    return found


def _vectors(path: Path) -> Iterator[Vector]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "question" not in content:  # exceptions of the coverage report
        return
    base = content.get("base", {})
    for case in content["cases"]:
        name = case.get("name", "without a name")
        if unknown := sorted(set(case) - CASE_KEYS):
            raise PackError(
                f"{path}: {name}: unknown key {unknown[0]!r}; known: {', '.join(sorted(CASE_KEYS))}"
            )
        if ("then" in case) == ("raises" in case):
            raise PackError(f"{path}: {name}: say either `then` or `raises`")
        yield Vector(
            path,
            content["question"],
            name,
            {**base, **case.get("given", {})},
            tuple(case.get("calls", ())),
            case.get("then"),
            case.get("raises"),
            case.get("field"),
            case.get("packs", "all"),
        )


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Say where the expected part and the answer differ; mappings are compared in part, all else whole."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            d for key, value in expected.items() for d in differences(value, found.get(key), f"{where}{key}.")
        ]
    if expected == found:
        return []
    return [f"{where.rstrip('.')}: the vector says {expected!r}, the answer is {found!r}"]


def compare(then: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return what differs between a vector and an answer, in the terms of the rules."""
    found = differences({k: v for k, v in then.items() if k not in SPECIAL}, answer)
    effects = {reason["rule"]: reason["effect"] for reason in answer["reasons"]}
    for rule, effect in then.get("rules", {}).items():
        if effects.get(rule) != effect:
            found.append(
                f"rule {rule}: the vector says {effect}, the answer says {effects.get(rule, 'nothing')}"
            )
    found += [f"rule {rule}: must not be a reason" for rule in then.get("without", ()) if rule in effects]
    found += [
        f"needs: {fact} is missing" for fact in then.get("needs_among", ()) if fact not in answer["needs"]
    ]
    texts = {reason["rule"]: reason["text"] for reason in answer["reasons"]}
    for rule, parts in then.get("says", {}).items():
        found += [
            f"rule {rule}: its text must say {part!r}, it says {texts.get(rule, 'nothing')!r}"
            for part in parts if part not in texts.get(rule, "")
        ]  # fmt: skip
    return found


def failure(vector: Vector, packs: Packs, lang: str = "en") -> str | None:
    """Ask one vector alone; return None where it holds, or the text that says what differs and which rules decided."""
    try:
        answer = ask(vector.question, vector.facts(packs), packs=packs, lang=lang)
    except (NoLawInForce, BadFact) as error:
        if vector.raises and isinstance(error, RAISES[vector.raises]):
            named = getattr(error, "field", None)
            if vector.field in (None, named):
                return None
            return f"{vector.name}: the vector says the field {vector.field}, the error names {named}"
        return f"{vector.name}: {type(error).__name__}: {error}"
    if vector.then is None:
        return f"{vector.name}: the vector says {vector.raises}, but the answer is {answer['answer']!r}"
    found = compare(vector.then, answer)
    if not found:
        return None
    reasons = [
        f"  {r['effect']}: {r['rule']} {r['instrument']} {r['article']}: {r['text']}"
        for r in answer["reasons"]
    ]
    return "\n".join([vector.name, *found, f"reasons of the answer {answer['answer']!r}:", *reasons])
