"""The reasons for which files, rows and cells are refused or doubted, read from rules.yaml."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

RULES_FILE = Path(__file__).with_name("rules.yaml")
SEVERITIES = ("refuse", "error", "warn")


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason: what is wrong and what to do, as an English message id and its Chinese translation."""

    id: str
    severity: str
    message: str
    message_zh: str
    suggestion: str
    suggestion_zh: str


@cache
def rules() -> Dict[str, Rule]:
    """Read all rules by id; raise ValueError when one has an unknown severity."""
    found: dict[str, Rule] = {}
    for name, body in yaml.safe_load(RULES_FILE.read_text("utf-8"))["rules"].items():
        if body["severity"] not in SEVERITIES:
            raise ValueError(f"rule {name}: severity {body['severity']!r} is none of {SEVERITIES}")
        found[name] = Rule(name, body["severity"], body["en"], body["zh"], body["todo"], body["todo_zh"])
    return found
