"""Which limbs of malicious overdraft are met? For the legal role only: it decides nothing and is told to no debtor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.money import format_minor, parse_minor
from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.periods import LONGEST, Days, add, check_days, iso, no_law, stretches
from forbear.questions.registry import Question

INSTRUMENTS = ("cn/card-fraud-2009/offence", "cn/card-fraud-2018/offence")
LIMBS = ("amount", "collections", "months", "intent", "real_overdraft")
TRUTH = ("not_met", "unknown", "met")  # weakest first, so that "all" is the minimum
NOT_MET, OPEN, MET = range(len(TRUTH))
PROOFS = ("receipt_proved", "after_limit_or_term", "lawful")
NEVER = np.datetime64("NaT", "D")
Evidence = Literal[
    "spent_knowing_unable_to_repay", "false_credit_data", "fled_or_changed_contact", "moved_or_hid_assets",
    "used_for_crime", "other_illegal_possession",
]  # fmt: skip
Known = bool | None


class Collection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One collection and what can be proved of it; null is not known."""

    on: Annotated[date, Meta(description="Its day.")]
    receipt_proved: Annotated[Known, Meta(description="Can it be proved that the debtor received it?")] = None
    after_limit_or_term: Annotated[Known, Meta(description="After limit or term was exceeded?")] = None
    lawful: Annotated[Known, Meta(description="As rules and contract say, without any abuse?")] = None
    debtor_evades: Annotated[
        bool,
        Meta(description="Does the debtor evade on purpose, so that receipt need not be proved? Default no."),
    ] = False


class OverdraftOffenceFacts(Facts, frozen=True):
    """Which limbs are met on a day?"""

    principal_unpaid: Annotated[Amount, Meta(description="Principal unpaid as the ledger shows it.")]
    as_of: Annotated[date, Meta(description="The day the amount is looked at, such as the day police file.")]
    payments_booked_elsewhere: Annotated[
        Amount, Meta(description="Payments the bank booked to interest or fees. Default 0.00.")
    ] = "0.00"
    collections: Annotated[
        list[Collection], Meta(max_length=LONGEST, description="What was done to collect. Default nothing.")
    ] = []
    intent_evidence: Annotated[
        list[Evidence] | None,
        Meta(description="Circumstances shown; [] is none beyond non-payment. Default not known."),
    ] = None
    disguised_loan: Annotated[
        Known, Meta(description="Was the card a loan in disguise, in breach of rules? Default not known.")
    ] = None


@dataclass(frozen=True)
class OverdraftOffenceAnswer:
    """`limbs` of shape (n, len(LIMBS)) and `code` of shape (n,) index TRUTH; `tier` is -1 below the first."""

    n: int
    code: NDArray[np.int8]
    limbs: NDArray[np.int8]
    amount_minor: NDArray[np.int64]
    tier: NDArray[np.int8]
    second_on: Days  # of the second effective collection, NaT where none is proved
    law: NDArray[np.int8]  # index of INSTRUMENTS
    facts: Columns
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.facts["as_of"][i].astype(object)
        law = {name: self.packs.value(f"{INSTRUMENTS[self.law[i]]}/{name}", on) for name in
               ("tiers", "collections_min", "gap_days_min", "months_unpaid", "rules")}  # fmt: skip
        amount, tiers = format_minor(int(self.amount_minor[i])), law["tiers"]
        limbs = {name: TRUTH[self.limbs[i, k]] for k, name in enumerate(LIMBS)}
        results = {
            "limbs": limbs,
            "amount": amount,
            "tier": tiers[self.tier[i]]["tier"] if self.tier[i] >= 0 else None,
            "second_effective_collection_on": iso(self.second_on[i]),
            "legal_role_only": True,
        }
        values = {"count": law["collections_min"], "months": law["months_unpaid"], "gap": law["gap_days_min"],
                  "amount": amount, "least": tiers[0]["at_least"]}  # fmt: skip
        rules = dict.fromkeys(law["rules"][name] for name in LIMBS)
        reasons = [self.packs.reason(rule, on=on, lang=lang, **values) for rule in rules]
        needs = self._needs(i) if self.code[i] == OPEN else []
        return envelope(TRUTH[self.code[i]], results, reasons, on=on, packs=self.packs, needs=needs)

    def _needs(self, i: int) -> list[str]:
        found = [name for name, limb in (("intent_evidence", "intent"), ("disguised_loan", "real_overdraft"))
                 if self.limbs[i, LIMBS.index(limb)] == OPEN]  # fmt: skip
        if self.limbs[i, LIMBS.index("collections")] != OPEN and self.limbs[i, LIMBS.index("months")] != OPEN:
            return found
        return found + [
            f"collections[{k}].{name}"
            for k, one in enumerate(self.facts["collections"][i])
            for name in PROOFS
            if getattr(one, name) is None and not (name == "receipt_proved" and one.debtor_evades)
        ]


