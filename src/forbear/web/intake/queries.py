"""The SQL of intake, read from sql/*.sql: one file per table, each query under a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


@cache
def queries(file: str) -> Mapping[str, str]:
    """Return the queries of sql/`file`.sql by name."""
    parts = _NAME.split((FOLDER / f"{file}.sql").read_text("utf-8"))
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
