"""The question registry: one typed, columnar function per question, asked the same way by everybody.

How to add a question `days_past_due`: write `questions/days_past_due.py` (or a package of that name) and add its name
to `MODULES` in `questions/__init__.py`. The module is imported on first use, so importing it may be slow but asking
another question stays fast. It must define `QUESTION`:

    class DaysPastDueFacts(Facts, frozen=True):          # from forbear.questions.facts; unknown fields are refused
        due_on: Annotated[date, Meta(description="...")]
        minimum_due: Amount                              # money: a string outside, int64 minor units in the column
        payments: list[Payment] = []                     # nested structs stay objects in an object column
        ...                                              # every optional fact has a documented default

    @dataclass(frozen=True)
    class DaysPastDueAnswer:                             # satisfies the protocol Answer below
        n: int
        dpd: NDArray[np.int64]                           # consumers of ask_columns read such arrays directly
        def rendered(self, i: int, lang: str) -> dict[str, Any]: ...   # answer, reasons, as_of, pack_versions, needs
        def lines(self, lang: str) -> Iterator[bytes]: ...   # optional: the JSON of every row, faster than one by one

    def answer(columns: Columns, *, packs: Packs, n: int) -> DaysPastDueAnswer: ...

    QUESTION = Question("days_past_due", "How late is the account?", DaysPastDueFacts, answer)

`columns` has every declared fact as in the table of `forbear.questions.columns` (codes for choices, -1 or NaT for not
known). Override `encode` where rows hold nested lists that need their own arrays, and `check` for what a type cannot
say (raise BadFact). Raise NoLawInForce with `rows=` (a mask of shape (n,)) where only some rows have no law, and with
`of_row=` (row to its own error; see `NoLawInForce.of_rows`): a batch then reports those rows alone. Reasons come from `packs.reason(rule_id, on=..., effect=..., lang=..., **values)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import msgspec
import numpy as np

from forbear.packs import DEFAULT_LANG, LANGS, NoLawInForce, Packs, shared_packs
from forbear.questions.columns import Columns, columns_of, given_columns
from forbear.questions.facts import BadFact, Facts, convert_facts, decode_facts


class Answer(Protocol):
    """The columnar answer of n rows; `rendered` makes the public JSON object of one."""

    @property
    def n(self) -> int: ...

    def rendered(self, i: int, lang: str) -> dict[str, Any]: ...


class AnswerFunction(Protocol):
    """A pure function from columns of facts to a columnar answer."""

    def __call__(self, columns: Columns, *, packs: Packs, n: int) -> Any: ...


@dataclass(frozen=True)
class Question:
    """One registered question: its facts, how they become columns, and the function that answers."""

    name: str
    summary: str
    facts: type[Facts]
    answer: AnswerFunction
    encode: Callable[[Sequence[Any]], Columns] | None = None
    check: Callable[[Any], None] | None = None

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Decode one JSON line into checked facts."""
        return msgspec.json.Decoder(self.facts, strict=True)

    def checked(self, raw: Any) -> Any:
        """Return typed facts from a mapping, or raise BadFact."""
        facts = convert_facts(raw, self.facts)
        if self.check is not None:
            self.check(facts)
        return facts

    def checked_line(self, line: bytes) -> Any:
        """Return typed facts from one JSON text, or raise BadFact."""
        facts = decode_facts(line, self.decoder)
        if self.check is not None:
            self.check(facts)
        return facts

    def columns(self, rows: Sequence[Any]) -> Columns:
        """Turn checked facts into columns."""
        return self.encode(rows) if self.encode is not None else columns_of(rows, self.facts)

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the facts."""
        return msgspec.json.schema(self.facts)


class UnknownQuestion(LookupError):
    """No question of that name is registered; the known names are listed."""


_MODULES: list[str] = []
_LOADED: dict[str, Question] = {}


def register_modules(names: Iterable[str]) -> None:
    """Name the modules of `forbear.questions` that hold a QUESTION; each is imported on first use."""
    _MODULES.extend(name for name in names if name not in _MODULES)


def question(name: str) -> Question:
    """Return a registered question; raises UnknownQuestion."""
    if name not in _LOADED:
        if name not in _MODULES:
            raise UnknownQuestion(f"no question {name!r}; known: {', '.join(sorted(_MODULES))}")
        _LOADED[name] = importlib.import_module(f"forbear.questions.{name}").QUESTION
    return _LOADED[name]


def all_questions() -> list[Question]:
    """Return every registered question in name order."""
    return [question(name) for name in sorted(_MODULES)]


def ask(
    name: str, facts: Mapping[str, Any], *, packs: Packs | None = None, lang: str = DEFAULT_LANG
) -> dict[str, Any]:
    """Answer one case as the public JSON object; raises BadFact, NoLawInForce, UnknownQuestion."""
    asked = question(name)
    row = asked.checked(facts)
    answered = asked.answer(asked.columns([row]), packs=packs or shared_packs(), n=1)
    rendered: dict[str, Any] = answered.rendered(0, known_lang(lang))
    return rendered


def ask_many(
    name: str, facts: Iterable[Mapping[str, Any]], *, packs: Packs | None = None, lang: str = DEFAULT_LANG
) -> list[dict[str, Any]]:
    """Answer many cases at once, in order; raises at the first bad fact, and if any row has no law."""
    asked = question(name)
    rows = [asked.checked(raw) for raw in facts]
    if not rows:
        return []
    answered = asked.answer(asked.columns(rows), packs=packs or shared_packs(), n=len(rows))
    return [msgspec.json.decode(line) for line in _lines(answered, known_lang(lang))]


def ask_columns(
    name: str, columns: Mapping[str, Any], *, packs: Packs | None = None, n: int | None = None
) -> Any:
    """Answer columns with columns: the question's own answer object, see its module.

    Facts not given take their documented default. `n` is needed only where every column is a single value.
    """
    asked = question(name)
    length = n if n is not None else max((np.asarray(c).size for c in columns.values()), default=0)
    return asked.answer(given_columns(columns, asked.facts, length), packs=packs or shared_packs(), n=length)


def ask_lines(
    name: str, lines: Sequence[bytes], *, packs: Packs, lang: str = DEFAULT_LANG
) -> list[bytes | Exception]:
    """Answer JSON lines: for each, in order, the JSON answer or the error (BadFact, NoLawInForce)."""
    asked = question(name)
    results: list[Any] = [None] * len(lines)
    rows, places = [], []
    for place, line in enumerate(lines):
        try:
            rows.append(asked.checked_line(line))
            places.append(place)
        except BadFact as error:
            results[place] = error
    for place, result in zip(places, _answer_rows(asked, rows, packs, known_lang(lang)), strict=True):
        results[place] = result
    return results


def _answer_rows(asked: Question, rows: list[Any], packs: Packs, lang: str) -> Iterator[bytes | Exception]:
    """Yield the JSON of each row, or NoLawInForce for the rows that have no law."""
    if not rows:
        return
    try:
        answered = asked.answer(asked.columns(rows), packs=packs, n=len(rows))
    except NoLawInForce as error:
        if len(rows) == 1:
            yield error
        else:
            yield from _answer_around(asked, rows, packs, lang, error)
        return
    except BadFact as error:  # only together with other facts is this one bad; find the row by halves
        if len(rows) == 1:
            yield error
        else:
            yield from _halves(asked, rows, packs, lang)
        return
    yield from _lines(answered, lang)


def _lines(answered: Any, lang: str) -> Iterator[bytes]:
    """Yield the JSON of each row; an answer object that renders many rows faster than one by one has `lines`."""
    if hasattr(answered, "lines"):
        yield from answered.lines(lang)
    else:
        yield from (msgspec.json.encode(answered.rendered(i, lang)) for i in range(answered.n))


def _halves(asked: Question, rows: list[Any], packs: Packs, lang: str) -> Iterator[bytes | Exception]:
    half = len(rows) // 2
    yield from _answer_rows(asked, rows[:half], packs, lang)
    yield from _answer_rows(asked, rows[half:], packs, lang)


def _answer_around(
    asked: Question, rows: list[Any], packs: Packs, lang: str, error: NoLawInForce
) -> Iterator[bytes | Exception]:
    """Answer the rows that have law; those the error marks are told so, or a half at a time goes where it marks none."""
    if error.rows is None or not error.rows.any():
        yield from _halves(asked, rows, packs, lang)
        return
    good = _answer_rows(asked, [r for r, bad in zip(rows, error.rows, strict=True) if not bad], packs, lang)
    for i, (row, bad) in enumerate(zip(rows, error.rows, strict=True)):
        if not bad:
            yield next(good)
        elif error.of_row is not None:
            yield error.of_row(i)
        else:
            yield from _answer_rows(asked, [row], packs, lang)


def known_lang(lang: str) -> str:
    """Return the language if reasons exist in it; raises BadFact."""
    if lang not in LANGS:
        raise BadFact("lang", lang, f"one of {', '.join(LANGS)}")
    return lang
