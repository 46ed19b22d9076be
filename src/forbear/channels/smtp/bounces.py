"""Mail that comes back: delivery status notices (RFC 3464), and replies."""

from __future__ import annotations

import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from forbear.channels.contract import Kind, Status, Told

BOUNCE = re.compile(r"bounce\+([A-Za-z0-9._-]{1,80})@", re.IGNORECASE)
CODE = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
ACTIONS = {"failed": Status.FAILED, "delivered": Status.DELIVERED, "delayed": Status.PENDING, "relayed": Status.PENDING, "expanded": Status.PENDING}  # fmt: skip
# Enhanced codes that say that the mailbox or domain does not exist (RFC 3463, 3.2); a full mailbox does not.
DEAD = {("5", "1", "1"), ("5", "1", "2"), ("5", "1", "3"), ("5", "1", "6"), ("5", "1", "10"), ("5", "2", "1")}
TEXT_MAX = 10_000


def is_dead(code: str) -> bool:
    """Return whether an answer says that the address does not exist."""
    found = CODE.search(code)
    return found is not None and found.groups() in DEAD


def read_mail(raw: bytes) -> list[Told]:
    """Return what a mail to the bounce or sender address tells: delivery notices, or one reply."""
    mail = message_from_bytes(raw, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        return []
    if mail.get_content_type() == "multipart/report":
        return notices(mail)
    address = parseaddr(str(mail.get("From", "")))[1]
    if not address or str(mail.get("Auto-Submitted", "no")).lower() != "no":
        return []  # machines answering machines
    body = mail.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body is not None else ""
    except (LookupError, UnicodeError, KeyError):
        text = ""
    key = str(mail.get("Message-ID", "")) or hashlib.sha256(raw).hexdigest()
    return [Told(kind=Kind.INBOUND, event_key=f"mail:{key}"[:200], address=address, text=text[:TEXT_MAX])]


def notices(mail: EmailMessage) -> list[Told]:
    """Return the notices of a report, one for each recipient it names."""
    told: list[Told] = []
    key, original = key_of(mail), original_id(mail)
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if not isinstance(block, EmailMessage):
                    continue
                if block.get("Action"):
                    told.append(notice(block, key, original))
                elif envelope := str(block.get("Original-Envelope-Id", "")).strip():
                    key = envelope[:80]
    return told


def notice(block: EmailMessage, key: str, original: str) -> Told:
    """Return one notice."""
    action = str(block.get("Action", "")).strip().lower()
    code = str(block.get("Status", "")).strip()[:20]
    address = str(block.get("Final-Recipient", "")).rpartition(";")[2].strip()
    status = ACTIONS.get(action, Status.PENDING)
    return Told(
        kind=Kind.RECEIPT, event_key=f"dsn:{key or original}:{action}:{code}"[:200], status=status,
        provider_id=original, message_key=key, address=address, code=f"{action} {code}",
        dead=status is Status.FAILED and is_dead(code),
    )  # fmt: skip


def key_of(mail: EmailMessage) -> str:
    """Return our key from the address the notice came to."""
    found = BOUNCE.search(str(mail.get("To", "")))
    return found[1] if found else ""


def original_id(mail: EmailMessage) -> str:
    """Return the Message-ID of the mail that the report is about."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            found = re.search(
                r"^message-id:\s*(<[^>\s]{1,120}>)", str(part.get_payload()), re.IGNORECASE | re.MULTILINE
            )
            return found[1] if found else ""
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            whole = inner[0] if isinstance(inner, list) and inner else None
            return str(whole.get("Message-ID", "")).strip()[:128] if isinstance(whole, EmailMessage) else ""
    return ""
