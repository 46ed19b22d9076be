"""Papers a debtor brings: judged by content, kept sealed, and put before somebody who looks at them."""

from __future__ import annotations

from datetime import datetime

from forbear.web.cases.holds import end_of_business_days
from forbear.web.cases.models import Case
from forbear.web.cases.opening import add_task
from forbear.web.complaints.uploads import Taken
from forbear.web.debtor import policy
from forbear.web.documents.models import StoredDocument
from forbear.web.documents.store import receive


def keep(case: Case, file: Taken, *, kind: str, title: str, at: datetime) -> StoredDocument:
    """Keep one judged file as a document the debtor brought; raises DocumentRefused."""
    return receive(case, file.content, kind=kind, title=title, at=at, by=None)


def to_be_looked_at(case: Case, *, note: str, at: datetime) -> None:
    """Ask somebody to look at new papers, once however many there are."""
    if not case.tasks.filter(kind="papers", note=note, done_at__isnull=True).exists():
        due = end_of_business_days(at, policy.value("papers_days", at))
        add_task(case, kind="papers", due_at=due, at=at, by=None, owner=case.owner, note=note)
