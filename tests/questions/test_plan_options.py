"""What holds of every plan, whatever the facts: sums, budgets, authority, and that stricter is never more."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.questions.plan_brute import BANDS, key_of_answer

from forbear import questions
from forbear.packs import Packs, load_packs
from forbear.questions import BadFact, NoLawInForce

ROOT = Path(__file__).parents[2]
PACKS, AGAIN = load_packs(ROOT), load_packs(ROOT)
PARTS = ("principal", "interest", "compound", "late_fee", "fees", "costs")
KINDS = ["pay_now", "promise", "part_payment", "ordinary_instalment", "personalised_instalment", "deferral", "settlement"]  # fmt: skip
BARRING = ("deceased", "incapacity", "bankruptcy", "fraud_claimed")
UNKNOWN = st.none()
yuan = st.integers(0, 5_000_000).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
maybe = st.one_of(st.booleans(), UNKNOWN)


def fen(amount: str) -> int:
    return int(Decimal(amount) * 100)


@st.composite
def debts(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for name in ("A", "B", "C")[: draw(st.integers(1, 3))]:
        parts = {part: draw(yuan) for part in draw(st.lists(st.sampled_from(PARTS), max_size=4, unique=True))}
        parts["principal"] = draw(st.integers(1, 3_000_000).map(lambda f: f"{f // 100}.{f % 100:02d}"))
        total = sum(map(fen, parts.values()))
        part = draw(st.integers(0, total))
        found.append({
            "id": name,
            "components": parts,
            "past_due": draw(st.sampled_from([None, f"{part // 100}.{part % 100:02d}"])),
            "minimum_due": draw(st.sampled_from([None, "0.00", f"{min(part, 9999) // 100}.{min(part, 9999) % 100:02d}"])),
            "dpd": draw(st.sampled_from([None, 0, 45, 90, 91, 200])),
            "due_on": draw(st.sampled_from([None, "2026-01-05", "2026-02-20", "2027-01-01"])),
            "product": draw(st.sampled_from(["credit_card", "cash_advance", "loan"])),
            "already_instalment": draw(maybe),
            "daily_rate": draw(st.sampled_from([None, "0.0005", "0.0003"])),
            "currency": draw(st.sampled_from(["CNY", "CNY", "CNY", "USD"])),
            "secured": draw(st.booleans()),
        })  # fmt: skip
    return found


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    capacity = draw(st.one_of(UNKNOWN, yuan))
    stress = draw(st.one_of(UNKNOWN, st.fractions(0, 1)))
    stressed = None if capacity is None or stress is None else int(fen(capacity) * stress)
    later = draw(st.one_of(UNKNOWN, yuan))
    return {
        "as_of": draw(st.dates(date(2022, 7, 7), date(2026, 12, 31))).isoformat(),
        "debts": draw(debts()),
        "capacity": capacity,
        "stress_capacity": None if stressed is None else f"{stressed // 100}.{stressed % 100:02d}",
        "down_payment": draw(st.one_of(UNKNOWN, yuan)),
        "payday": draw(st.one_of(UNKNOWN, st.integers(1, 31))),
        "income_returns_on": None if later is None else draw(st.dates(date(2026, 1, 1), date(2027, 6, 1))).isoformat(),
        "capacity_later": later,
        "failed_promises": draw(st.one_of(UNKNOWN, st.integers(0, 4))),
        "paid_since_promise": draw(st.one_of(UNKNOWN, yuan)),
        "role": draw(st.sampled_from([None, "self_service", "collector", "manager", "analyst"])),
        **{name: draw(maybe) for name in ("exceeds_ability", "willing", "hardship")},
        **{name: draw(st.booleans()) for name in ("promise_approved",)},
        **{name: draw(st.sampled_from([False] * 9 + [True])) for name in (*BARRING, "dispute_open", "plan_in_force")},
    }  # fmt: skip


def asked(facts: dict[str, Any], packs: Packs = PACKS, lang: str = "en") -> dict[str, Any]:
    return questions.ask("plan_options", facts, packs=packs, lang=lang)


def plans(answer: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each plan shown, with its option."""
    return [
        (option, plan)
        for option in answer["options"].values()
        for plan in [option["plan"], *option["alternatives"]]
        if plan
    ]


