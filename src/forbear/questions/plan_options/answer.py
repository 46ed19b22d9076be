"""The answer of `plan_options`, and its public JSON (described in docs/negotiation.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from forbear.money import format_minor
from forbear.packs import Packs
from forbear.questions.envelope import envelope
from forbear.questions.periods import calendar_need
from forbear.questions.plan_options.case import Case
from forbear.questions.plan_options.draft import BANDS, Draft, Obstacle
from forbear.questions.plan_options.facts import COMPONENTS
from forbear.questions.plan_options.policy import Limit, Policy
from forbear.questions.plan_options.rows import Row, rows_of
from forbear.questions.plan_options.solve import Choice, Option, ranked

SHARE_STEP = Decimal("0.0001")  # of a share as it is shown; limits compare exactly
RANK_RULE, ORDER_RULE, APPROVAL_RULE = "HOUSE-PLAN-RANK", "PAY-560", "HOUSE-PLAN-APPROVAL"
# What a reader of an option is told beside its obstacles.
NOTES = {
    "ordinary_instalment": ("CN22-INST-TERM",),
    "personalised_instalment": ("CC11-70-TERM", "CC11-70-CONTENT", "CC11-70-ORAL"),
}
AMOUNTS = frozenset(("least", "capacity", "cash", "most", "amount_max"))


@dataclass(frozen=True)
class PlanOptionsAnswer:
    """One solved case a row; `options[i]` in the order of KINDS, `best[i]` the ranked choices."""

    n: int
    cases: list[Case]
    policies: list[Policy]
    options: list[tuple[Option, ...]]
    packs: Packs

    def ranked(self, i: int) -> list[Choice]:
        """Return the best plan of each kind offered in a row, best first."""
        return ranked(self.options[i], self.cases[i])

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        writer = Writer(self.cases[i], self.policies[i], self.packs, lang)
        order = {plan_id(choice.draft): place for place, choice in enumerate(self.ranked(i), start=1)}
        options = {option.kind: writer.option(option, order) for option in self.options[i]}
        needs = list(dict.fromkeys(need for option in self.options[i] for need in option.found.needs))
        reasons = {RANK_RULE: writer.reason(RANK_RULE, {})} if order else {}
        if len(self.cases[i].accounts) > 1:
            reasons[ORDER_RULE] = writer.reason(ORDER_RULE, {})
        for option in options.values():
            reasons.update({reason["rule"]: reason for reason in (*option["why_not"], *option["notes"])})
        ids = list(order)
        return envelope(
            ids,
            {"best": ids[0] if ids else None, "currency": self.cases[i].currency, "options": options,
             "left_out": writer.left_out()},
            list(reasons.values()), on=self.cases[i].on, packs=self.packs, needs=needs + sorted(writer.calendars),
        )  # fmt: skip


class Writer:
    """Writes the options of one case in one language."""

    def __init__(self, case: Case, policy: Policy, packs: Packs, lang: str) -> None:
        self.case, self.policy, self.packs, self.lang = case, policy, packs, lang
        self.calendars: set[str] = set()

    def reason(self, rule: str, values: Mapping[str, Any], effect: str | None = None) -> dict[str, Any]:
        """Render a rule, amounts written out."""
        written = {
            name: self.money(value) if name in AMOUNTS else value
            for name, value in {"months_max": self._months_max(rule), **values}.items()
        }
        return self.packs.reason(rule, on=self.case.on, effect=effect, lang=self.lang, **written)

    def _months_max(self, rule: str) -> int:
        if rule == "CC11-70-TERM":
            return self.policy.personalised_months_max
        return self.policy.ordinary_months_max

    def money(self, minor: int) -> str:
        """Write minor units of the facts, which have two decimals in every currency."""
        return format_minor(minor)

    def option(self, option: Option, order: Mapping[str, int]) -> dict[str, Any]:
        """Return one kind as JSON."""
        text = self.policy.texts[option.kind]
        rules = dict.fromkeys((*NOTES.get(option.kind, ()), text["rule"]))
        if any(not choice.within for choice in option.choices):
            rules[APPROVAL_RULE] = None
        notes = [self.reason(rule, {}, "note") for rule in rules]
        notes += [self.reason(note.rule, note.values, "note") for note in option.found.notes]
        plans = [self.plan(choice, order) for choice in option.choices]
        obstacles = [] if option.offered else option.found.obstacles
        return {
            "kind": option.kind,
            "title": text[self.lang],
            "offered": option.offered,
            "sendable": any(choice.sendable for choice in option.choices),
            "why_not": list({o.rule: self._obstacle(o) for o in obstacles}.values()),
            "missing": list(dict.fromkeys(obstacle.code for obstacle in obstacles)),
            "needs": list(option.found.needs),
            "notes": notes if option.offered else [],
            "texts": {
                "credit_record": text[f"credit_{self.lang}"],
                "stops": text[f"stops_{self.lang}"],
                "starts_when": text["starts_when"],
                "stops_rule": text["rule"],
            },
            "plan": plans[0] if plans else None,
            "alternatives": plans[1:],
        }

    def _obstacle(self, obstacle: Obstacle) -> dict[str, Any]:
        return self.reason(obstacle.rule, obstacle.values, "refuse")

    def plan(self, choice: Choice, order: Mapping[str, int]) -> dict[str, Any]:
        """Return one plan as JSON; `rank` among the best of each kind, null for an alternative."""
        draft, case = choice.draft, self.case
        rows = rows_of(draft, case.on)
        self.calendars |= {calendar_need(row.pay_by) for row in rows if row.provisional}
        charges, paid = sum(draft.charges), sum(row.amount for row in rows)
        return {
            "id": plan_id(draft),
            "rank": order.get(plan_id(draft)),
            "band": BANDS[choice.band],
            "sendable": choice.sendable,
            "authority": self._authority(choice.limit, choice.within),
            "covers": [account.id for account in draft.accounts],
            "owed": self.money(draft.owed),
            "total": self.money(paid),
            "recovered": self.money(draft.owed - draft.waived_minor),
            "waived": self.money(draft.waived_minor),
            "waived_share": _share(draft.waived_minor, draft.owed),
            "waived_by": self._waived_by(draft),
            "charges": self.money(charges),
            "annual_rate": str(draft.annual_rate),
            "down_payment": self.money(draft.down),
            "months": draft.months,
            "highest": self.money(draft.highest),
            "committed": self.money(draft.committed),
            "headroom": self._room(case.capacity, draft),
            "stress_headroom": self._room(case.stress, draft),
            "first_due_on": rows[0].due_on.isoformat(),
            "last_due_on": rows[-1].due_on.isoformat(),
            "valid_until": self._valid_until(draft),
            "rows": [self._row(row) for row in rows],
        }

    def _authority(self, limit: Limit | None, within: bool) -> dict[str, Any]:
        """Say who must approve: `others` people of `role`; none where the asker may send it alone."""
        if limit is None:
            return {"role": None, "others": 0, "within": True}
        return {"role": limit.role, "others": limit.others, "within": within}

    def _waived_by(self, draft: Draft) -> dict[str, dict[str, str]]:
        return {
            account.id: {name: self.money(part) for name, part in zip(COMPONENTS, parts, strict=True) if part}
            for account, parts in zip(draft.accounts, draft.waived, strict=False)
            if any(parts)
        }

    def _room(self, limit: int | None, draft: Draft) -> str | None:
        return None if limit is None else self.money(limit - draft.burden)

    def _valid_until(self, draft: Draft) -> str | None:
        if draft.kind != "settlement":
            return None
        until: date = self.case.on + timedelta(days=self.policy.settle_days)
        return until.isoformat()

    def _row(self, row: Row) -> dict[str, Any]:
        return {
            "number": row.number,
            "due_on": row.due_on.isoformat(),
            "pay_by": row.pay_by.isoformat(),
            "provisional": row.provisional,
            "amount": self.money(row.amount),
            "charge": self.money(row.charge),
            "by_debt": {name: self.money(amount) for name, amount in row.by_account},
        }

    def left_out(self) -> list[dict[str, Any]]:
        """Name the accounts that are in no plan, with the reason."""
        return [
            {
                "id": debt.id,
                "reason": self.reason(
                    "HOUSE-PLAN-CURRENCY", {"currency": debt.currency, "budget": self.case.currency}
                ),
            }
            for debt in self.case.foreign
        ]


def plan_id(draft: Draft) -> str:
    """Name a plan by kind, payments, first day, and which accounts where it is not all of them."""
    first = draft.first_on.isoformat() if draft.first_on else "now"
    places = ".".join(str(account.place) for account in sorted(draft.accounts, key=lambda a: a.place))
    return f"{draft.kind}-{draft.months}-{first}-{sum(draft.goals)}-{places}"


def _share(part: int, whole: int) -> str:
    return str((Decimal(part) / whole).quantize(SHARE_STEP)) if whole else str(SHARE_STEP * 0)
