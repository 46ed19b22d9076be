"""The roles of n visits from the house's table, with what asked for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.money import parse_minor
from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.periods import Days, on_day, stretches
from forbear.questions.visit_team.facts import COMPLEXITY, RISKS, ROLES, STAGES
from forbear.questions.visit_team.people import Limits, choose

TEAM, STAY_AWAY = "house/visits/team", "house/visits/stay_away"
VISITORS_MIN, LICENSED, INCIDENTS = (
    "house/visits/visitors_min", "house/visits/licensed_roles", "house/visits/incidents_max",
)  # fmt: skip
LAW_MIN, LAW_RULE = "cn/cba-2026-guide/visitors_min", "CBA26-VISIT"
ADVICE = ("go", "manager_decides", "do_not_visit")  # weakest first
FLAGS: Mapping[str, tuple[str, ...]] = {"complexity": COMPLEXITY, "risk": RISKS, "stage": STAGES}
CLAUSES = frozenset((*FLAGS, "amount_from"))
WORDS: Mapping[str, Mapping[str, str]] = {
    "amount_from": {"zh": "欠款达{}元", "en": "a debt of {} or more"},
    "dispute": {"zh": "有争议", "en": "a dispute"},
    "complaint_open": {"zh": "投诉处理中", "en": "an open complaint"},
    "represented": {"zh": "已委托代理人", "en": "a representative"},
    "litigation_possible": {"zh": "可能涉诉", "en": "a suit that may follow"},
    "guarantor": {"zh": "涉及担保人", "en": "a guarantor"},
    "heirs": {"zh": "涉及继承人", "en": "heirs"},
    "several_debts": {"zh": "多笔欠款", "en": "several debts"},
    "business_debt": {"zh": "经营性债务", "en": "a business debt"},
    "documents_contested": {"zh": "单据存疑", "en": "contested documents"},
    "cross_border": {"zh": "涉外", "en": "a matter across borders"},
    "hardship": {"zh": "困难客户", "en": "hardship"},
    "vulnerable": {"zh": "脆弱群体", "en": "a vulnerable person"},
    "media": {"zh": "媒体关注", "en": "attention of the media"},
    "language": {"zh": "语言不通", "en": "another language"},
    "threat_to_staff": {"zh": "曾威胁催收员", "en": "threats to staff"},
    "violence_history": {"zh": "有暴力记录", "en": "violence before"},
    "weapon": {"zh": "可能持械", "en": "a weapon"},
    "crowd": {"zh": "可能聚众", "en": "a crowd"},
    "dangerous_dog": {"zh": "有烈犬", "en": "a dangerous dog"},
    "remote_area": {"zh": "地处偏远", "en": "a remote place"},
    "minor_at_home": {"zh": "家中有未成年人", "en": "a minor at home"},
    "self_harm": {"zh": "有轻生倾向", "en": "a danger of self-harm"},
    "mental_illness": {"zh": "精神疾病", "en": "mental illness"},
    "infectious_disease": {"zh": "传染病", "en": "an infectious disease"},
    "reminder": {"zh": "提醒阶段", "en": "the stage of reminders"},
    "collection": {"zh": "催收阶段", "en": "the stage of collection"},
    "pre_litigation": {"zh": "诉前阶段", "en": "the stage before a suit"},
    "litigation": {"zh": "诉讼阶段", "en": "a pending suit"},
    "enforcement": {"zh": "执行阶段", "en": "enforcement"},
}


@dataclass(frozen=True)
class VisitTeamAnswer:
    """`roles`, shape (n, len(ROLES)), says who goes; `advice`, shape (n,), indexes ADVICE."""

    n: int
    roles: NDArray[np.bool_]
    advice: NDArray[np.int8]
    day: Days
    facts: Columns
    packs: Packs

    @property
    def number(self) -> NDArray[np.int64]:
        """Return how many people go."""
        found: NDArray[np.int64] = self.roles.sum(axis=1)
        return found

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.day[i].astype(object)
        roles = [role for role, goes in zip(ROLES, self.roles[i], strict=True) if goes]
        results: dict[str, Any] = {"roles": roles, "number": len(roles), "advice": ADVICE[self.advice[i]]}
        people = self.facts["candidates"][i]
        if people is not None:
            limits = Limits(
                on,
                tuple(self.packs.value(LICENSED, on)),
                self.packs.value(INCIDENTS, on),
                self.facts["language"][i],
            )
            results["team"], results["unfilled"], results["excluded"] = choose(people, roles, limits)
        needs = [name for name in ("complexity", "risk") if self.facts[name][i] is None]
        needs += ["stage"] if self.facts["stage"][i] < 0 else []
        return envelope(roles, results, self._reasons(i, roles, lang), on=on, packs=self.packs, needs=needs)

    def _reasons(self, i: int, roles: Sequence[str], lang: str) -> list[dict[str, Any]]:
        on = self.day[i].astype(object)
        least = self.packs.value(VISITORS_MIN, on)
        stop = [
            row
            for row in self.packs.value(STAY_AWAY, on)
            if set(row["risk"]) & set(self.facts["risk"][i] or ())
        ]
        because = {row["rule"]: self._risks(row, i) for row in stop}
        because |= {
            row["rule"]: self._because(row, i) for row in self.packs.value(TEAM, on) if row["role"] in roles
        }
        found = [
            self.packs.reason(rule, on=on, lang=lang, visitors_min=least, because=_listed(causes, lang))
            for rule, causes in because.items()
        ]
        if self.packs.rules[LAW_RULE].in_force(on):
            law = self.packs.value(LAW_MIN, on)
            found.append(self.packs.reason(LAW_RULE, on=on, effect="note", lang=lang, visitors_min=law))
        return found

    def _risks(self, row: Mapping[str, Any], i: int) -> list[tuple[str, str]]:
        return [(risk, "") for risk in RISKS if risk in row["risk"] and risk in self.facts["risk"][i]]

    def _because(self, row: Mapping[str, Any], i: int) -> list[tuple[str, str]]:
        """Return what asked for a role, from the alternatives that hold."""
        causes: dict[tuple[str, str], None] = {}
        for alternative in row["when"]:
            if not _holds(alternative, self.facts, slice(i, i + 1))[0]:
                continue
            if "amount_from" in alternative:
                causes["amount_from", alternative["amount_from"]] = None
            given = {*(self.facts["complexity"][i] or ()), *(self.facts["risk"][i] or ())}
            if self.facts["stage"][i] >= 0:
                given.add(STAGES[self.facts["stage"][i]])
            for name in FLAGS:
                causes |= {(flag, ""): None for flag in alternative.get(name, ()) if flag in given}
        return list(causes)


def _listed(causes: Sequence[tuple[str, str]], lang: str) -> str:
    return {"zh": "、", "en": ", "}[lang].join(WORDS[name][lang].format(value) for name, value in causes)


def answer(columns: Columns, *, packs: Packs, n: int) -> VisitTeamAnswer:
    """Compose n teams, each by the policy of its day."""
    day = on_day(columns["as_of"], packs, (TEAM, STAY_AWAY, LAW_MIN))
    packs.values(TEAM, day)  # raises, marking the rows of days without a policy
    roles = np.zeros((n, len(ROLES)), dtype=bool)
    advice = np.zeros(n, dtype=np.int8)
    for start, until, table in stretches(packs, TEAM):
        held = (day >= start) & (day <= until)
        for row in _checked(table):
            goes = np.any([_holds(alternative, columns, slice(None)) for alternative in row["when"]], axis=0)
            roles[:, ROLES.index(row["role"])] |= held & goes
    for start, until, table in stretches(packs, STAY_AWAY):
        held = (day >= start) & (day <= until)
        for row in table:
            here = held & _any_of(columns["risk"], row["risk"])
            advice = np.where(here, np.maximum(advice, ADVICE.index(row["advice"])), advice).astype(np.int8)
    short = roles.sum(axis=1) < packs.values(VISITORS_MIN, day)
    if short.any():
        raise PackError(
            gettext_noop(
                "%(team)s: some visits would have fewer people than %(visitors_min)s; add a role that always goes"
            ),
            team=TEAM,
            visitors_min=VISITORS_MIN,
        )
    return VisitTeamAnswer(n, roles, advice, day, columns, packs)


def _checked(table: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the table; raises PackError for a role, clause or flag that no visit can have."""
    for row in table:
        known = {*CLAUSES}, {flag for flags in FLAGS.values() for flag in flags}
        clauses = {clause for alternative in row["when"] for clause in alternative}
        flags = {flag for alternative in row["when"] for name in FLAGS for flag in alternative.get(name, ())}
        if (
            wrong := sorted({row["role"]} - set(ROLES))
            + sorted(clauses - known[0])
            + sorted(flags - known[1])
        ):
            raise PackError(
                gettext_noop("%(team)s: %(wrong)r is no role, clause or flag of a visit"),
                team=TEAM,
                wrong=wrong[0],
            )
    return table


def _holds(alternative: Mapping[str, Any], columns: Columns, rows: slice) -> NDArray[np.bool_]:
    """Say of each visit whether every clause of an alternative holds; an empty one always does."""
    amount = columns["amount"][rows]
    held = np.ones(amount.shape, dtype=bool)
    if "amount_from" in alternative:
        held &= amount >= parse_minor(alternative["amount_from"])
    for name in ("complexity", "risk"):
        if name in alternative:
            held &= _any_of(columns[name][rows], alternative[name])
    if "stage" in alternative:
        held &= np.isin(columns["stage"][rows], [STAGES.index(stage) for stage in alternative["stage"]])
    return held


def _any_of(lists: NDArray[Any], flags: Sequence[str]) -> NDArray[np.bool_]:
    wanted = set(flags)
    return np.fromiter((bool(given) and not wanted.isdisjoint(given) for given in lists), bool, len(lists))
