"""Does a collection letter show all that it must?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from forbear.packs import PackError, Packs, gettext_noop
from forbear.questions.columns import UNKNOWN, Columns
from forbear.questions.envelope import envelope
from forbear.questions.facts import Facts
from forbear.questions.periods import LONGEST, check_days, on_day, values_over
from forbear.questions.registry import Question

# The parts one by one, or an item of art. 69 as a whole, which stands for all its parts.
Item = Literal[
    "cardholder_name", "balance", "collection_reason", "legal_basis", "rights_and_duties", "account_inquiry",
    "payment_method", "objection_channel", "evidence_submission", "bank_contact", "seal", "other_prescribed",
    "name_and_balance", "reason_and_basis", "channels",
]  # fmt: skip
ITEMS: tuple[str, ...] = get_args(Item)
CONTENT, RULE, SEAL = "cn/cc-2011-2/letter/content", "CC11-69-LETTER", "seal"


class LetterCompleteFacts(Facts, frozen=True):
    """Does this collection letter show all it must?"""

    items: Annotated[
        list[Item], Meta(max_length=LONGEST, description="What the letter shows; repeats do no harm.")
    ]
    sealed: Annotated[
        bool | None,
        Meta(
            description="Does it bear the bank's business seal? Null, the default: as `items` says, else not known."
        ),
    ] = None
    as_of: Annotated[date | None, Meta(description="The day of the letter. Default: the newest law.")] = None


def check(facts: LetterCompleteFacts) -> None:
    """Raise BadFact for a day that cannot be meant."""
    check_days(facts, ("as_of",))


@dataclass(frozen=True)
class LetterCompleteAnswer:
    """Column `complete`, shape (n,), and `shown`, shape (n, parts): 1, 0, or -1 not known."""

    n: int
    complete: NDArray[np.int8]
    shown: NDArray[np.int8]
    parts: tuple[str, ...]
    as_of: NDArray[np.datetime64]
    content: NDArray[Any]
    packs: Packs

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row: complete, incomplete, or complete but for what is not known."""
        on = self.as_of[i].astype(object)
        missing = [part for part, shown in zip(self.parts, self.shown[i], strict=True) if shown == 0]
        whole = [row["item"] for row in self.content[i] if set(row["parts"]) & set(missing)]
        reason = self.packs.reason(RULE, on=on, lang=lang, effect="refuse" if missing else "permit")
        return envelope(
            "incomplete" if missing else "complete",
            {"missing": missing, "missing_items": whole},
            [reason],
            on=on,
            packs=self.packs,
            needs=("sealed",) if (self.shown[i] == UNKNOWN).any() else (),
        )


def answer(columns: Columns, *, packs: Packs, n: int) -> LetterCompleteAnswer:
    """Check n letters, each under the law of its day; raises NoLawInForce with rows before the order."""
    as_of = on_day(columns["as_of"], packs, (CONTENT,))
    content, _ = values_over(packs, (CONTENT,), as_of)
    parts = tuple(
        dict.fromkeys(
            part for rows in {id(c): c for c in content}.values() for r in rows for part in r["parts"]
        )
    )
    if unknown := sorted(set(parts) - set(ITEMS)):
        raise PackError(
            gettext_noop("%(content)s: the part %(unknown)r is no item a letter can name; known: %(known)s"),
            content=CONTENT,
            unknown=unknown[0],
            known=", ".join(ITEMS),
        )
    shown = np.zeros((n, len(parts)), dtype=np.int8)
    for i, items in enumerate(columns["items"]):
        given = set(items)
        whole: Mapping[str, list[str]] = {row["item"]: row["parts"] for row in content[i]}
        covered = given | {part for item in given & set(whole) for part in whole[item]}
        due = {part for row in content[i] for part in row["parts"]}
        shown[i] = [part in covered or part not in due for part in parts]
    sealed, place = columns["sealed"], parts.index(SEAL)
    listed = shown[:, place] > 0
    shown[:, place] = np.where(sealed >= 0, sealed, np.where(listed, 1, UNKNOWN))
    complete = np.where((shown == 0).any(axis=1), 0, np.where((shown == UNKNOWN).any(axis=1), UNKNOWN, 1))
    return LetterCompleteAnswer(n, complete.astype(np.int8), shown, parts, as_of, content, packs)


QUESTION = Question(
    "letter_complete", "Does the letter show all it must?", LetterCompleteFacts, answer, check=check
)
