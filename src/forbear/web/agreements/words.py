"""The reader's words for codes that agreements keep."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

CATEGORY_WORDS = {
    "housing": _("Housing"), "food": _("Food"), "utilities": _("Water, power, gas"), "transport": _("Transport"),
    "communication": _("Telephone and internet"), "medical": _("Medical"), "education": _("Education"), "care": _("Care of others"),
    "insurance": _("Insurance"), "other": _("Other"),
}  # fmt: skip
PART_WORDS = {
    "principal": _("Principal"), "interest": _("Interest"), "compound": _("Compound interest"), "late_fee": _("Late fee"),
    "fee": _("Fees"), "other": _("Costs and other"),
}  # fmt: skip
# Why a state changed, where the house itself says so; a person's words are shown as they are.
WHY_WORDS = {
    "proposed": _("proposed"), "complete": _("complete"), "within authority": _("within authority"), "document made": _("document made"),
    "collection stopped": _("collection stopped"), "code": _("one-time code"), "spoken": _("by recorded word"), "approved": _("approved"),
    "not approved": _("not approved"), "proofs complete": _("proofs complete"), "proofs of means are missing": _("proofs of means are missing"),
    "held; proofs asked for": _("held; proofs asked for"), "its days are over": _("its days are over"), "entries posted": _("entries posted"),
    "full payment by the valid day": _("full payment by the valid day"), "not paid in full by the valid day": _("not paid in full by the valid day"),
    "a payment was missed": _("a payment was missed"), "requested": _("requested"),
}  # fmt: skip
MACHINE_WORDS = {
    "plan": _("Plan"), "waiver": _("Settlement"), "hardship": _("Hardship"), "dispute": _("Objection"), "status": _("Standing of the person"),
}  # fmt: skip


def in_language(lang: str) -> translation.override:
    """Speak the language of a document while it is made, whoever makes it."""
    return translation.override("en" if lang == "en" else "zh-hans")


def listed(names: Sequence[str]) -> str:
    """Return names as a list in the language that is spoken."""
    return gettext(", ").join(names)
