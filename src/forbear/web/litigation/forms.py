"""Forms of the court room; a move's form is made of what the move needs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.litigation import Move
from forbear.questions.living import NATION
from forbear.web.litigation.models import Agent, MatterCost, ServiceTry
from forbear.web.litigation.paper_kinds import KINDS
from forbear.web.litigation.proving import PROVED
from forbear.web.litigation.services import DAY_FACTS
from forbear.web.litigation.words import FACTS, PAPERS
from forbear.web.people.models import Role, User
from forbear.web.people.permissions import MATRIX

# Facts that a person confirms rather than writes.
CONFIRMED = (
    "payment_order_open", "objection_valid", "search_exhausted", "consumption_limited",
)  # fmt: skip
ROUTES = (("suit", _("Suit")), ("payment_order", _("Payment order")), ("mediation", _("Pre-suit mediation")))
PROCEDURES = (("ordinary", _("Ordinary")), ("simplified", _("Simplified or small claims")))
EVIDENCE_BYTES = 10 * 1024 * 1024
CIRCUMSTANCES = (
    ("spent_knowing_unable_to_repay", _("Spent knowing that it could not be repaid")),
    ("false_credit_data", _("Gave false credit data")),
    ("fled_or_changed_contact", _("Fled or changed contact to evade")),
    ("moved_or_hid_assets", _("Moved or hid assets")),
    ("used_for_crime", _("Used it for crime")),
    ("other_illegal_possession", _("Another sign of illegal possession")),
)  # fmt: skip


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class MoveForm(forms.Form):
    """The day of a move and what it needs that the system cannot prove itself."""

    def __init__(self, move: Move, today: date, *given: Any, fee: str = "", **named: Any) -> None:
        super().__init__(*given, **{**named, "prefix": move.code})
        self.fields["on"] = day_field(_("Day it took place"), initial=today)
        for need in move.needs:
            if need not in PROVED:
                self.fields[need] = field_for(need, fee)
        if "fee" in move.needs:
            self.fields["procedure"] = forms.ChoiceField(label=_("Procedure"), choices=PROCEDURES)

    def facts(self) -> dict[str, Any]:
        """Return what was given besides the day."""
        return {name: value for name, value in self.cleaned_data.items() if name != "on"}


def field_for(need: str, fee: str) -> forms.Field:
    """Return the field of one fact."""
    label = FACTS.get(need, need)
    if need in CONFIRMED:
        return forms.BooleanField(label=label)
    if need == "route":
        return forms.ChoiceField(label=label, choices=ROUTES)
    if need.endswith(DAY_FACTS):
        return day_field(label)
    if need == "fee":
        return forms.CharField(label=label, max_length=20, initial=fee)
    if need == "amount_awarded":
        return forms.RegexField(r"^\d{1,12}\.\d{2}$", label=label, help_text=_("In yuan with two decimals"))
    return forms.CharField(label=label, max_length=200)


class CourtForm(forms.Form):
    """Which court, and who acts for the bank."""

    court = forms.CharField(label=_("Court"), max_length=80)
    agent = forms.ModelChoiceField(label=_("Agent"), queryset=Agent.objects.none())

    def __init__(self, today: date, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        held = Agent.objects.filter(valid_from__lte=today, valid_until__gte=today)
        self.fields["agent"].queryset = held  # type: ignore[attr-defined]


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A lawyer or employee who acts in court, with licence and its last day."""

    valid_from = day_field(_("Holds from"))
    valid_until = day_field(_("Holds until"))
    evidence = forms.FileField(
        label=_("Copy of the licence"),
        required=False,
        help_text=_("PDF, PNG or JPEG. Without it nobody signs a lawyer's letter."),
    )

    class Meta:
        model = Agent
        fields = ("name", "firm", "phone", "licence_no", "is_lawyer", "valid_from", "valid_until", "user")
        labels = {
            "name": _("Name"), "firm": _("Firm or office"), "phone": _("Telephone"), "licence_no": _("Licence or staff number"),
            "is_lawyer": _("Lawyer with a practising licence"), "user": _("Signs in here as"),
        }  # fmt: skip

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        signing = [role for role, actions in MATRIX.items() if "sign_letters" in actions]
        people = User.objects.filter(role__in=signing, is_active=True).order_by("staff_no")
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["user"].required = False


