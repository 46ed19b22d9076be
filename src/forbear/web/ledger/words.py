"""What the ledger's kinds and components are called on the screen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS = {
    "opening": _("Principal brought forward"),
    "purchase": _("Purchase"),
    "cash": _("Cash advance"),
    "interest": _("Interest"),
    "compound": _("Compound interest"),
    "late_fee": _("Late fee"),
    "fee": _("Fee"),
    "cost": _("Costs"),
    "refund": _("Refund"),
    "waiver": _("Waiver"),
    "write_off": _("Write-off (the debt still exists)"),
    "payment": _("Payment"),
    "recovery": _("Payment after write-off"),
    "reversal": _("Reversal"),
}
PARTS = (
    ("principal", _("Principal")),
    ("interest", _("Interest")),
    ("compound", _("Compound interest")),
    ("late_fee", _("Late fee")),
    ("fee", _("Fees")),
    ("cost", _("Costs and other")),
)
STATES = {
    "": pgettext_lazy("account state", "In order"),
    "frozen": pgettext_lazy("account state", "Frozen"),
    "stopped": pgettext_lazy("account state", "Stopped"),
    "deceased": pgettext_lazy("account state", "Deceased"),
    "fraud": pgettext_lazy("account state", "Fraud"),
    "written_off": pgettext_lazy("account state", "Written off"),
    "taken_back": pgettext_lazy("account state", "Write-off taken back"),
}
FAULTS = {
    "unknown_kind": _("An entry has a kind that the ledger does not know."),
    "negative_amount": _("An entry has an amount below zero."),
    "reversal_without_row": _("A reversal names an entry that is not here."),
    "reversed_more_than_posted": _("More was reversed than was posted."),
}
