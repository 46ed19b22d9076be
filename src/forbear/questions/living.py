"""What a person needs a month at least, by region, from the table of the house; two questions read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from forbear.packs import Packs

FLOOR = "house/affordability/living_floor"
NATION = "000000"
CODE_DIGITS = (6, 4, 2)  # the levels of a GB/T 2260 code: county, city, province

Region = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]


def local_row(packs: Packs, on: date, code: str) -> Mapping[str, Any] | None:
    """Return the row of the county, city or province of a code, the nearest first; None where none is listed."""
    rows = {row["region"]: row for row in packs.value(FLOOR, on)}
    nearest = (code[:digits].ljust(len(NATION), "0") for digits in CODE_DIGITS)
    return next((rows[key] for key in nearest if key in rows and key != NATION), None)


def national_row(packs: Packs, on: date) -> Mapping[str, Any] | None:
    """Return the row that serves where no nearer one is listed."""
    return next((row for row in packs.value(FLOOR, on) if row["region"] == NATION), None)


def named(row: Mapping[str, Any]) -> dict[str, str]:
    """Return where a row's figure comes from, by language."""
    return {lang: f"{row[lang]} {row['published']}" for lang in ("zh", "en")}
