"""The words of acts: what rules name as `act` and `detail` is a code to them and must read as words on screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forbear.packs.errors import PackError, gettext_noop
from forbear.packs.fields import langs, only
from forbear.packs.files import ACTS, read_yaml
from forbear.packs.model import NAMED, Packs, Rule

Words = dict[str, Mapping[str, Mapping[str, str]]]  # by fact, by value: the words by language


def read_acts(root: Path, files: dict[str, list[Path]]) -> dict[str, Words]:
    """Return by pack the words of its acts.yaml, and add the file to those of the pack; raises PackError."""
    found: dict[str, Words] = {}
    for pack, of_pack in files.items():
        for path in (root / part / pack / ACTS for part in ("law", "policy")):
            if path.is_file():
                content = read_yaml(path) or {}
                only(content, set(NAMED), path, "acts")
                of_pack.append(path)
                found[pack] = {fact: _texts(texts, path, fact) for fact, texts in content.items()}
    return found


def _texts(texts: Any, path: Path, fact: str) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(texts, dict):
        raise PackError(
            gettext_noop("%(path)s: %(name)s: write one text in both languages for each"),
            path=path,
            name=fact,
        )
    return {str(value): langs(said, path, f"{fact}: {value}") for value, said in texts.items()}


def check_acts(packs: Packs) -> None:
    """Raise PackError at the first act or detail of a rule that has no words."""
    for rule in packs.rules.values():
        for fact, value in named(rule):
            if word(packs, fact, value, rule.instrument.pack) is None:
                raise PackError(
                    gettext_noop(
                        "%(path)s: %(rule)s: the %(fact)s %(value)r has no words: add it to %(file)s, {en: .., zh: ..}"
                    ),
                    path=rule.path,
                    rule=rule.id,
                    fact=fact,
                    value=value,
                    file=f"{'policy' if rule.instrument.force == 'policy' else 'law'}/{rule.instrument.pack}/{ACTS}",
                )


def word(packs: Packs, fact: str, value: str, pack: str = "") -> Mapping[str, str] | None:
    """Return what an act or a detail is called, by language; a law calls it by its own words, anybody else by any."""
    asked = [pack] if pack in packs.jurisdictions() else sorted(packs.acts, key=lambda name: name != pack)
    found = (packs.acts.get(name, {}).get(fact, {}).get(value) for name in asked)
    return next((words for words in found if words is not None), None)


def named(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield (fact, value) of each act and detail that a rule about acts names."""
    if "act" not in rule.applies:
        return
    for part in (rule.applies, rule.breach, *rule.unless):
        for fact in NAMED:
            values = part.get(fact, ())
            yield from ((fact, str(v)) for v in (values if isinstance(values, list | tuple) else [values]))
