"""Facts from outside: typed, bounded, nothing unknown; a wrong one is refused by name, value and expectation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

VALUE_SHOWN_MAX = 120  # characters of a refused value that an error repeats
INTEGER_MAX = 2**63 - 1  # what a reader of JSON may be able to hold

Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,13}(\.[0-9]{2})?$",
        description='Money in the account currency, a string with two decimals such as "1050.00".',
    ),
]
Word = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,60}$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every fact schema: immutable, keyword only, no field that the schema does not name."""


class BadFact(ValueError):
    """A fact is unknown, missing, of the wrong type or absurd; names the field, the value and what was expected."""

    def __init__(self, field: str, value: Any, expected: str) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        super().__init__(f"{field}: {_shown(value)}: {expected}")

    def as_json(self) -> dict[str, Any]:
        """Return the error object of the public contract."""
        return {
            "error": "BadFact",
            "field": self.field,
            "value": _shown(self.value),
            "expected": self.expected,
        }


def _shown(value: Any) -> Any:
    """Return a value safe to print: short, and of a JSON type."""
    if value is None or isinstance(value, bool | int):
        return (
            value if not isinstance(value, int) or abs(value) <= INTEGER_MAX else str(value)[:VALUE_SHOWN_MAX]
        )
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "backslashreplace").decode()[:VALUE_SHOWN_MAX]


_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<field>.*)`", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")


def bad_fact(error: msgspec.ValidationError, raw: Any, schema: type[Facts]) -> BadFact:
    """Turn a validation error of msgspec into BadFact, with the value looked up in what was given."""
    message = str(error)
    path_match = _AT.search(message)
    steps = [name or int(index) for name, index in _STEP.findall(path_match["path"])] if path_match else []
    plain = _AT.sub("", message)
    if unknown := _UNKNOWN.search(plain):
        steps, plain = (
            [*steps, unknown["field"]],
            "no such fact; `forbear ask --list` shows the facts of each question",
        )
    elif missing := _MISSING.search(plain):
        return BadFact(_dotted([*steps, missing["field"]]), None, "this fact is required")
    elif plain.startswith("Invalid enum value") and (choices := _choices(schema, steps)):
        plain = f"one of {', '.join(choices)}"
    return BadFact(_dotted(steps) or "facts", _look_up(raw, steps), plain)


def _choices(schema: type[Facts], steps: list[Any]) -> list[str]:
    """Return the choices of a top-level fact, from its JSON Schema."""
    described = msgspec.json.schema(schema)["$defs"][schema.__name__]["properties"].get(
        steps[0] if steps else "", {}
    )
    return next(
        (list(map(str, d["enum"])) for d in (described, *described.get("anyOf", ())) if "enum" in d), []
    )


def _dotted(steps: list[Any]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _look_up(raw: Any, steps: list[Any]) -> Any:
    for step in steps:
        if isinstance(step, str) and isinstance(raw, Mapping):
            raw = raw.get(step)
        elif isinstance(step, int) and isinstance(raw, list | tuple) and step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw


def convert_facts(raw: Any, schema: type[Facts]) -> Any:
    """Return the checked facts of a mapping; raises BadFact."""
    try:
        return msgspec.convert(raw, schema, strict=True)
    except msgspec.ValidationError as error:
        raise bad_fact(error, raw, schema) from error
    except (OverflowError, RecursionError) as error:
        raise BadFact("facts", raw, f"JSON values only: {error}") from error


def _raw(line: bytes | str) -> Any:
    """Return the JSON value of a line for an error message, None where what follows the first error is no JSON."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def decode_facts(line: bytes | str, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Return the checked facts of one JSON text; raises BadFact."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise bad_fact(error, _raw(line), decoder.type) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFact("facts", line.decode("utf-8", "replace") if isinstance(line, bytes) else line,
                      f"one JSON object: {error}") from error  # fmt: skip
