"""Delivery receipts, as text and as optional parameters (SMPP v3.4, appendix B and 5.3.2.35)."""

from __future__ import annotations

import re
from collections.abc import Collection

from forbear.channels.contract import Kind, Status, Told
from forbear.channels.smpp.codec import ShortMessage, Tag

FIELD = re.compile(rb"(id|stat|err):([^ ]*)", re.IGNORECASE)
STATES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip
STATUSES = {
    "DELIVRD": Status.DELIVERED, "EXPIRED": Status.FAILED, "DELETED": Status.FAILED, "UNDELIV": Status.FAILED,
    "REJECTD": Status.FAILED,
}  # fmt: skip
NO_ERROR = "000"


def receipt_of(message: ShortMessage, dead_codes: Collection[str]) -> Told:
    """Return what a receipt tells; a state nobody knows leaves the message pending."""
    said = {name.lower(): value.decode("latin-1") for name, value in FIELD.findall(message.octets)}
    options = message.options
    provider_id = options.get(Tag.RECEIPTED_ID, b"").rstrip(b"\x00").decode("latin-1") or said.get(b"id", "")
    state = STATES.get(int.from_bytes(options.get(Tag.MESSAGE_STATE, b""))) or said.get(b"stat", "").upper()
    error = said.get(b"err", "")
    code = state if error in ("", NO_ERROR) else f"{state}:{error}"
    reference = options.get(Tag.USER_REFERENCE)
    status = STATUSES.get(state, Status.PENDING)
    return Told(
        kind=Kind.RECEIPT,
        event_key=f"receipt:{provider_id}:{code}",
        status=status,
        provider_id=provider_id,
        message_key=options.get(Tag.OUR_KEY, b"").rstrip(b"\x00").decode("latin-1"),
        reference=int.from_bytes(reference) if reference else None,
        address=message.source,
        code=code,
        dead=status is Status.FAILED and bool({error, state} & set(dead_codes)),
    )
