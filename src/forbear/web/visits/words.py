"""The reader's words for codes that visits keep."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

FINDINGS: Mapping[str, LazyText] = {
    "case_not_active": _("The case is held or has ended"),
    "with_agency": _("The case is with an agency"),
    "not_own_address": _("Not an address of the debtor"),
    "address_closed": _("The address is wrong or its owner closed it"),
    "address_old": _("The address was not confirmed lately"),
    "place_unknown": _("Where the address is is not known; the route takes the city's office"),
    "debtor_minor": _("The debtor is a minor"),
    "day_out_of_reach": _("The day has passed or is too far ahead"),
    "rest_day": _("The house does not visit on rest days"),
    "outside_hours": _("Outside the hours in which the house visits"),
    "gate_refuses": _("The gate refuses"),
    "do_not_visit": _("Nobody goes now"),
    "manager_decides": _("Two people decide whether anybody goes"),
}
ROLES: Mapping[str, LazyText] = {
    "collector": _("Collector who leads"),
    "second_collector": _("Second collector"),
    "manager": _("Manager"),
    "legal_specialist": _("Legal specialist"),
    "outside_counsel": _("Outside counsel"),
    "expert": _("Expert"),
    "interpreter": _("Interpreter"),
}
AGAINST: Mapping[str, LazyText] = {
    "conflict_of_interest": _("conflict of interest"),
    "safety_history": _("too many incidents within a year"),
}
LEFT_OUT: Mapping[str, LazyText] = {
    "nobody_may": _("No team has every role it needs, or somebody of it is kept away"),
    "no_time": _("Its hours do not meet any team's day"),
    "no_room": _("No time is left that day"),
}
COMPLEXITY: Mapping[str, LazyText] = {
    "litigation_possible": _("A suit may follow"),
    "represented": _("Has a representative"),
    "guarantor": _("A guarantor"),
    "heirs": _("Heirs"),
    "business_debt": _("A business debt"),
    "documents_contested": _("Contested documents"),
    "cross_border": _("Across borders"),
    "vulnerable": _("A vulnerable person"),
    "media": _("Attention of the media"),
    "language": _("Another language"),
}
RISKS: Mapping[str, LazyText] = {
    "threat_to_staff": _("Threatened staff"),
    "violence_history": _("Violence before"),
    "weapon": _("A weapon"),
    "crowd": _("A crowd"),
    "dangerous_dog": _("A dangerous dog"),
    "remote_area": _("A remote place"),
    "minor_at_home": _("A minor at home"),
    "self_harm": _("A danger of self-harm"),
    "mental_illness": _("Mental illness"),
    "infectious_disease": _("An infectious disease"),
}
RECORDS: Mapping[str, LazyText] = {
    "requested": _("Request made"), "risk_checked": _("Risks checked"), "refused": _("Refused by a second check"),
    "approved": _("Approved"), "declined": _("Declined"), "scheduled": _("Put on a route"),
    "unscheduled": _("Taken off a route"), "not_reached": _("Not reached that day"), "called_off": _("Called off"),
    "permit": _("Permit granted"), "permit_used": _("Permit held at the door"), "permit_refused": _("No permit"),
    "link_sent": _("Link to pay sent"), "link_not_sent": _("No link to pay could be sent"), "concluded": _("Ended"),
    "checked": _("Checklist looked at"), "reviewed": _("Reviewed"), "overdue": _("No check-out in time"),
    "alarm_closed": _("Alarm closed"), "sos_of_mate": _("A mate called for help"),
    "forbidden_read": _("Forbidden list read"), "check_in": _("Checked in"), "badges": _("Badges shown"),
    "notice": _("Recording announced"), "door": _("Who opened"), "identity": _("Identity checked"),
    "amount": _("Amount opened"), "sealed": _("Sealed figures deleted"), "entry": _("Asked to enter"),
    "cash": _("Cash offered and refused"), "told": _("Somebody else asked"), "evidence": _("Photo or recording"),
    "result": _("Result"), "letter": _("Sealed letter"), "sos": _("Called for help"), "check_out": _("Checked out"),
}  # fmt: skip


def word(table: Mapping[str, LazyText], code: str) -> str:
    """Return the words of a code; an unknown code stands for itself."""
    return str(table.get(code, code))
