"""What a person should look at about an applied file: who left the list unexplained, what a remark hints at."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from forbear.channels import ParsedFile, compare_positions
from forbear.ledger.tables import ENTRIES, POSITIONS
from forbear.web.intake.models import Alert, ImportBatch
from forbear.web.intake.queries import queries
from forbear.web.intake.stage import copy_table
from forbear.web.people.models import User

CURED = "cured"  # explained by a payment; the ledger decides the cure itself
COMPARED = pa.schema(
    [POSITIONS.field(name) for name in ("account_no", "dpd", "minimum_due_minor", "total_minor")]
)
PAID = pa.schema([ENTRIES.field(name) for name in ("account_no", "kind", "amount_minor", "booked_on")])


def write_alerts(batch: ImportBatch, parsed: ParsedFile, *, at: datetime) -> dict[str, int]:
    """Note what an applied file leaves to be looked at; return how many by kind. Nothing changes a state by itself."""
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        proposals = parsed.tables.get("flag_proposals")
        if proposals is not None and proposals.num_rows:
            cursor.executemany(queries("alerts")["propose_flag"], _proposals(batch, proposals))
            found["flag_proposed"] = proposals.num_rows
        if "positions" in parsed.tables and parsed.data_on:
            found += _compare_lists(cursor, batch, parsed, parsed.data_on, at)
        if "entries" in parsed.tables:
            cursor.execute(queries("alerts")["explain_by_payment"], {"at": at})
            found["explained_by_payment"] = cursor.rowcount
    return {kind: count for kind, count in found.items() if count}


def _proposals(batch: ImportBatch, proposals: pa.Table) -> list[dict[str, Any]]:
    names = ("row_no", "flag", "word", "account_no", "customer_no")
    return [{"batch": batch.pk, **{name: row[name] for name in names}} for row in proposals.to_pylist()]


def _compare_lists(
    cursor: Any, batch: ImportBatch, parsed: ParsedFile, today_on: date, at: datetime
) -> Counter[str]:
    steps, found = queries("alerts"), Counter[str]()
    cursor.execute(
        steps["close_outdated"], {"batch": batch.pk, "layout": batch.layout, "on": today_on, "at": at}
    )
    found["withdrawn_by_correction"] = _note_withdrawn(cursor, batch, parsed, today_on)
    cursor.execute(steps["previous_list"], {"layout": batch.layout, "on": today_on})
    previous_on = cursor.fetchone()[0]
    if previous_on is None:
        return found
    days = {"on": today_on, "previous_on": previous_on}
    alerts = compare_positions(
        fetch_table(cursor, steps["positions_of"], {"on": previous_on}, COMPARED),
        fetch_table(cursor, steps["positions_of"], {"on": today_on}, COMPARED),
        fetch_table(cursor, steps["paid_between"], days, PAID),
        previous_on=previous_on,
        today_on=today_on,
    )
    found.update(alerts["alert"].to_pylist())
    write_compared(cursor, batch, alerts, days)
    return found


def _note_withdrawn(cursor: Any, batch: ImportBatch, parsed: ParsedFile, today_on: date) -> int:
    """Note the accounts of the first delivery of this very file that its correction no longer lists."""
    steps, which = queries("alerts"), {"batch": batch.pk, "name": batch.received_name, "on": today_on}
    cursor.execute(steps["redelivered"], which)
    if cursor.fetchone() is None:
        return 0
    cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived_accounts")
    cursor.execute(steps["arrived"])
    copy_table(cursor, "arrived_accounts", parsed.tables["positions"].select(["account_no"]), step="compare")
    cursor.execute(steps["withdrawn"], which)
    return int(cursor.rowcount)


def write_compared(cursor: Any, batch: ImportBatch, alerts: pa.Table, days: Mapping[str, date]) -> None:
    """Store the alerts of a comparison (schema ALERTS), without those that a payment explains."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.stage_alerts")
    cursor.execute(queries("alerts")["stage"])
    copy_table(cursor, "stage_alerts", alerts, step="alerts")
    cursor.execute(queries("alerts")["insert"], {"batch": batch.pk, "cured": CURED, **days})


def fetch_table(cursor: Any, query: str, params: Mapping[str, object], schema: pa.Schema) -> pa.Table:
    """Read the rows of a query as an Arrow table of this schema."""
    buffer = io.BytesIO()
    with cursor.copy(query, params) as copy:
        for chunk in copy:
            buffer.write(chunk)
    if not buffer.tell():
        return schema.empty_table()
    options = csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(
        pa.py_buffer(buffer.getbuffer()),
        read_options=csv.ReadOptions(column_names=schema.names),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    )


def settle_alert(*, alert: Alert, finding: str, user: User, at: datetime) -> Alert:
    """Settle an alert with what was found; raise ValueError without a finding or when it is settled already."""
    if not finding.strip():
        raise ValueError("an alert is settled only with what was found")
    changed = Alert.objects.filter(pk=alert.pk, settled_at=None).update(
        settled_at=at, settled_by=user, settlement=finding.strip()[:200]
    )
    if not changed:
        raise ValueError(f"alert {alert.pk} is settled already")
    alert.refresh_from_db()
    return alert