def best(answer: dict[str, Any]) -> tuple[Any, ...]:
    """Return the key of the best plan; no plan is worse than any."""
    return min((key_of_answer(plan) for _, plan in plans(answer)), default=(len(BANDS),))


@settings(max_examples=60, deadline=None)
@given(cases())
def test_parts_sum_to_the_whole(facts: dict[str, Any]) -> None:
    owed = {debt["id"]: sum(map(fen, debt["components"].values())) for debt in facts["debts"]}
    for _, plan in plans(asked(facts)):
        rows = plan["rows"]
        assert sum(fen(row["amount"]) for row in rows) == fen(plan["total"])
        assert sum(fen(row["charge"]) for row in rows) == fen(plan["charges"])
        assert fen(plan["total"]) + fen(plan["waived"]) == fen(plan["owed"]) + fen(plan["charges"])
        assert all(
            sum(map(fen, row["by_debt"].values())) == fen(row["amount"]) - fen(row["charge"]) for row in rows
        )
        paid: dict[str, int] = defaultdict(int)
        for row in rows:
            for name, amount in row["by_debt"].items():
                paid[name] += fen(amount)
        waived = {name: sum(map(fen, parts.values())) for name, parts in plan["waived_by"].items()}
        assert all(paid.get(name, 0) + waived.get(name, 0) <= owed[name] for name in owed)
        assert set(paid) <= set(plan["covers"])
        assert [row["number"] for row in rows] == sorted({row["number"] for row in rows})


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_month_takes_more_than_the_budget_of_all_accounts_together(facts: dict[str, Any]) -> None:
    for option, plan in plans(asked(facts)):
        months: dict[str, int] = defaultdict(int)
        for row in plan["rows"]:
            if row["number"]:
                months[row["due_on"][:7]] += fen(row["amount"])
        if not months:
            continue
        budget = fen(facts["capacity"]) if facts["capacity"] is not None else None
        back = facts["income_returns_on"]
        if option["kind"] == "deferral" and back is not None and plan["last_due_on"] >= back:
            budget = fen(facts["capacity_later"])
        assert budget is not None
        assert max(months.values()) + fen(plan["committed"]) <= budget
        cash = fen(facts["down_payment"]) if facts["down_payment"] is not None else 0
        assert fen(plan["down_payment"]) <= cash


@settings(max_examples=60, deadline=None)
@given(cases())
def test_nothing_above_authority_or_with_an_open_condition_is_sendable(facts: dict[str, Any]) -> None:
    answer = asked(facts)
    limits = PACKS.value("house/authority/limits", date.fromisoformat(facts["as_of"]))
    for option, plan in plans(answer):
        assert plan["sendable"] <= option["sendable"]
        if not plan["sendable"]:
            continue
        assert not option["needs"]
        assert not any(facts[name] for name in BARRING)
        if option["kind"] == "pay_now":
            continue
        term = plan["months"] if "instalment" in option["kind"] or option["kind"] == "settlement" else 0
        alone = [row for row in limits if row["role"] == facts["role"] and not row["others"]]
        assert any(
            option["kind"] in row["kinds"]
            and fen(plan["owed"]) <= fen(row["amount_max"])
            and term <= row["months_max"]
            and fen(plan["waived"]) <= fen(row["waiver_max"])
            for row in alone
        ), "the asker's own role has no row that reaches this"


@settings(max_examples=60, deadline=None)
@given(cases())
def test_what_is_not_offered_says_why(facts: dict[str, Any]) -> None:
    answer = asked(facts)
    assert list(answer["options"]) == KINDS
    for option in answer["options"].values():
        assert option["offered"] == bool(option["plan"])
        assert option["offered"] or option["why_not"] or option["needs"], option["kind"]
        assert bool(option["why_not"]) == bool(option["missing"])
        assert not (option["offered"] and option["why_not"])
        assert all("{" not in reason["text"] for reason in option["why_not"] + option["notes"])
    ranks = [plan["rank"] for option, plan in plans(answer) if plan is option["plan"]]
    assert sorted(ranks) == list(range(1, len(answer["answer"]) + 1))


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_personalised_plan_is_valid_under_article_70(facts: dict[str, Any]) -> None:
    option = asked(facts)["options"]["personalised_instalment"]
    for plan in [option["plan"], *option["alternatives"]] if option["plan"] else []:
        given_plan = {
            "exceeds_ability": facts["exceeds_ability"],
            "willing": facts["willing"],
            "instalments": plan["months"],
            "as_of": facts["as_of"],
        }
        assert questions.ask("personalised_plan", given_plan, packs=PACKS)["answer"] == "valid"


