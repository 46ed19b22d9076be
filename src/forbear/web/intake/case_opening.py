"""Open and close cases as batches come and go; every other change of a case belongs to the app `cases`."""

from __future__ import annotations

from datetime import date
from typing import Any

from forbear.web.intake.first_load import first_load
from forbear.web.intake.queries import queries


def open_cases(cursor: Any, batch_id: int, on: date, positions: int) -> int:
    """Open a case for each customer and product that the batch shows in arrears and that has none; return how many.

    positions is how many the batch wrote: about as many cases as may be opened.
    """
    if not positions:
        return 0
    with first_load(cursor, "cases_case", positions) as locked:
        # Looking for a row that somebody else adds doubles the work, and nobody adds to a table that is locked.
        query = queries("batch")["open_cases"].format(meanwhile="" if locked else "ON CONFLICT DO NOTHING")
        cursor.execute(query, {"batch": batch_id, "on": on})
        return int(cursor.rowcount)


def close_untouched_cases(cursor: Any, batch_id: int, on: date) -> int:
    """Close the cases of a reversed batch that nothing else supports and nobody has worked on; return how many."""
    cursor.execute(queries("batch")["close_untouched_cases"], {"batch": batch_id, "on": on})
    return int(cursor.rowcount)
