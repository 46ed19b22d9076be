"""Everything agreed or disputed on a case: changes, proofs, decisions, documents; and the inbox of those who approve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forbear.web import clock
from forbear.web.agreements import forms, matters
from forbear.web.agreements.models import Change, Matter, MatterState, Plan, PlanState, Waiver, WaiverState
from forbear.web.agreements.policy import matter_kinds, proof_names
from forbear.web.agreements.views import REFUSALS
from forbear.web.agreements.words import MACHINE_WORDS, WHY_WORDS
from forbear.web.cases import approvals, authority
from forbear.web.cases.models import Approval, Delegation
from forbear.web.cases.promises.terms import PromiseRefused
from forbear.web.desk import calls
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.people.models import User
from forbear.web.people.permissions import may, require
from forbear.web.people.services import log_access
from forbear.web.reading import reading_lang

SHOWN = 60


@require("negotiate", "read_documents")
@require_GET
def case(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show what was agreed and disputed on a case; figures only where the identity was passed, or by role."""
    at = clock.now()
    shown, _day = opened(request, case_id)
    call = calls.on_case(request, case_id)
    figures = bool(call and call.identity_at) or may(request.user, "see_all_cases")
    log_access(
        request.user,
        shown.customer_id,
        "amounts" if figures else "case",
        at,
        f"agreements of case {shown.pk}",
    )
    kinds = matter_kinds(at)
    return render(request, "agreements/case.html", {
        "case": shown, "figures": figures, "at": at,
        "plans": Plan.objects.filter(case=shown).select_related("document").order_by("-pk"),
        "waivers": Waiver.objects.filter(case=shown).select_related("document").order_by("-pk"),
        "matters": [matter_line(each, request.user, at) for each in Matter.objects.filter(case=shown).order_by("-pk")],
        "kinds": [(code, row[reading_lang()]) for code, row in kinds.items()],
        "documents": shown.documents.defer("cipher").order_by("-pk"),
        "changes": [change_line(each) for each in Change.objects.filter(case=shown).select_related("by").order_by("-pk")[:SHOWN]],
    })  # fmt: skip


STATES = {"plan": PlanState, "waiver": WaiverState}  # of the other machines: MatterState


def change_line(change: Change) -> dict[str, Any]:
    """Return a change in the reader's words; a person's own words stay as they are."""
    labels = dict(STATES.get(change.machine, MatterState).choices)
    return {
        "at": change.at, "by": change.by, "subject": change.subject, "named": MACHINE_WORDS.get(change.machine, change.machine),
        "was": labels.get(change.old_state, change.old_state), "is": labels.get(change.new_state, change.new_state),
        "because": WHY_WORDS.get(change.why, change.why),
    }  # fmt: skip


def matter_line(matter: Matter, user: User, at: datetime) -> dict[str, Any]:
    """Return a matter with its proofs and what this person may decide."""
    names = proof_names(at, reading_lang())
    proofs = [(names[each.code], each) for each in matter.proofs.select_related("document").order_by("pk")]
    asked = approvals.waiting(matter.case, "hardship") if matter.state == MatterState.UNDER_REVIEW else None
    offered = [
        to for to in matters.next_moves(matter, user, at) if not (asked and to == MatterState.APPROVED)
    ]
    moves = [(to, MatterState(to).label) for to in offered]
    return {
        "asked": asked,
        "matter": matter,
        "name": matter_kinds(at)[matter.kind][reading_lang()],
        "proofs": proofs,
        "moves": moves,
    }


@require("negotiate")
@require_POST
def open_matter(request: StaffRequest, case_id: int) -> HttpResponse:
    """Open a hardship, a dispute or a change of standing: the case is held at once."""
    shown, _day = opened(request, case_id)
    try:
        matters.open_matter(
            shown,
            request.POST.get("kind", ""),
            reason=request.POST.get("reason", ""),
            at=clock.now(),
            by=request.user,
        )
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect("agreements_case", case_id)


@require("negotiate")
@require_POST
def bring(request: StaffRequest, matter_id: int) -> HttpResponse:
    """Take in a proof of a matter."""
    matter = get_object_or_404(Matter.objects.select_related("case"), pk=matter_id)
    opened(request, matter.case_id)
    file = request.FILES.get("file")
    try:
        content = file.read() if file else b""
        matters.bring(matter, request.POST.get("code", ""), content, at=clock.now(), by=request.user)
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect("agreements_case", matter.case_id)


@require("negotiate", "hold")
@require_POST
def decide(request: StaffRequest, matter_id: int) -> HttpResponse:
    """Decide a matter: by the roles policy names, never by who opened it."""
    matter = get_object_or_404(Matter.objects.select_related("case", "hold"), pk=matter_id)
    opened(request, matter.case_id)
    try:
        until = forms.day(request.POST, "until") if request.POST.get("until") else None
        matters.decide(
            matter,
            request.POST.get("to", ""),
            answer=request.POST.get("answer", ""),
            until=until,
            at=clock.now(),
            by=request.user,
        )
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect("agreements_case", matter.case_id)


@require("approve", "see_case")
@require_GET
def inbox(request: StaffRequest) -> HttpResponse:
    """Show the questions a person may answer, what each changes and why; reading them is logged."""
    at = clock.now()
    found = approvals.answerable(request.user, at)
    for each in found:
        log_access(request.user, each.case.customer_id, "amounts", at, f"approval {each.pk}")
    mine = Delegation.objects.filter(
        giver=request.user, revoked_at__isnull=True, until__gt=at
    ).select_related("taker")
    takers = User.objects.filter(is_active=True, role__in=authority.delegates(at)).exclude(pk=request.user.pk)
    return render(request, "agreements/approvals.html", {
        "questions": [(each, approvals.voice(each, request.user, at=at)) for each in found], "at": at, "lent": mine,
        "takers": takers.order_by("display_name"), "asked": Approval.objects.filter(asked_by=request.user).order_by("-pk")[:10],
    })  # fmt: skip


@require("approve", "see_case")
@require_POST
def answer(request: StaffRequest, approval_id: int) -> HttpResponse:
    """Say yes or no to a question; who may is checked where it is written."""
    question = get_object_or_404(Approval.objects.select_related("case"), pk=approval_id)
    try:
        approvals.answer(
            question,
            yes=request.POST.get("answer") == "yes",
            reason=request.POST.get("reason", ""),
            at=clock.now(),
            by=request.user,
        )
        messages.success(request, _("Answered."))
    except (*REFUSALS, PromiseRefused) as refused:
        messages.error(request, str(refused))
    return redirect("approvals")


@require("approve")
@require_http_methods(["POST"])
def lend(request: StaffRequest) -> HttpResponse:
    """Lend one's authority to a colleague for some days, or take it back."""
    at = clock.now()
    try:
        if taken := request.POST.get("revoke"):
            authority.revoke(get_object_or_404(Delegation, pk=taken), by=request.user, at=at)
        else:
            taker = get_object_or_404(User, pk=request.POST.get("taker") or 0)
            until = datetime.combine(
                forms.day(request.POST, "until") + timedelta(days=1), datetime.min.time(), tzinfo=at.tzinfo
            )
            authority.lend(
                giver=request.user,
                taker=taker,
                since=at,
                until=until,
                reason=request.POST.get("reason", ""),
                at=at,
            )
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return redirect("approvals")
