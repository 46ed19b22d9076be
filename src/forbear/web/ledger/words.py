"""What the ledger's kinds and components are called on the screen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

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
FAULTS = {
    "unknown_kind": _("An entry has a kind that the ledger does not know."),
    "negative_amount": _("An entry has an amount below zero."),
    "reversal_without_row": _("A reversal names an entry that is not here."),
    "reversed_more_than_posted": _("More was reversed than was posted."),
}
