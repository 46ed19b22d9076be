"""The columnar answer of `may_contact`, and its public JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from forbear.days import Zone
from forbear.packs import Packs
from forbear.questions.may_contact.facts import MayContactFacts
from forbear.questions.may_contact.law import Jurisdiction, Stretch
from forbear.questions.norms.norm import Norm
from forbear.questions.norms.truth import Bits

if TYPE_CHECKING:
    from forbear.questions.may_contact.decide import Decided

CODES = ("allowed", "discouraged", "refused")
ALLOWED, DISCOURAGED, REFUSED = (np.int8(code) for code in range(len(CODES)))
NEVER = np.iinfo(np.int64).min
SHOWN_FIRST = {"refuse": 0, "presume": 1, "discourage": 2, "note": 3}  # an order of showing, no rule
_SAID = {"presume": "presumed_violation"}  # a presumption is said to be one: it can be rebutted
_encode = msgspec.json.encode


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows that share a stretch of law and a time zone: what rendering needs beside the columns."""

    law: Jurisdiction
    stretch: Stretch
    where: Zone


@dataclass(frozen=True, eq=False)
class MayContactAnswer:
    """Answers of n rows.

    `code` indexes CODES; `earliest_at` is datetime64[us] in UTC, NaT where no moment can be known; `remaining` holds by
    counter what is left, -1 where the counter or its limit is not known; `broken` has one bit per rule of `rule_ids`.
    """

    n: int
    at: NDArray[np.int64]
    code: NDArray[np.int8]
    earliest: NDArray[np.int64]
    broken: Bits
    kept: Bits
    needs: Bits
    remaining: dict[str, NDArray[np.int64]]
    part: NDArray[np.int16]
    parts: list[_Part]
    packs: Packs = field(repr=False)

    @classmethod
    def empty(cls, n: int, at: NDArray[np.int64], packs: Packs) -> MayContactAnswer:
        """Return an answer still to be filled by `put`."""
        broken, kept, needs = (np.zeros(n, dtype=np.uint64) for _ in ("broken", "kept", "needs"))
        return cls(
            n,
            at,
            np.zeros(n, dtype=np.int8),
            at.copy(),
            broken,
            kept,
            needs,
            {},
            np.zeros(n, dtype=np.int16),
            [],
            packs,
        )

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Say which rows are not refused."""
        found: NDArray[np.bool_] = self.code != REFUSED
        return found

    @property
    def earliest_at(self) -> NDArray[np.datetime64]:
        """Return the next lawful moment in UTC."""
        return self.earliest.view("datetime64[us]")

    @property
    def answers(self) -> NDArray[np.str_]:
        """Return the answers as words."""
        return np.array(CODES)[self.code]

    def broken_by_rule(self) -> dict[str, int]:
        """Count by rule how many rows break it."""
        counts: dict[str, int] = {}
        for number, part in enumerate(self.parts):
            bits, rows = np.unique(self.broken[self.part == number], return_counts=True)
            for norm in part.stretch.norms:
                hits = int(rows[(bits >> np.uint64(norm.bit)) & np.uint64(1) == 1].sum())
                if hits:
                    counts[norm.rule.id] = counts.get(norm.rule.id, 0) + hits
        return counts

    def add_law(self, law: Jurisdiction) -> None:
        """Make room for the counters of one more jurisdiction."""
        for name in law.counters:
            self.remaining.setdefault(name, np.full(self.n, -1, dtype=np.int64))

    def put(
        self, rows: NDArray[np.int64] | None, law: Jurisdiction, number: int, decided: Decided, where: Zone
    ) -> None:
        """Fill in the decided rows; None stands for all."""
        place: Any = slice(None) if rows is None else rows
        self.code[place] = decided.code
        self.earliest[place] = decided.earliest
        self.broken[place] = decided.broken
        self.kept[place] = decided.kept
        self.needs[place] = decided.needs
        self.part[place] = len(self.parts)
        for name, left in decided.remaining.items():
            self.remaining[name][place] = left
        self.parts.append(_Part(law, law.stretches[number], where))

    def rendered(self, i: int, lang: str) -> dict[str, Any]:
        """Return the public JSON object of one row."""
        found: dict[str, Any] = msgspec.json.decode(next(self._lines_of(np.array([i]), self.part[i], lang)))
        return found

    def lines(self, lang: str) -> Iterator[bytes]:
        """Yield the public JSON of every row in order; fast, since rows alike share their rendered reasons."""
        if len(self.parts) == 1:
            yield from self._lines_of(np.arange(self.n), 0, lang)
            return
        lines = [
            self._lines_of(np.flatnonzero(self.part == number), number, lang)
            for number in range(len(self.parts))
        ]
        for number in self.part.tolist():
            yield next(lines[number])

    def _lines_of(self, rows: NDArray[np.int64], number: int, lang: str) -> Iterator[bytes]:
        part = self.parts[number]
        names = part.law.counters
        left = (
            zip(*(self.remaining[name][rows].tolist() for name in names), strict=True)
            if names
            else ((),) * len(rows)
        )
        tail = b',"pack_versions":' + _encode(dict(part.stretch.versions)) + b"}"
        known: dict[Any, bytes] = part.stretch.fragments
        moments = _iso(np.concatenate([self.at[rows], self.earliest[rows]]), part.where)
        for code, broken, kept, needs, counters, at, earliest in zip(
            self.code[rows].tolist(), self.broken[rows].tolist(), self.kept[rows].tolist(), self.needs[rows].tolist(),
            left, moments[: len(rows)], moments[len(rows) :], strict=True,
        ):  # fmt: skip
            key = (lang, code, broken, kept if code == ALLOWED else None)
            reasons = known.get(key)
            if reasons is None:
                reasons = known[key] = _reasons(part.stretch, code, broken, kept, lang)
            state = known.get((needs, counters))
            if state is None:
                state = known[needs, counters] = _state(needs, dict(zip(names, counters, strict=True)))
            yield b"".join((reasons, state, b',"earliest_at":', earliest, b',"as_of":', at, tail))


def _reasons(stretch: Stretch, code: int, broken: int, kept: int, lang: str) -> bytes:
    """Render the head of the JSON object: the answer and the norms that explain it, the strictest effect first."""
    shown = sorted(
        (n for n in stretch.norms if broken >> n.bit & 1), key=lambda n: SHOWN_FIRST[n.rule.effect]
    )
    reasons = [
        norm.rule.reason(_SAID.get(norm.rule.effect, norm.rule.effect), lang, norm.values) for norm in shown
    ]
    if code == ALLOWED:
        permits = (n for n in stretch.norms if kept >> n.bit & 1 and n.rule.instrument.force != "policy")
        reasons += [norm.rule.reason(_kept(norm), lang, norm.values) for norm in permits]
    return b'{"answer":"' + CODES[code].encode() + b'","reasons":' + _encode(reasons)


def _kept(norm: Norm) -> str:
    return "presumed_compliance" if norm.rule.effect == "presume" else "permit"


def _state(needs: int, remaining: Mapping[str, int]) -> bytes:
    """Render what is left of the counters, and the facts that were not known but matter."""
    missing = [name for bit, name in enumerate(MayContactFacts.__struct_fields__) if needs >> bit & 1]
    left = {name: None if count < 0 else count for name, count in remaining.items()}
    return b',"remaining":' + _encode(left) + b',"needs":' + _encode(missing)


def _iso(moments: NDArray[np.int64], where: Zone) -> list[bytes]:
    """Return moments as JSON strings in local time with offset, and null for none; shape (n,)."""
    never = moments == NEVER
    safe = np.where(never, 0, moments)
    local = where.local(safe)
    texts = np.datetime_as_string(local.view("datetime64[us]"), unit="s").tolist()
    for i in np.flatnonzero(local % 1_000_000).tolist():
        texts[i] = f"{texts[i]}.{local[i] % 1_000_000:06d}"
    minutes = (local - safe) // 60_000_000
    suffix = {
        m: f'{"-" if m < 0 else "+"}{abs(m) // 60:02d}:{abs(m) % 60:02d}"'
        for m in np.unique(minutes).tolist()
    }
    ends = (
        [suffix[m] for m in minutes.tolist()]
        if len(suffix) > 1
        else [next(iter(suffix.values()), "")] * len(local)
    )
    lines = [f'"{text}{end}'.encode() for text, end in zip(texts, ends, strict=True)]
    for i in np.flatnonzero(never).tolist():
        lines[i] = b"null"
    return lines
