"""Which of the five classes does a card debt fall into, under each instrument, and which is the stricter?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.ledger import CLASSES, MEASURES_2023, NOT_IN_FORCE, ORDER_2011, Classes, classify
from forbear.packs import Packs
from forbear.questions.columns import Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Facts
from forbear.questions.periods import add, check_days
from forbear.questions.registry import Question

RULES = {ORDER_2011: "CC11-92-CLASS", MEASURES_2023: "RC23-DPD"}
WORDS = {
    "en": dict(zip(CLASSES, ("normal", "special-mention", "substandard", "doubtful", "loss"), strict=True)),
    "zh": dict(zip(CLASSES, ("正常", "关注", "次级", "可疑", "损失"), strict=True)),
}


class RiskClassFacts(Facts, frozen=True):
    """Which class does a card debt have on a day?"""

    dpd: Annotated[int, Meta(ge=0, le=40_000, description="Days past due; 0 is not past due.")]
    as_of: Annotated[date, Meta(description="The day whose law holds.")]
    restructured: Annotated[
        bool | None,
        Meta(
            description="Restructured and still under observation? Null, the default, means not known: see needs."
        ),
    ] = None
    first_due_on: Annotated[
        date | None, Meta(description="Of a restructured debt: the first day due under the new terms.")
    ] = None
    months_between_payments: Annotated[
        Annotated[int, Meta(ge=1, le=120)] | None,
        Meta(description="Of a restructured debt: the length of a repayment period in months."),
    ] = None


def check(facts: RiskClassFacts) -> None:
    """Raise BadFact for days that cannot be meant."""
    check_days(facts, ("as_of", "first_due_on"))


@dataclass(frozen=True)
class RiskClassAnswer:
    """`stricter` and `classes.by_instrument` hold indexes into CLASSES, shape (n,)."""

    n: int
    classes: Classes
    facts: Columns
    packs: Packs

    @property
    def stricter(self) -> NDArray[np.int8]:
        """Return the stricter class of each row."""
        return self.classes.stricter

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        on = self.facts["as_of"][i].astype(object)
        codes = {name: int(column[i]) for name, column in self.classes.by_instrument.items()}
        by_instrument = {name: CLASSES[code] for name, code in codes.items() if code != NOT_IN_FORCE}
        reasons = [self.packs.reason(RULES[name], on=on, lang=lang) for name in by_instrument]
        unknown = MEASURES_2023 in by_instrument and self.facts["restructured"][i] < 0
        observed = MEASURES_2023 in by_instrument and self.facts["restructured"][i] > 0
        if observed:
            reasons += self._restructuring(on, lang)
        return envelope(
            CLASSES[self.stricter[i]],
            {
                "classes": by_instrument,
                "observed_until": self._observed_until(i, on) if observed else None,
            },
            reasons,
            on=on,
            packs=self.packs,
            needs=("restructured",) if unknown else (),
        )

    def _observed_until(self, i: int, on: date) -> str | None:
        """Return the later of so many repayment periods and so many years from the first day due, if both are known."""
        first, months = self.facts["first_due_on"][i : i + 1], int(self.facts["months_between_payments"][i])
        if np.isnat(first[0]) or months < 0:
            return None
        periods = self.packs.value(f"{MEASURES_2023}/restructured_periods_min", on)
        years = self.packs.value(f"{MEASURES_2023}/restructured_years_min", on)
        return str(max(add(first, periods * months, "months")[0], add(first, years, "years")[0]))

    def _restructuring(self, on: date, lang: str) -> list[dict[str, Any]]:
        floor = self.packs.value(f"{MEASURES_2023}/restructured/floor", on)
        periods = self.packs.value(f"{MEASURES_2023}/restructured_periods_min", on)
        years = self.packs.value(f"{MEASURES_2023}/restructured_years_min", on)
        return [
            self.packs.reason("RC23-RESTR", on=on, lang=lang, periods=periods, years=years),
            self.packs.reason("RC23-RESTR-FLOOR", on=on, lang=lang, floor=WORDS[lang][floor]),
        ]


def answer(columns: Columns, *, packs: Packs, n: int) -> RiskClassAnswer:
    """Class n debts, each under the law of its day; raises NoLawInForce before the 2011 order."""
    found = classify(
        columns["dpd"], as_of=columns["as_of"], packs=packs, restructured=columns["restructured"] > 0
    )
    return RiskClassAnswer(n, found, columns, packs)


QUESTION = Question(
    "risk_class", "Which of the five classes, under each instrument?", RiskClassFacts, answer, check=check
)
