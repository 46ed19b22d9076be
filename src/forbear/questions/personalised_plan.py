"""May this instalment plan be agreed? Personalised under art. 70, ordinary, or on a cash advance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.money import format_minor, parse_minor
from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Amount, Facts
from forbear.questions.periods import LONGEST, Days, check_days, newest, values_over
from forbear.questions.registry import Question

Kind = Literal["personalised", "ordinary", "cash_advance"]
KINDS: tuple[str, ...] = get_args(Kind)
Item = Literal[
    "balance_structure_currency", "repayment_terms", "charges_meanwhile", "no_new_card_promise",
    "rights_duties_liability", "other_repayment_matters",
]  # fmt: skip
ITEMS: tuple[str, ...] = get_args(Item)
CONTENT = "cn/cc-2011-2/plan/content"
# The longest term by kind, in the order of KINDS.
MONTHS = (
    "cn/cc-2011-2/plan_months_max",
    "cn/nf-2022-13/instalments/months_max",
    "cn/nf-2022-13/cash_instalment_months_max",
)
TERM_RULES = ("CC11-70-TERM", "CN22-INST-TERM", "CN22-INST-CASH-TERM")
CASH = "cn/nf-2022-13/cash_instalment_max"
# What can be wrong with a plan, and the rule that says so; TERM_RULES has the one on the term.
CONDITIONS = {
    "exceeds_ability": "CC11-70-COND", "willing": "CC11-70-COND", "content": "CC11-70-CONTENT",
    "recorded": "CC11-70-ORAL", "not_already_instalment": "CN22-INST-NODOUBLE", "amount": "CN22-INST-CASH-AMOUNT",
    "months": "",
}  # fmt: skip
# The fact to know where a condition is open.
ASKED = {"not_already_instalment": "already_instalment"}


class PersonalisedPlanFacts(Facts, frozen=True):
    """May this plan be agreed? What is not known proves nothing: see needs."""

    kind: Annotated[Kind, Meta(description="Which plan. Default the personalised one of art. 70.")] = (
        "personalised"
    )
    exceeds_ability: Annotated[
        bool | None, Meta(description="Is the debt confirmed to exceed the ability to pay?")
    ] = None
    willing: Annotated[bool | None, Meta(description="Is the cardholder still willing to pay?")] = None
    instalments: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(description="Number of instalments, monthly unless `months` is given."),
    ] = None
    months: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(description="The term in months. Default the number of instalments."),
    ] = None
    content: Annotated[
        Annotated[list[Item], Meta(max_length=LONGEST)] | None,
        Meta(description="What the agreement says. Null, the default: not known."),
    ] = None
    oral: Annotated[bool, Meta(description="Agreed by word of mouth? Default in writing.")] = False
    recorded: Annotated[bool | None, Meta(description="Of an oral agreement: is the recording kept?")] = None
    already_instalment: Annotated[bool | None, Meta(description="Is the balance in instalments already?")] = (
        None
    )
    amount: Annotated[
        Amount | None, Meta(description="Of a cash advance: how much is put into instalments.")
    ] = None
    as_of: Annotated[date | None, Meta(description="The day of the plan. Default: the newest law.")] = None


def check(facts: PersonalisedPlanFacts) -> None:
    """Raise BadFact for a day that cannot be meant."""
    check_days(facts, ("as_of",))


@dataclass(frozen=True)
class PersonalisedPlanAnswer:
    """Column `valid`, shape (n,), and by condition 1 met, 0 not met, -1 not known, 2 not asked."""

    n: int
    met: dict[str, NDArray[np.int8]]
    months_max: NDArray[np.int64]
    absent: list[list[str]]
    as_of: Days
    facts: Columns
    packs: Packs

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Say of each plan that nothing given speaks against it."""
        found: NDArray[np.bool_] = np.all([column != 0 for column in self.met.values()], axis=0)
        return found

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.as_of[i].astype(object)
        missing = [name for name, column in self.met.items() if column[i] == 0]
        asked = [name for name, column in self.met.items() if column[i] != NOT_ASKED]
        rules: dict[str, str] = {}
        for name in asked:
            rule = self._rule(name, i)
            rules[rule] = "refuse" if name in missing or rules.get(rule) == "refuse" else "permit"
        values = self._values(i, on)
        reasons = [self.packs.reason(r, on=on, effect=e, lang=lang, **values) for r, e in rules.items()]
        return envelope(
            "refused" if missing else "valid",
            {"missing": missing, "missing_content": self.absent[i], "months_max": int(self.months_max[i])},
            sorted(reasons, key=lambda reason: reason["effect"] != "refuse"),
            on=on,
            packs=self.packs,
            needs=[ASKED.get(n, n) for n, column in self.met.items() if column[i] == UNKNOWN],
        )

    def _rule(self, name: str, i: int) -> str:
        return CONDITIONS[name] or TERM_RULES[self.facts["kind"][i]]

    def _values(self, i: int, on: date) -> dict[str, Any]:
        cash = KINDS[self.facts["kind"][i]] == "cash_advance"
        amount = {"amount_max": format_minor(_minor(self.packs.value(CASH, on)))} if cash else {}
        return {"months_max": int(self.months_max[i]), **amount}


