"""Writes on documents, by the names other rooms of the web use."""

from forbear.web.documents.signing import send_code, sign_spoken, sign_with_code, verify_signatures
from forbear.web.documents.store import DocumentRefused, plain, read, receive, store

__all__ = [
    "DocumentRefused", "plain", "read", "receive", "send_code", "sign_spoken", "sign_with_code", "store",
    "verify_signatures",
]  # fmt: skip
