"""Who may not handle a complaint: whoever it names, whoever works the case, whoever spoke with the debtor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from forbear.web.cases.models import Case
from forbear.web.complaints import policy
from forbear.web.complaints.models import Bar, Complaint
from forbear.web.contact.models import ContactAttempt

if TYPE_CHECKING:
    from forbear.web.people.models import User


def has_conflict(person: User, complaint: Complaint, at: datetime) -> str:
    """Return why a person may not handle a complaint, empty when nothing stands in the way."""
    if Bar.objects.filter(complaint=complaint, user=person).exists():
        return _("the complaint names this person.")
    if Case.objects.filter(customer_id=complaint.customer_id, owner=person).exists():
        return _("this person works the debtor's case.")
    since = at - timedelta(days=int(policy.value("contact_days", at.date())))
    spoke = ContactAttempt.objects.filter(
        case__customer_id=complaint.customer_id, staff=person, at__gte=since
    )
    if spoke.exists():
        return _("this person was in contact with the debtor.")
    earlier = complaint.previous
    if earlier is not None and earlier.handler_id == person.pk:
        return _("this person handled the complaint before it.")
    return ""