NOT_ASKED = 2  # a code beside 1 met, 0 not met, -1 not known


def _minor(amount: Decimal) -> int:
    return parse_minor(str(amount))


def answer(columns: Columns, *, packs: Packs, n: int) -> PersonalisedPlanAnswer:
    """Judge n plans, each under the law of its day; raises NoLawInForce with rows where none governs."""
    kind, as_of = columns["kind"], _days(columns, packs)
    personal, cash = (kind == KINDS.index(name) for name in ("personalised", "cash_advance"))
    months_max = np.zeros(n, dtype=np.int64)
    for index, name in enumerate(MONTHS):
        rows = kind == index
        first = np.datetime64(packs.parameter(name).starts[0], "D")
        # Rows of other kinds are asked on a day that has law, so that an error marks only its own rows.
        held, _ = values_over(packs, (name,), np.where(rows, as_of, first))
        months_max = np.where(rows, held.astype(np.int64), months_max)
    months = np.where(columns["months"] >= 0, columns["months"], columns["instalments"])
    content, absent = _content(columns, packs, personal, as_of)
    met = {
        "exceeds_ability": np.where(personal, columns["exceeds_ability"], NOT_ASKED),
        "willing": np.where(personal, columns["willing"], NOT_ASKED),
        "content": content,
        "recorded": np.where(personal & (columns["oral"] > 0), columns["recorded"], NOT_ASKED),
        # Art. 70 is the exception to the ban on a second instalment plan.
        "not_already_instalment": np.where(personal, NOT_ASKED, _not(columns["already_instalment"])),
        "amount": np.where(cash, _amount(columns["amount"], cash, as_of, packs), NOT_ASKED),
        "months": np.where(months < 0, UNKNOWN, months <= months_max),
    }
    typed = {name: column.astype(np.int8) for name, column in met.items()}
    return PersonalisedPlanAnswer(n, typed, months_max, absent, as_of, columns, packs)


def _days(columns: Columns, packs: Packs) -> Days:
    given = columns["as_of"]
    return np.where(np.isnat(given), np.datetime64(newest(packs, (*MONTHS, CONTENT, CASH)), "D"), given)


def _not(flags: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where(flags == UNKNOWN, UNKNOWN, 1 - flags).astype(np.int8)


def _amount(
    amounts: NDArray[np.int64], cash: NDArray[np.bool_], as_of: Days, packs: Packs
) -> NDArray[np.int8]:
    first = np.datetime64(packs.parameter(CASH).starts[0], "D")
    held, _ = values_over(packs, (CASH,), np.where(cash, as_of, first))
    most = np.array([_minor(value) for value in held], dtype=np.int64)
    return np.where(amounts < 0, UNKNOWN, amounts <= most).astype(np.int8)


def _content(
    columns: Columns, packs: Packs, personal: NDArray[np.bool_], as_of: Days
) -> tuple[NDArray[np.int8], list[list[str]]]:
    """Return by row whether the agreement says all it must, and what is absent."""
    first = np.datetime64(packs.parameter(CONTENT).starts[0], "D")
    due, _ = values_over(packs, (CONTENT,), np.where(personal, as_of, first))
    if unknown := sorted({item for items in due for item in items} - set(ITEMS)):
        raise PackError(
            gettext_noop("%(content)s: %(unknown)r is no item an agreement can name; known: %(known)s"),
            content=CONTENT,
            unknown=unknown[0],
            known=", ".join(ITEMS),
        )
    given = columns["content"]
    absent = [
        [item for item in items if item not in found] if asked and found is not None else []
        for items, found, asked in zip(due, given, personal, strict=True)
    ]
    known = np.array([found is not None for found in given], dtype=bool)
    complete = np.array([not items for items in absent], dtype=bool)
    state = np.where(known, complete, UNKNOWN)
    return np.where(personal, state, NOT_ASKED).astype(np.int8), absent


QUESTION = Question(
    "personalised_plan", "May this plan be agreed?", PersonalisedPlanFacts, answer, check=check
)
