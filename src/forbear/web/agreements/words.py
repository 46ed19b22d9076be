"""The reader's words for codes that agreements keep."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CATEGORY_WORDS = {
    "housing": _("Housing"), "food": _("Food"), "utilities": _("Water, power, gas"), "transport": _("Transport"),
    "communication": _("Telephone and internet"), "medical": _("Medical"), "education": _("Education"), "care": _("Care of others"),
    "insurance": _("Insurance"), "other": _("Other"),
}  # fmt: skip
