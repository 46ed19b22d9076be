"""What I told you, and the papers it needs: each matter with its state, its answer and where to bring what is missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from forbear.web.agreements import matters
from forbear.web.agreements.machine import AgreementRefused, ends
from forbear.web.agreements.models import Matter, Proof
from forbear.web.agreements.policy import matter_kinds, proof_names
from forbear.web.complaints import uploads
from forbear.web.debtor import drafts, papers
from forbear.web.debtor.afford_forms import PICTURES
from forbear.web.debtor.asking import FilesField, FilesInput, ask, bound
from forbear.web.debtor.session import Debtor, debtor_page
from forbear.web.documents.store import DocumentRefused
from forbear.web.reading import reading_lang

CONSENT = "matter_papers"


@require_safe
@debtor_page
def all_matters(request: HttpRequest, debtor: Debtor) -> HttpResponse:
    """Show what was told, where it stands, and which papers are still missing."""
    names, kinds = proof_names(debtor.at, reading_lang()), matter_kinds(debtor.at)
    found = (
        Matter.objects.filter(case__customer_id=debtor.customer.pk).prefetch_related("proofs").order_by("-pk")
    )
    rows = [
        {
            "it": each, "kind": kinds[each.kind][reading_lang()], "open": not ends(each.machine, each.state),
            "proofs": [(proof, names[proof.code]) for proof in sorted(each.proofs.all(), key=lambda one: one.pk)],
        }
        for each in found
    ]  # fmt: skip
    return render(request, "debtor/matters.html", {"rows": rows})


class PaperForm(forms.Form):
    """One paper, by camera or from the phone, and the consent to keep it."""

    photo = FilesField(
        label=lazy("Take a photo"), required=False, widget=FilesInput(attrs={"accept": "image/*", "capture": "environment"})
    )  # fmt: skip
    papers = FilesField(
        label=lazy("Or choose files you have"), required=False, widget=FilesInput(attrs={"accept": PICTURES})
    )
    consent = forms.BooleanField(
        label=lazy("You may keep these papers to look into this, and show them to nobody else."),
        error_messages={"required": lazy("We keep papers only if you agree here.")},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for at least one paper."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("photo") and not data.get("papers"):
            self.add_error("papers", _("Take a photo or choose a file."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@debtor_page
def bring(request: HttpRequest, debtor: Debtor, proof_id: int) -> HttpResponse:
    """Bring a paper that a matter needs; the last one sets the matter going."""
    proof = Proof.objects.filter(pk=proof_id, matter__case__customer_id=debtor.customer.pk).first()
    if proof is None:
        raise Http404("no such paper of this person")
    if ends(proof.matter.machine, proof.matter.state):
        return redirect("my_matters")
    form = PaperForm(*bound(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            for file in uploads.take([*data["photo"], *data["papers"]], debtor.at.date()):
                matters.bring(proof.matter, proof.code, file.content, at=debtor.at, by=None)
        except (uploads.UploadRefused, AgreementRefused, DocumentRefused) as refused:
            form.add_error("papers", str(refused))
        else:
            drafts.agree(debtor.customer.pk, CONSENT, at=debtor.at)
            papers.to_be_looked_at(debtor.case, note=proof.code, at=debtor.at)
            messages.success(request, _("Thank you, we have it."))
            return redirect("my_matters")
    lead = _("Photos (JPEG, PNG) or PDF. They are locked away and only opened to look into this.")
    return ask(request, form, proof_names(debtor.at, reading_lang())[proof.code], lead, _("Send"))
