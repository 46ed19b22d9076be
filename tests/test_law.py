"""The law, as vectors: each alone, then all of a file together in any order."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from forbear import questions
from forbear.packs import Packs, load_packs

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "law").glob("*/vectors/*.yaml"))
RAISES = {"NoLawInForce": questions.NoLawInForce, "BadFact": questions.BadFact}
CASE_KEYS = {"name", "given", "then", "raises", "field", "packs"}
SPECIAL = {"rules", "without", "needs_among"}


@cache
def vectors(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def facts(path: Path, case: dict[str, Any]) -> dict[str, Any]:
    return {**vectors(path).get("base", {}), **case["given"]}


@pytest.fixture(scope="session")
def packs_by_name(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Packs]:
    alone = tmp_path_factory.mktemp("law-alone")
    shutil.copytree(ROOT / "law", alone / "law")
    return {"all": load_packs(ROOT), "law": load_packs(alone)}


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Say where the expected part and the answer differ; mappings are compared in part, all else whole."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            d for key, value in expected.items() for d in differences(value, found.get(key), f"{where}{key}.")
        ]
    return (
        []
        if expected == found
        else [f"{where.rstrip('.')}: the vector says {expected!r}, the answer is {found!r}"]
    )


def check(case: dict[str, Any], answer: dict[str, Any]) -> None:
    then = case["then"]
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
    reasons = "\n".join(
        f"  {r['effect']}: {r['rule']} {r['instrument']} {r['article']}: {r['text']}"
        for r in answer["reasons"]
    )
    assert not found, (
        f"{case['name']}\n" + "\n".join(found) + f"\nreasons of the answer {answer['answer']!r}:\n{reasons}"
    )


ALL = [
    pytest.param(p, c, id=f"{p.parent.parent.name}/{p.stem}: {c['name']}")
    for p in FILES
    for c in vectors(p)["cases"]
]


@pytest.mark.parametrize(("path", "case"), ALL)
def test_law(path: Path, case: dict[str, Any], packs_by_name: dict[str, Packs]) -> None:
    assert set(case) <= CASE_KEYS, f"unknown key in the vector: {set(case) - CASE_KEYS}"
    assert ("then" in case) != ("raises" in case), "a vector says either `then` or `raises`"
    name, packs = vectors(path)["question"], packs_by_name[case.get("packs", "all")]
    if "then" in case:
        check(case, questions.ask(name, facts(path, case), packs=packs))
        return
    with pytest.raises(RAISES[case["raises"]]) as raised:
        questions.ask(name, facts(path, case), packs=packs)
    if "field" in case:
        assert raised.value.field == case["field"]


def answered(path: Path, which: str) -> list[dict[str, Any]]:
    return [c for c in vectors(path)["cases"] if "then" in c and c.get("packs", "all") == which]


BATCHES = [
    pytest.param(p, which, id=f"{p.parent.parent.name}/{p.stem}: {which} packs")
    for p in FILES
    for which in ("all", "law")
    if answered(p, which)
]


@pytest.mark.parametrize(("path", "which"), BATCHES)
def test_a_batch_in_any_order_gives_each_row_the_answer_it_gets_alone(
    path: Path, which: str, packs_by_name: dict[str, Packs]
) -> None:
    name, packs, cases = vectors(path)["question"], packs_by_name[which], answered(path, which)
    alone = [questions.ask(name, facts(path, case), packs=packs) for case in cases]
    for seed in range(3):
        order = random.Random(seed).sample(range(len(cases)), len(cases))
        together = questions.ask_many(name, [facts(path, cases[i]) for i in order], packs=packs)
        assert together == [alone[i] for i in order]


def test_there_are_vectors() -> None:
    assert FILES, "law/*/vectors/*.yaml is empty"


def test_a_wrong_vector_fails_in_the_terms_of_the_rule(packs_by_name: dict[str, Packs]) -> None:
    path = ROOT / "law/cn/vectors/contact.yaml"
    case = dict(
        next(c for c in vectors(path)["cases"] if c["name"].startswith("T01")), then={"answer": "allowed"}
    )
    with pytest.raises(
        AssertionError, match=r"the vector says 'allowed', the answer is 'refused'(.|\n)*CBA26-HOURS"
    ):
        check(case, questions.ask("may_contact", facts(path, case), packs=packs_by_name["all"]))


def test_each_dated_value_and_rule_of_contact_has_a_vector_on_its_first_day_and_the_day_before(
    packs_by_name: dict[str, Packs],
) -> None:
    packs = packs_by_name["law"]
    tested = {
        facts(p, c)["at"][:10]
        for p in FILES
        if vectors(p)["question"] == "may_contact"
        for c in vectors(p)["cases"]
    }
    for rule in packs.rules_of("may_contact", packs.jurisdictions()):
        first = rule.starts_on
        eve = first.fromordinal(first.toordinal() - 1)
        assert {str(first), str(eve)} <= tested, f"{rule.id}: no vector at the edge {first}"
