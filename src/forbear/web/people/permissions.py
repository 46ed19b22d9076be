"""Who may do what, as data, and the two ways to ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from forbear.web.people.models import Role, User

Reader = User | AnonymousUser
View = Callable[..., HttpResponseBase]

# Each action a person can be allowed, as the permission matrix names it.
ACTIONS = {
    "see_case": _("Open a case"),
    "see_all_cases": _("Open cases of others"),
    "search": _("Search for people and cases"),
    "see_names": _("See whole names"),
    "unmask_number": _("Show a whole phone or card number"),
    "contact": _("Call, write or visit"),
    "receive": _("Take inbound calls and visitors"),
    "listen": _("Listen to recordings"),
    "promise": _("Record a promise to pay"),
    "note": _("Write notes and results"),
    "negotiate": _("Ask for means, agree plans and waivers"),
    "read_documents": _("Read stored documents"),
    "hold": _("Put a case on hold"),
    "approve": _("Approve exceptions"),
    "assign": _("Hand cases to collectors"),
    "see_board": _("See the board"),
    "read_files": _("See files and set-aside rows"),
    "import_files": _("Import files and correct rows"),
    "reverse_batch": _("Reverse an imported file"),
    "read_runs": _("See the runs of the day"),
    "start_run": _("Start a run of the day"),
    "see_replies": _("Read what debtors answer"),
    "see_letters": _("See batches of letters"),
    "write_letters": _("Ask for letters and take in what the post says"),
    "sign_letters": _("Sign lawyer's letters"),
    "see_wording": _("See message templates"),
    "write_wording": _("Write and approve message templates"),
    "see_outbox": _("See the outbox"),
    "settle_outbox": _("Settle uncertain messages"),
    "read_access_log": _("See who read whose data"),
    "reopen_number": _("Reopen a blocked number"),
    "see_court": _("See matters in court"),
    "see_all_matters": _("See all matters in court"),
    "work_court": _("Work matters in court"),
    "reckon_offence": _("Reckon what the offence of malicious overdraft asks for"),
    "see_credit": _("See credit records"),
    "work_credit": _("Report to the credit register and deal with objections"),
    "see_disposal": _("See write-offs and transfers"),
    "work_disposal": _("Prepare write-offs and transfers"),
    "read_passed_on": _("Read what was passed to another creditor"),
    "read_law": _("Read the law library"),
    "draft_law": _("Draft changes of house policy"),
    "publish_law": _("Publish a colleague's draft"),
    "acknowledge": _("Acknowledge changed rules"),
    "explain_amount": _("See why an amount is what it is, outside a call"),
    "reconcile": _("Settle differences with the bank's figures"),
    "handle_complaints": _("Deal with complaints"),
    "refund": _("Give payments back"),
    "ask_visit": _("Ask for a visit"),
    "go_on_visits": _("Go on visits"),
    "see_visits": _("See all visits"),
    "plan_visits": _("Make teams and routes of visits"),
    "review_visits": _("Review visits"),
    "manage_users": _("Manage staff and roles"),
}

# Nobody holds everything: whoever manages staff reads no debtor's case, whoever audits contacts nobody.
MATRIX: dict[str, frozenset[str]] = {
    Role.COLLECTOR: frozenset({"see_case", "search", "unmask_number", "contact", "promise", "note", "negotiate", "read_documents", "hold", "read_law", "acknowledge", "ask_visit"}),
    # Whoever answers the telephone sees no case and no debt: a name to ask for, and the right person on duty.
    Role.RECEPTION: frozenset({"receive", "read_law", "acknowledge"}),
    Role.FIELD: frozenset({"see_case", "search", "unmask_number", "contact", "promise", "note", "negotiate", "read_documents", "hold", "read_law", "acknowledge", "ask_visit", "go_on_visits"}),
    Role.LEGAL: frozenset(
        {"see_case", "see_all_cases", "search", "see_names", "unmask_number", "contact", "promise", "note", "negotiate", "read_documents", "hold", "listen", "read_law", "acknowledge", "explain_amount",
         "see_court", "see_all_matters", "work_court", "reckon_offence", "see_credit", "see_disposal", "work_disposal",
         "see_letters", "write_letters", "sign_letters", "ask_visit", "go_on_visits"}
    ),
    Role.COUNSEL: frozenset({"see_court", "see_letters", "sign_letters"}),  # the matters granted to them, for as long as they are granted
    Role.MANAGER: frozenset(
        {
            "see_case", "see_all_cases", "search", "unmask_number", "contact", "promise", "note", "negotiate", "read_documents", "hold",
            "approve", "assign", "see_board", "see_replies", "see_outbox", "receive", "listen", "read_files", "read_runs", "start_run", "read_law", "acknowledge",
            "explain_amount", "reconcile", "settle_outbox", "refund", "see_court", "see_all_matters", "see_credit", "see_disposal",
            "see_letters", "write_letters", "see_wording", "write_wording",
            "ask_visit", "go_on_visits", "see_visits", "plan_visits", "review_visits",
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            "see_case", "see_all_cases", "search", "see_names", "unmask_number", "read_documents", "hold", "see_board", "see_replies", "see_outbox", "listen",
            "read_files", "read_runs", "read_access_log", "reopen_number", "read_law", "draft_law", "publish_law",
            "explain_amount", "reconcile", "handle_complaints", "see_credit", "work_credit", "see_disposal", "read_passed_on",
            "see_letters", "see_wording", "write_wording",
            "see_visits", "review_visits",
        }
    ),
    Role.ANALYST: frozenset({"see_board", "read_runs", "read_files", "read_law"}),
    Role.ADMINISTRATOR: frozenset(
        {"read_files", "import_files", "reverse_batch", "read_runs", "start_run", "manage_users"}
    ),
}  # fmt: skip


class NotAllowed(PermissionDenied):
    """This role may not do this; carries the action so that the page can say who may."""

    def __init__(self, action: str) -> None:
        super().__init__(f"the role may not: {action}")
        self.action = action


def may(user: Reader, action: str) -> bool:
    """Return whether user may do action; an action nobody has heard of is a mistake, not a refusal (KeyError)."""
    if action not in ACTIONS:
        raise KeyError(f"no such action: {action}; actions are {', '.join(ACTIONS)}")
    return user.is_authenticated and user.is_active and action in MATRIX.get(user.role, frozenset())


def signed_in(request: HttpRequest) -> User:
    """Return the person who sent the request; raise PermissionDenied when nobody is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied("nobody is signed in")
    return request.user


def roles_that_may(action: str) -> list[str]:
    """Return the names of the roles that hold action."""
    return [str(Role(role).label) for role, actions in MATRIX.items() if action in actions]


def require(*actions: str) -> Callable[[View], View]:
    """Let a view answer only those who may do one of the actions; raise NotAllowed (403) for the others."""
    if unknown := set(actions) - set(ACTIONS):
        raise KeyError(f"no such action: {', '.join(unknown)}; actions are {', '.join(ACTIONS)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if not any(may(request.user, action) for action in actions):
                raise NotAllowed(actions[0])
            return view(request, *args, **named)

        return guarded

    return decorate