# What a stricter house could choose, one at a time.
STRICTER: dict[str, Any] = {
    "house/plans/row_min": Decimal("500.00"),
    "house/plans/ordinary_terms": ({"months": 6, "annual_rate": "0.1500"},),
    "house/plans/ordinary_dpd_max": 30,
    "house/plans/personalised_months_max": 12,
    "house/plans/part_payment_share_min": Decimal("0.50"),
    "house/plans/deferral_months_max": 1,
    "house/plans/deferral_days_min": 45,
    "house/promises/days_ahead_max": 10,
    "house/promises/failed_before_approval": 1,
    "house/promises/down_payment_ratio": Decimal("0.80"),
    "house/settlement/stages_max": 1,
    "house/settlement/dpd_min": 180,
    "house/settlement/waivable": ({"component": "late_fee", "share_max": "0.50"},),
    "house/authority/limits": (
        {"role": "collector", "others": 0, "kinds": ["promise"], "amount_max": "9000.00", "months_max": 0,
         "waiver_max": "0.00", "waiver_share_max": "0"},
        {"role": "manager", "others": 1, "kinds": ["personalised_instalment", "settlement"],
         "amount_max": "30000.00", "months_max": 18, "waiver_max": "500.00", "waiver_share_max": "0.05"},
    ),
}  # fmt: skip


def with_policy(name: str, value: Any) -> Packs:
    parameter = PACKS.parameter(name)
    changed = replace(parameter, held=(value,) * len(parameter.starts))
    return replace(PACKS, parameters={**PACKS.parameters, name: changed}, compiled={})


STRICT = {name: with_policy(name, value) for name, value in STRICTER.items()}


# More money first must not make a promise bearable that the milder house refuses: five fen due, one fen a month.
FIVE_FEN = {
    "as_of": "2022-07-07", "debts": [{"id": "A", "components": {"principal": "0.05"}}], "capacity": "0.01",
    "down_payment": "0.04", "failed_promises": 2, "role": "manager",
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(cases())
@example(FIVE_FEN)
@example({**FIVE_FEN, "failed_promises": 1, "capacity": "0.04"})
def test_a_stricter_policy_never_adds_an_option_or_betters_one(facts: dict[str, Any]) -> None:
    free = asked(facts)
    for name, strict in STRICT.items():
        answer = asked(facts, strict)
        for kind, option in answer["options"].items():
            assert option["offered"] <= free["options"][kind]["offered"], (name, kind)
            assert option["sendable"] <= free["options"][kind]["sendable"], (name, kind)
        assert best(answer) >= best(free), name


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 1_000_000))
def test_more_capacity_never_worsens_the_best_plan(facts: dict[str, Any], more: int) -> None:
    if facts["capacity"] is None:
        return
    richer = fen(facts["capacity"]) + more
    answer = asked({**facts, "capacity": f"{richer // 100}.{richer % 100:02d}"})
    assert best(answer) <= best(asked(facts))


@settings(max_examples=40, deadline=None)
@given(cases(), st.randoms())
def test_equal_facts_give_equal_bytes(facts: dict[str, Any], rng: random.Random) -> None:
    keys = list(facts)
    rng.shuffle(keys)
    lines = [json.dumps({key: facts[key] for key in order}).encode() for order in (list(facts), keys)]
    first, second = questions.ask_lines("plan_options", lines, packs=PACKS)
    assert first == second
    assert first == questions.ask_lines("plan_options", lines[:1], packs=AGAIN)[0]


@settings(max_examples=40, deadline=None)
@given(cases())
def test_desk_and_debtors_page_are_shown_the_same_plans(facts: dict[str, Any]) -> None:
    """What differs by role is who may send it, never what can be paid."""
    desk, page = asked({**facts, "role": "manager"}), asked({**facts, "role": "self_service"})
    for kind in KINDS:
        here, there = desk["options"][kind], page["options"][kind]
        assert here["offered"] == there["offered"]
        if here["offered"]:
            assert here["plan"]["id"] == there["plan"]["id"]
            assert here["plan"]["rows"] == there["plan"]["rows"]


