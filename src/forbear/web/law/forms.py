"""Forms of the law room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.packs import FORCES, GRADES, Packs
from forbear.web.law.library import KINDS, STATUSES, Wanted
from forbear.web.people.words import FORCES as FORCE_WORDS
from forbear.web.people.words import GRADES as GRADE_WORDS
from forbear.web.reading import reading_lang

TEXT_CHARACTERS_MAX = 200_000  # the largest policy file is a tenth of it


class LibraryForm(forms.Form):
    """What to look for in the library."""

    q = forms.CharField(label=_("Words"), required=False, max_length=80)
    on = forms.DateField(label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    force = forms.ChoiceField(label=_("Force"), required=False)
    grade = forms.ChoiceField(label=_("Source grade"), required=False)
    jurisdiction = forms.ChoiceField(label=_("Jurisdiction"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, *args: Any, packs: Packs, **named: Any) -> None:
        super().__init__(*args, **named)
        everything = [("", _("All"))]
        choices = {
            "kind": KINDS.items(),
            "force": [(code, FORCE_WORDS.get(code, code)) for code in FORCES],
            "grade": [
                ("unverified", _("Unverified (U and V3)")),
                *((code, GRADE_WORDS[code]) for code in GRADES),
            ],
            "jurisdiction": [
                (name, packs.titles[name][reading_lang()])
                for name in (*packs.jurisdictions(), *packs.houses())
            ],
            "status": STATUSES.items(),
        }
        for name, found in choices.items():
            self.fields[name].choices = [*everything, *found]  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": _("Chinese or English")})

    def wanted(self, today: Any) -> Wanted:
        """Return what was asked for; a field that cannot be read counts as not given."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("q", "on")}
        return Wanted(words=self.cleaned_data.get("q", ""), on=self.cleaned_data.get("on") or today, **given)


class DraftForm(forms.Form):
    """A draft: the file's whole text, from when, and why."""

    text = forms.CharField(
        label=_("Text of the file"), max_length=TEXT_CHARACTERS_MAX, strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "false", "class": "code", "wrap": "off"}),
    )  # fmt: skip
    effective_at = forms.DateTimeField(
        label=_("In force from"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
    )
    note = forms.CharField(
        label=_("What changes, and why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Collectors read this before their next call."),
    )  # fmt: skip
    everyone_reads = forms.BooleanField(
        label=_("Everyone who contacts debtors must acknowledge it"), required=False,
        help_text=_("A change of a contact rule must be acknowledged in any case."),
    )  # fmt: skip


class ReplayForm(forms.Form):
    """A period to judge again, and under what."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    draft = forms.ChoiceField(label=_("Under"), required=False)

    def __init__(self, *args: Any, drafts: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        found = [(str(each.pk), f"{each.pk} · {each.file} · {each.note[:40]}") for each in drafts]
        self.fields["draft"].choices = [("", _("The law of each date")), *found]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the period runs forward."""
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            raise forms.ValidationError(_("The last day lies before the first."))
        return given
