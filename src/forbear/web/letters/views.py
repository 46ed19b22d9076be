"""Batches of letters with their progress; signing, releasing, and what the post says. Whoever opens a letter is written down."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from forbear.web import clock
from forbear.web.complaints.bars import is_barred, is_cut
from forbear.web.documents.store import plain
from forbear.web.letters import policy, selectors, words
from forbear.web.letters.forms import BatchForm, ResultsForm
from forbear.web.letters.models import Letter, LetterBatch, ResultsFile
from forbear.web.letters.services import LetterRefused, ask, release, sign
from forbear.web.letters.tracking import take_results
from forbear.web.outbox.models import MessageState
from forbear.web.outbox.wiring import is_connected
from forbear.web.outbox.words import TONES, reason
from forbear.web.people.permissions import may, require, signed_in
from forbear.web.people.services import log_access, log_accesses

FILES_SHOWN = 20


@require("see_letters")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every batch, how far it is and what became of its letters; asking for another; what the post said."""
    return drawn(request, BatchForm(clock.now()))


def drawn(request: HttpRequest, form: BatchForm, status: int = 200) -> HttpResponse:
    """Draw the board with the form as it stands."""
    at, user = clock.now(), signed_in(request)
    files = ResultsFile.objects.select_related("by").order_by("-pk")[:FILES_SHOWN]
    told = [
        (file, [(words.result(code, at), count) for code, count in file.by_result.items()]) for file in files
    ]
    context = {
        "batches": [(each, words.kind(each.kind, at), len(each.cases)) for each in selectors.board(user)],
        "form": form, "results_form": ResultsForm(), "files": told, "writes": may(user, "write_letters"),
        "connected": is_connected("letter"),
    }  # fmt: skip
    return render(request, "letters/board.html", context, status=status)


@require("write_letters")
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a batch; it is drafted in the background."""
    at, user = clock.now(), signed_in(request)
    form = BatchForm(at, request.POST)
    if not form.is_valid():
        return drawn(request, form, status=422)
    given = form.cleaned_data
    chosen = selectors.candidates(
        given["kind"], dpd_from=given["dpd_from"], dpd_to=given["dpd_to"], most=given["most"], at=at
    )
    try:
        batch = ask(
            given["kind"], chosen, on=at.date(), at=at, by=user, agent=given["agent"], mandate=given["mandate"]
        )  # fmt: skip
    except LetterRefused as refused:
        form.add_error(None, str(refused))
        return drawn(request, form, status=422)
    return redirect("letters_batch", batch.pk)


@require("see_letters")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: how far it is, its letters, who was left out and why."""
    at, user = clock.now(), signed_in(request)
    batch = get_object_or_404(selectors.visible(user), pk=pk)
    letters = list(selectors.letters_of(batch, user))
    if letters:
        log_accesses(user, sorted({each.case.customer_id for each in letters}), "letter", at, f"batch {pk}")
    kind = policy.kinds(at)[batch.kind]
    context = {
        "batch": batch, "kind": words.kind(batch.kind, at), "progress": selectors.progress(batch),
        "states": [(MessageState(state).label, TONES.get(state, "plain"), count) for state, count in selectors.progress(batch).states.items()],
        "letters": [(each, state_of(each)) for each in letters],
        "left_out": [(row["case"], words.items(row["missing"]), words.why(row)) for row in batch.left_out],
        "may_sign": bool(batch.agent and batch.agent.user_id == user.pk and may(user, "sign_letters")),
        "may_release": may(user, "approve") and not (kind["four_eyes"] and batch.asked_by_id == user.pk),
        "lawyer": kind["lawyer"], "shown_most": selectors.SHOWN,
    }  # fmt: skip
    return render(request, "letters/batch.html", context)


def state_of(letter: Letter) -> tuple[str, str, str]:
    """Return tone, state and detail of one letter in the reader's words."""
    at = clock.now()
    if letter.kept_back:
        return "soon", _("Kept back"), str(words.KEPT_BACK.get(letter.kept_back, letter.kept_back))
    if letter.message is None:
        return "plain", _("Drafted"), ""
    message = letter.message
    said = words.result(message.code, at) if message.code else reason(message.why) if message.why else ""
    return TONES.get(message.state, "plain"), str(MessageState(message.state).label), said


@require("sign_letters")
@require_POST
def sign_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign every letter of a batch as the lawyer it names."""
    user = signed_in(request)
    batch = get_object_or_404(selectors.visible(user), pk=pk)
    try:
        count = sign(batch, at=clock.now(), by=user)
        said = ngettext("%(count)d letter signed.", "%(count)d letters signed.", count) % {"count": count}
        messages.success(request, said)
    except LetterRefused as refused:
        messages.error(request, str(refused))
    return redirect("letters_batch", pk)


@require("approve")
@require_POST
def release_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the letters of a batch to the printer."""
    batch = get_object_or_404(LetterBatch, pk=pk)
    try:
        count = release(batch, at=clock.now(), by=signed_in(request))
        said = ngettext("%(count)d letter released.", "%(count)d letters released.", count)
        messages.success(request, said % {"count": count})
    except LetterRefused as refused:
        messages.error(request, str(refused))
    return redirect("letters_batch", pk)


@require("see_letters")
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out one letter as it was made; who opened it is written down."""
    at, user = clock.now(), signed_in(request)
    letter = get_object_or_404(
        Letter.objects.select_related("document", "case").filter(batch__in=selectors.visible(user)), pk=pk
    )
    if is_barred(user, letter.case.customer_id) or is_cut(user, letter.case):
        raise PermissionDenied("this debtor is closed to this person")
    log_access(user, letter.case.customer_id, "letter", at, letter.number)
    answer = HttpResponse(plain(letter.document), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{letter.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require("write_letters")
@require_POST
def results(request: HttpRequest) -> HttpResponse:
    """Take in a file of what the post says."""
    form = ResultsForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file."))
        return redirect("letters")
    file = form.cleaned_data["file"]
    try:
        taken = take_results(file.name, file.read(), at=clock.now(), by=signed_in(request))
        said = ngettext(
            "%(count)d answer of the post taken.", "%(count)d answers of the post taken.", taken.lines
        )
        messages.success(request, said % {"count": taken.lines})
        if taken.unmatched:
            lost = ngettext("%(count)d of them is of no letter of ours.", "%(count)d of them are of no letter of ours.", taken.unmatched)  # fmt: skip
            messages.warning(request, lost % {"count": taken.unmatched})
    except LetterRefused as refused:
        messages.error(request, str(refused))
    return redirect("letters")