@st.composite
def several(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return accounts that are all due, some alike in everything the law looks at."""
    return [
        {"id": name, "components": {"principal": f"{draw(st.integers(1, 900))}.00"}, "secured": draw(st.booleans()),
         "due_on": draw(st.sampled_from(["2026-01-05", "2026-02-20"]))}
        for name in "ABCD"[: draw(st.integers(2, 4))]
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(several(), st.integers(1, 80_000), st.sampled_from([None, "A", "B"]))
def test_a_payment_is_shared_among_accounts_as_allocate_payment_shares_it(
    accounts: list[dict[str, Any]], cash: int, named: str | None
) -> None:
    amount = f"{cash // 100}.{cash % 100:02d}"
    facts = {"as_of": "2026-03-20", "debts": accounts, "designated": named, "down_payment": amount}
    plan = asked({**facts, "capacity": "9999.00", "failed_promises": 0})["options"]["part_payment"]["plan"]
    if plan is None:
        return
    owed = [{"owed": each["components"]["principal"]} | {k: each[k] for k in ("id", "secured", "due_on")} for each in accounts]  # fmt: skip
    law = {
        "as_of": "2026-03-20",
        "amount": amount,
        "context": "civil_default",
        "debts": owed,
        "designated": named,
    }
    answer = questions.ask("allocate_payment", law, packs=PACKS)
    expected = {name: sum(map(fen, parts.values())) for name, parts in by_debt(answer).items()}
    first = {name: fen(part) for name, part in plan["rows"][0]["by_debt"].items()}
    assert first == {name: part for name, part in expected.items() if part}


def by_debt(answer: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {each["id"]: each["applied"] for each in answer["debts"]}


ODD: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.floats(), st.sampled_from(["1.00", "cn"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
NAMES = [*questions.question("plan_options").facts.__struct_fields__, "gender", "民族"]


@settings(max_examples=100, deadline=None)
@given(cases(), st.sampled_from(NAMES), ODD)
def test_hostile_facts_are_refused_by_name_or_answered(facts: dict[str, Any], name: str, odd: Any) -> None:
    line = json.dumps({**facts, name: odd}, allow_nan=True).encode()
    (found,) = questions.ask_lines("plan_options", [line], packs=PACKS)
    assert isinstance(found, bytes | BadFact | NoLawInForce)
    assert not isinstance(found, BadFact) or found.field
    assert not isinstance(found, NoLawInForce) or name in ("as_of", "jurisdiction", "debts")


def test_a_batch_marks_only_the_rows_without_law() -> None:
    facts = {"as_of": "2026-11-25", "debts": [{"id": "A", "components": {"principal": "100.00"}}]}
    lines = [
        json.dumps({**facts, **odd}).encode()
        for odd in ({}, {"jurisdiction": "us"}, {"as_of": "2020-01-01"}, {})
    ]
    good, abroad, early, again = questions.ask_lines("plan_options", lines, packs=PACKS)
    assert good == again
    assert isinstance(good, bytes)
    assert "'us'" in str(abroad)
    assert "2020-01-01" in str(early)


def texts() -> list[Any]:
    rows = PACKS.value("house/plans/texts", date(2026, 11, 25))
    return [pytest.param(row, id=row["kind"]) for row in rows]


@pytest.mark.parametrize("row", texts())
def test_what_is_said_of_an_option_exaggerates_nothing(row: dict[str, str]) -> None:
    """Row 47: it may affect later credit; nothing is for life, sure, or a blacklist."""
    chinese, english = row["credit_zh"] + row["stops_zh"], row["credit_en"] + row["stops_en"]
    assert not [
        word
        for word in ("终身", "永久", "永远", "必然", "一定会", "黑名单", "老赖", "失信", "坐牢")
        if word in chinese
    ]
    assert not [
        word
        for word in ("lifetime", "forever", "blacklist", "certainly", "never again")
        if word in english.lower()
    ]
    assert row["rule"] in PACKS.rules


def test_the_texts_name_every_kind_once() -> None:
    assert [param.values[0]["kind"] for param in texts()] == KINDS
