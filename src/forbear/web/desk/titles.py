"""What each kind of event on the timeline is called, and which of its facts are told beside that."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

from forbear.web.complaints.models import State as ComplaintState
from forbear.web.credit.models import ObjectionState
from forbear.web.disposal.models import WriteOffState

TITLES: Mapping[str, tuple[LazyText, str]] = {
    "opened": (lazy("Case opened"), "plain"),
    "assigned": (lazy("Assigned"), "plain"),
    "state": (lazy("State"), "plain"),
    "attempt": (lazy("Call"), "info"),
    "inbound": (lazy("Came in"), "info"),
    "recording": (lazy("Recording kept"), "plain"),
    "recording_deleted": (lazy("Recording deleted"), "plain"),
    "visit_file_deleted": (lazy("Photo or recording of a visit deleted"), "plain"),
    "note": (lazy("Note"), "plain"),
    "identity": (lazy("Identity passed"), "good"),
    "task": (lazy("To do"), "soon"),
    "task_done": (lazy("Done"), "plain"),
    "hold": (lazy("On hold"), "soon"),
    "complaint": (lazy("Complaint"), "soon"),
    "hold_released": (lazy("Hold lifted"), "plain"),
    "promise_made": (lazy("Promise made"), "info"),
    "promise_kept": (lazy("Promise kept"), "good"),
    "promise_partial": (lazy("Promise partly kept"), "soon"),
    "promise_broken": (lazy("Promise broken"), "bad"),
    "promise_open": (lazy("Promise open again"), "info"),
    "promise_superseded": (lazy("Promise superseded"), "plain"),
    "promise_cancelled": (lazy("Promise cancelled by a hold"), "plain"),
    "approval_given": (lazy("Approved"), "good"),
    "approval_declined": (lazy("Approval declined"), "bad"),
    "approval_expired": (lazy("Nobody answered in time"), "soon"),
    "contact_point": (lazy("Contact point"), "plain"),
    "preference": (lazy("Preference"), "soon"),
    "number_blocked": (lazy("Number blocked"), "bad"),
    "means": (lazy("Means recorded"), "info"),
    "plan_proposed": (lazy("Plan proposed"), "info"),
    "plan_docs_pending": (lazy("Plan waits for proofs"), "soon"),
    "plan_under_review": (lazy("Plan under review"), "info"),
    "plan_approved": (lazy("Plan approved"), "good"),
    "plan_offered": (lazy("Plan offered"), "info"),
    "plan_signed": (lazy("Plan signed"), "good"),
    "plan_active": (lazy("Collection stopped"), "good"),
    "plan_late": (lazy("Plan behind"), "bad"),
    "plan_breach_notice": (lazy("Notice of breach given"), "bad"),
    "plan_breached": (lazy("Plan broken"), "bad"),
    "plan_completed": (lazy("Plan completed"), "good"),
    "plan_expired": (lazy("Offer not signed in time"), "soon"),
    "plan_declined": (lazy("Plan declined"), "plain"),
    "notice_delivered": (lazy("Notice of breach delivered"), "bad"),
    "waiver_requested": (lazy("Settlement asked for"), "info"),
    "waiver_approved": (lazy("Settlement approved"), "good"),
    "waiver_rejected": (lazy("Settlement rejected"), "bad"),
    "waiver_paid": (lazy("Settlement paid"), "good"),
    "waiver_executed": (lazy("Waiver posted"), "good"),
    "waiver_expired": (lazy("Settlement expired"), "soon"),
    "document": (lazy("Document made"), "plain"),
    "document_received": (lazy("Document received"), "plain"),
    "signed": (lazy("Signed"), "good"),
    "withdrawn": (lazy("Messages withdrawn"), "plain"),
    "matter_freed": (lazy("Matter closed"), "plain"),
    "not_settled": (lazy("No certificate: something is left"), "bad"),
    "payment_pending": (lazy("Paid on the page, not posted yet"), "good"),
    "payment_posted": (lazy("Payment from the page posted"), "good"),
    "payment_refunded": (lazy("Payment from the page given back"), "soon"),
    "refund_asked": (lazy("Refund asked for"), "soon"),
    "payer_link": (lazy("Link made by which somebody else pays"), "info"),
    "helper_granted": (lazy("Somebody may help the debtor on the own page"), "info"),
    "helper_ended": (lazy("A helper's rights ended"), "plain"),
    "helper_acted": (lazy("A helper did something on the own page"), "info"),
    "own_page_link": (lazy("Link to their own page sent"), "info"),
    "reply": (lazy("Reply"), "info"),
    "reply_undone": (lazy("What a reply forced was undone"), "plain"),
    "paged": (lazy("Called to an emergency"), "bad"),
    "page_answered": (lazy("Took the emergency"), "good"),
    "own_page": (lazy("Was on their own page"), "info"),
    "wrong_person": (lazy("Says the number is not the debtor's"), "soon"),
    "message": (lazy("Message sent"), "info"),
    "message_sent": (lazy("Message taken by the carrier"), "info"),
    "message_delivered": (lazy("Message delivered"), "good"),
    "message_failed": (lazy("Message failed"), "bad"),
    "message_settled": (lazy("Uncertain message settled"), "soon"),
    "visit_requested": (lazy("Visit asked for"), "info"),
    "visit_refused": (lazy("Visit refused by the risk check"), "bad"),
    "visit_approved": (lazy("Visit approved"), "good"),
    "visit_declined": (lazy("Visit declined"), "plain"),
    "visit_scheduled": (lazy("Visit on a route"), "info"),
    "visit_called_off": (lazy("Visit called off"), "plain"),
    "visit_checked_in": (lazy("Team at the door"), "info"),
    "visit_result": (lazy("Visit"), "info"),
    "visit_sos": (lazy("Team called for help"), "bad"),
    "visit_reviewed": (lazy("Visit reviewed"), "plain"),
    "credit_notice": (lazy("Told before a report to the credit register"), "info"),
    "credit_objection": (lazy("Objection to what was reported"), "soon"),
    "letter_signed": (lazy("Lawyer's letter signed"), "info"),
    "write_off": (lazy("Write-off"), "plain"),
    "transfer_back": (lazy("Taken back from the buyer"), "soon"),
    "assignment_notice": (lazy("Notice of assignment served"), "info"),
    "matter_opened": (lazy("Legal matter opened"), "info"),
    "matter_move": (lazy("Legal matter moved on"), "info"),
    "matter_court": (lazy("Court and agent set"), "plain"),
    "court_evidence": (lazy("Evidence put on file"), "plain"),
    "court_papers": (lazy("Court papers drawn up"), "info"),
    "hearing_cancelled": (lazy("Hearing cancelled"), "soon"),
    "counsel_granted": (lazy("Outside counsel may read the matter"), "plain"),
    "counsel_revoked": (lazy("Outside counsel's access ended"), "plain"),
    "cured": (lazy("Cured"), "good"),
    "cure_undone": (lazy("Cure undone"), "bad"),
}

# What moves through the states of a list, and what is told by facts that stand in the payload as a person reads them.
STATES: Mapping[str, type[TextChoices]] = {
    "complaint": ComplaintState, "credit_objection": ObjectionState, "write_off": WriteOffState,
}  # fmt: skip
PLAIN: Mapping[str, tuple[str, ...]] = {
    "document": ("number",), "document_received": ("number",), "credit_notice": ("month", "served_on"), "letter_signed": ("letter",), "transfer_back": ("number",),
    "assignment_notice": ("number", "served_on"), "matter_opened": ("matter",), "matter_move": ("matter", "on"),
    "matter_court": ("matter", "court"), "court_evidence": ("matter",), "court_papers": ("matter", "counted_on"),
    "hearing_cancelled": ("matter", "why"), "counsel_granted": ("matter",), "counsel_revoked": ("matter",),
}  # fmt: skip

MACHINES: Mapping[str, LazyText] = {
    "hardship": lazy("Hardship"), "dispute": lazy("Objection"), "status": lazy("Standing of the person")
}  # fmt: skip
