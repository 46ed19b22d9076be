"""What the post says of letters: a file with a line per letter, told like any other receipt."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from forbear.channels.contract import Kind, Status, Told
from forbear.channels.intake.decode import decode

COLUMNS = ("letter", "result", "on")
BYTES_MAX = 20_000_000
KEY = re.compile(r"[A-Za-z0-9._-]{1,80}")
NOTHING = ""


@dataclass(frozen=True, slots=True)
class PostResult:
    """What a code of the post means: the receipt's status, and whether the address is known not to exist."""

    status: Status
    dead: bool = False


Outcomes = Mapping[str, PostResult]


class BadResults(ValueError):
    """A file of results cannot be taken; names the line and what was expected. Nothing of it counts."""


def read_results(content: bytes, outcomes: Outcomes) -> list[Told]:
    """Return what a CSV file tells (columns letter, result, on); raises BadResults, and then nothing of it counts.

    UTF-8 or GB18030. `result` is one of the codes of `outcomes`, `on` the day of it (2026-11-24).
    """
    if len(content) > BYTES_MAX:
        raise BadResults(f"the file is larger than {BYTES_MAX // 1_000_000} MB; send it in parts")
    decoded = decode(content, knows=lambda text: sum(text.count(name) for name in COLUMNS))
    if decoded.bad_lines:
        raise BadResults(
            f"line {min(decoded.bad_lines)}: its characters cannot be read as {decoded.encoding}"
        )
    rows = csv.DictReader(io.StringIO(decoded.content.decode()))
    if missing := sorted(set(COLUMNS) - set(rows.fieldnames or ())):
        raise BadResults(f"the column {missing[0]!r} is missing; a file has {', '.join(COLUMNS)}")
    try:
        return list(_told(rows, outcomes))
    except csv.Error as error:
        raise BadResults(f"line {rows.line_num}: {error}") from error


def _told(rows: csv.DictReader[str], outcomes: Outcomes) -> Iterator[Told]:
    for row in rows:
        letter, result, on = ((row[name] or NOTHING).strip() for name in COLUMNS)
        where = f"line {rows.line_num}"
        if not KEY.fullmatch(letter):
            raise BadResults(f"{where}: {letter[:20]!r} is no letter of ours")
        if result not in outcomes:
            raise BadResults(f"{where}: unknown result {result[:20]!r}; known: {', '.join(sorted(outcomes))}")
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise BadResults(f"{where}: {on[:20]!r} is no day; write 2026-11-24") from None
        means = outcomes[result]
        key = hashlib.sha256(f"{letter}\n{result}\n{day}".encode()).hexdigest()
        yield Told(
            kind=Kind.RECEIPT, event_key=f"post:{key}", status=means.status, message_key=letter,
            code=result, dead=means.dead, on=day,
        )  # fmt: skip
