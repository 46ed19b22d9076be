"""What a person should look at about an applied file: flags hinted in remarks, accounts that left the list."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from forbear.channels import ParsedFile
from forbear.web.intake.models import Alert, ImportBatch
from forbear.web.intake.queries import queries
from forbear.web.people.models import User


def write_alerts(batch: ImportBatch, parsed: ParsedFile) -> None:
    """Note what an applied file leaves to be looked at; nothing of it changes a state by itself."""
    proposals = parsed.tables.get("flag_proposals")
    if proposals is not None and proposals.num_rows:
        _propose_flags(batch, proposals.to_pylist())


def _propose_flags(batch: ImportBatch, rows: list[dict[str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            queries("alerts")["propose_flag"],
            [
                {
                    "batch": batch.pk,
                    **{name: row[name] for name in ("row_no", "flag", "word", "account_no", "customer_no")},
                }
                for row in rows
            ],
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
