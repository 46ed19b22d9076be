"""How willing has the debtor shown himself, by at most three facts of behaviour that the answer names?

Points and bands are policy. Nothing about the person is a fact here; `learning.guard` lists what never may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Facts
from forbear.questions.periods import Days, check_days, on_day
from forbear.questions.registry import Question

SIGNS, BANDS = "house/willingness/signs", "house/willingness/bands"
SHOWN_RULE, LIMITS_RULE = "HOUSE-WILLING-SHOWN", "HOUSE-WILLING-LIMITS"
FACTS_USED = 3  # a size: as many as somebody can be told in a sentence
Share = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class WillingnessFacts(Facts, frozen=True):
    """What did the debtor do? Behaviour only; what is not known is not used, and nothing else can be given."""

    promises_kept_of_100: Annotated[
        Share | None, Meta(description="Of 100 promises, kept. Default not known.")
    ] = None
    payments_last_90_days: Annotated[
        Count | None, Meta(description="Payments received. Default not known.")
    ] = None
    contacts_begun_by_debtor_90_days: Annotated[
        Count | None, Meta(description="Contacts the debtor began. Default not known.")
    ] = None
    documents_given: Annotated[
        Count | None, Meta(description="Documents given on his own situation. Default not known.")
    ] = None
    calls_answered_of_100: Annotated[
        Share | None, Meta(description="Of 100 calls, answered. Default not known.")
    ] = None
    days_since_last_payment: Annotated[Count | None, Meta(description="Default not known, or none yet.")] = (
        None
    )
    as_of: Annotated[date | None, Meta(description="The day asked about. Default: the newest policy.")] = None


def check(facts: WillingnessFacts) -> None:
    """Raise BadFact for a day that cannot be meant."""
    check_days(facts, ("as_of",))


@dataclass(frozen=True)
class Sign:
    """One fact that was used: its value, its points, and its row of the policy."""

    row: Mapping[str, Any]
    value: int
    points: int


@dataclass(frozen=True)
class WillingnessAnswer:
    """By row the signs used and the facts that would have come before or with them; JSON: answer, points, used."""

    n: int
    used: list[list[Sign]]
    needs: list[list[str]]
    as_of: Days
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row; `answer` is a band, null where nothing is known."""
        on, used = self.as_of[i].astype(object), self.used[i]
        points = sum(sign.points for sign in used) if used else None
        shown = [
            {
                "fact": s.row["fact"],
                "value": s.value,
                "points": s.points,
                "text": s.row[lang].format(value=s.value),
            }
            for s in used
        ]
        reasons = [
            self.packs.reason(SHOWN_RULE, on=on, lang=lang, fact=each["text"], points=each["points"])
            for each in shown
        ]
        reasons.append(self.packs.reason(LIMITS_RULE, on=on, lang=lang))
        return envelope(
            None if points is None else _step(self.packs.value(BANDS, on), points)["band"],
            {"points": points, "used": shown},
            reasons,
            on=on,
            packs=self.packs,
            needs=self.needs[i],
        )


def answer(columns: Columns, *, packs: Packs, n: int) -> WillingnessAnswer:
    """Read n behaviours; raises PackError where the policy names what is no fact of this question."""
    as_of = on_day(columns["as_of"], packs, (SIGNS, BANDS))
    used, needs = [], []
    for i in range(n):
        rows = packs.value(SIGNS, as_of[i].astype(object))
        if unknown := [row["fact"] for row in rows if row["fact"] not in columns or row["fact"] == "as_of"]:
            raise PackError(
                gettext_noop("%(signs)s: %(unknown)r is no fact of this question"),
                signs=SIGNS,
                unknown=unknown[0],
            )
        known = [row for row in rows if columns[row["fact"]][i] != UNKNOWN][:FACTS_USED]
        used.append([_sign(row, int(columns[row["fact"]][i])) for row in known])
        missing = [row["fact"] for row in rows if row not in known]
        needs.append(missing[: FACTS_USED - len(known)])
    return WillingnessAnswer(n, used, needs, as_of, packs)


def _sign(row: Mapping[str, Any], value: int) -> Sign:
    return Sign(row, value, _step(row["steps"], value)["points"])


def _step(steps: Sequence[Mapping[str, Any]], value: int) -> Mapping[str, Any]:
    """Return the last step that a value reaches; raises PackError where it reaches none."""
    reached = [step for step in steps if step["from"] <= value]
    if not reached:
        raise PackError(
            gettext_noop("%(signs)s: no step reaches %(value)s: let the first one begin lower"),
            signs=SIGNS,
            value=value,
        )
    return max(reached, key=lambda step: int(step["from"]))


QUESTION = Question(
    "willingness", "How willing has the debtor shown himself?", WillingnessFacts, answer, check=check
)