def answer(columns: Columns, *, packs: Packs, n: int) -> OverdraftOffenceAnswer:
    """Judge n accounts, each under the law of its day; raises NoLawInForce before the interpretation of 2009."""
    as_of = columns["as_of"]
    amount_minor = np.maximum(columns["principal_unpaid"] - columns["payments_booked_elsewhere"], 0)
    limbs = np.full((n, len(LIMBS)), NOT_MET, dtype=np.int8)
    tier, law = np.full(n, -1, dtype=np.int8), np.full(n, -1, dtype=np.int8)
    second_on = np.full(n, NEVER, dtype="datetime64[D]")
    limbs[:, LIMBS.index("intent")] = [_intent(given) for given in columns["intent_evidence"]]
    # A loan in disguise is no overdraft; where it is not known the limb stays open.
    limbs[:, LIMBS.index("real_overdraft")] = np.choose(columns["disguised_loan"] + 1, (OPEN, MET, NOT_MET))
    for index, name in enumerate(INSTRUMENTS):
        for rows, tiers, times, gap, months in _laws(packs, name, as_of):
            edges = np.array([parse_minor(row["at_least"]) for row in tiers], dtype=np.int64)
            law[rows] = index
            tier[rows] = np.searchsorted(edges, amount_minor[rows], side="right") - 1
            sure, possible = (
                _last_needed(columns["collections"][rows], as_of[rows], times, gap, least)
                for least in (MET, OPEN)
            )
            second_on[rows] = sure
            limbs[rows, 1] = np.where(~np.isnat(sure), MET, np.where(~np.isnat(possible), OPEN, NOT_MET))
            late, may_be_late = (as_of[rows] > add(day, months, "months") for day in (sure, possible))
            limbs[rows, 2] = np.where(late, MET, np.where(may_be_late, OPEN, NOT_MET))
    if (law < 0).any():
        raise no_law(packs, [f"{name}/tiers" for name in INSTRUMENTS], as_of, law < 0)
    limbs[:, 0] = np.where(tier >= 0, MET, NOT_MET)
    return OverdraftOffenceAnswer(
        n, limbs.min(axis=1), limbs, amount_minor, tier, second_on, law, columns, packs
    )


def _laws(packs: Packs, name: str, as_of: Days) -> Any:
    """Yield (rows, tiers, collections, days between, months) of each stretch of one instrument that some rows fall into."""
    for start, until, tiers in stretches(packs, f"{name}/tiers"):
        rows = np.flatnonzero((as_of >= start) & (as_of <= until))
        if rows.size:
            on = start.astype(object)
            yield (
                rows,
                tiers,
                packs.value(f"{name}/collections_min", on),
                packs.value(f"{name}/gap_days_min", on),
                packs.value(f"{name}/months_unpaid", on),
            )


def _intent(given: list[str] | None) -> int:
    """Art. 6: never from non-payment alone, so no evidence beyond it is not met."""
    return OPEN if given is None else MET if given else NOT_MET


def _effective(one: Collection) -> int:
    receipt = True if one.debtor_evades else one.receipt_proved
    held = (receipt, one.after_limit_or_term, one.lawful)
    return NOT_MET if False in held else OPEN if None in held else MET


def _last_needed(rows: NDArray[Any], as_of: Days, times: int, gap: int, least: int) -> Days:
    """Return by row the day on which there were `times` effective collections, each `gap` days apart; NaT where none."""
    found = np.full(len(rows), NEVER, dtype="datetime64[D]")
    for i, collections in enumerate(rows):
        today = as_of[i].astype(object)
        days = sorted(one.on for one in collections if one.on <= today and _effective(one) >= least)
        counted = days[:1]
        for day in days[1:]:
            if (day - counted[-1]).days >= gap:
                counted.append(day)
        if len(counted) >= times:
            found[i] = counted[times - 1]
    return found


def check(facts: OverdraftOffenceFacts) -> None:
    """Raise BadFact for a day that no file can mean."""
    check_days(facts, ("as_of",))
    for place, one in enumerate(facts.collections):
        check_days(one, ("on",), f"collections[{place}].")


QUESTION = Question(
    "overdraft_offence", "Which limbs of malicious overdraft are met? (legal role only)", OverdraftOffenceFacts,
    answer, check=check,
)  # fmt: skip
