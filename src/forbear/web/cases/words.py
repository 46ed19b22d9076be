"""Words about cases: what tasks are called, how an amount reads in a message."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

TASKS: Mapping[str, LazyText] = {
    "callback": lazy("Call back"),
    "proof": lazy("Collect the proof"),
    "remainder": lazy("Ask for the remainder"),
    "payment_check": lazy("Look for the payment"),
    "approval": lazy("Approval"),
    "review": lazy("Review"),
    "hardship": lazy("Hardship form"),
    "dispute": lazy("Look into the dispute"),
    "complaint": lazy("Register the complaint"),
    "letter": lazy("Write instead of calling"),
    "authority": lazy("Check the authority"),
    "safety": lazy("Safety log"),
    "third_party_pays": lazy("Third person pays"),
    "legal": lazy("Check the court matter"),
    "emergency": lazy("Emergency: follow up"),
    "papers": lazy("Look at papers the debtor sent"),
    "plan_wish": lazy("Debtor asks for a plan"),
    "care_question": lazy("Ask how the person is"),
    "correction": lazy("Correct the ledger and the credit record"),
    "heirs": lazy("Speak with the heirs"),
    "guardian": lazy("Speak with the guardian"),
}


def money(minor: int) -> str:
    """Write minor units with two decimals and separators, for a message."""
    return f"{minor // 100:,}.{minor % 100:02d}"