class PapersForm(forms.Form):
    """Which papers, counted on which day, with what only a person knows."""

    kinds = forms.MultipleChoiceField(
        label=_("Papers"),
        choices=[(kind, PAPERS[kind]) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
    )
    counted_on = day_field(_("Debt counted on"))
    assets = forms.CharField(label=_("Assets or leads"), max_length=500, required=False)
    urgency = forms.CharField(label=_("Why preservation is urgent"), max_length=500, required=False)
    security = forms.CharField(label=_("Security offered"), max_length=200, required=False)
    mandate = forms.CharField(label=_("Mandate of the lawyer's letter"), max_length=120, required=False)
    ordinary_interest = forms.RegexField(
        r"^\d{1,12}\.\d{2}$", label=_("Ordinary interest within the unpaid sum"), required=False
    )


class BatchForm(forms.Form):
    """Which papers for all chosen matters."""

    kinds = forms.MultipleChoiceField(
        label=_("Papers"),
        choices=[(kind, PAPERS[kind]) for kind in ("complaint", "calculation_annex", "evidence_list", "power_of_attorney", "payment_order_application")],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    counted_on = day_field(_("Debt counted on"))


class EvidenceForm(forms.Form):
    """One piece of evidence with its file."""

    kind = forms.ChoiceField(label=_("Kind"))
    title = forms.CharField(label=_("Title"), max_length=120)
    pages = forms.IntegerField(label=_("Number of pages"), min_value=1, max_value=9999)
    file = forms.FileField(label=_("File"))

    def __init__(self, kinds: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Refuse a file that is too large."""
        file = self.cleaned_data["file"]
        if file.size > EVIDENCE_BYTES:
            raise forms.ValidationError(_("At most 10 MB a file."))
        return file


class HearingForm(forms.Form):
    """A day in court."""

    begins_at = forms.DateTimeField(
        label=_("Begins"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=600, initial=60)
    place = forms.CharField(label=_("Room"), max_length=80, required=False)
    judge = forms.CharField(label=_("Judge"), max_length=40, required=False)


class ServiceForm(forms.Form):
    """One try of service and how it ended."""

    way = forms.ChoiceField(label=_("Way"), choices=ServiceTry.Way.choices)
    sent_on = day_field(_("Sent on"))
    result = forms.ChoiceField(label=_("Result"), choices=ServiceTry.Result.choices)
    result_on = day_field(_("Result on"), required=False)
    note = forms.CharField(label=_("Note"), max_length=120, required=False)


class CostForm(forms.Form):
    """One payment of ours."""

    kind = forms.ChoiceField(label=_("Kind"), choices=MatterCost.Kind.choices)
    amount = forms.DecimalField(label=_("Yuan"), max_digits=12, decimal_places=2)
    paid_on = day_field(_("Paid on"))
    memo = forms.CharField(label=_("Note"), max_length=120, required=False)


class GrantForm(forms.Form):
    """Who outside may read one matter, and until when."""

    counsel = forms.ModelChoiceField(
        label=_("Outside counsel"), queryset=User.objects.filter(role=Role.COUNSEL, is_active=True)
    )
    until = forms.DateTimeField(
        label=_("Access ends"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
    )


class OffenceForm(forms.Form):
    """What the calculator of malicious overdraft asks beyond the ledger."""

    principal = forms.RegexField(r"^\d{1,12}\.\d{2}$", label=_("Principal unpaid as the ledger shows it"))
    elsewhere = forms.RegexField(
        r"^\d{1,12}\.\d{2}$",
        label=_("Payments booked to interest or fees"),
        help_text=_("Every payment counts to principal here."),
    )
    intent = forms.MultipleChoiceField(
        label=_("Circumstances shown beyond not paying"),
        choices=CIRCUMSTANCES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    no_more = forms.BooleanField(label=_("Looked for and found none"), required=False)
    lawful = forms.BooleanField(
        label=_("Every listed demand was lawful and within the contract"), required=False
    )
    disguised = forms.ChoiceField(
        label=_("A loan in disguise"), required=False,
        choices=(("", _("Not known")), ("no", _("No")), ("yes", _("Yes"))),
    )  # fmt: skip


class ReserveForm(forms.Form):
    """What the living costs left to a debtor are reckoned from."""

    monthly_income = forms.RegexField(
        r"^\d{1,12}\.\d{2}$", label=_("Income a month"), help_text=_("In yuan with two decimals")
    )
    dependants = forms.IntegerField(
        label=_("Dependants"),
        min_value=0,
        max_value=30,
        help_text=_("Persons the debtor supports, without the debtor."),
    )
    region = forms.ChoiceField(label=_("Minimum-living standard of"), required=False)
    local_minimum_living = forms.RegexField(
        r"^\d{1,12}\.\d{2}$",
        label=_("Or the standard as the bureau of civil affairs gave it"),
        required=False,
        help_text=_("A person and month, in yuan; goes before the table."),
    )

    def __init__(self, places: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        local = [place for place in places if place[0] != NATION]
        self.fields["region"].choices = [("", _("Not in the table")), *local]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a reckoning without any standard."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not given.get("region") and not given.get("local_minimum_living"):
            raise forms.ValidationError(_("Choose a place or write the standard of the place."))
        return given

    def facts(self) -> dict[str, Any]:
        """Return the facts of the question `attachable`."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
