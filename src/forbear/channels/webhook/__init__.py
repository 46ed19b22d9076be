"""Push to the bank's app and WeCom messages: signed webhooks to the bank's own gateway, which knows the devices.

Addressed by the customer's number at the bank: no device token, open id or phone leaves our side.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forbear.channels.callbacks import told_by
from forbear.channels.contract import CallbackRequest, Outgoing, Told
from forbear.channels.signed_http import HttpSettings, SignedHttp, checked

__all__ = ["Webhook"]

FORMS = ("push", "wecom")


class Webhook(SignedHttp):
    """The channel, in one of two forms: a push with title and body, or a WeCom text message."""

    def __init__(self, settings: HttpSettings, *, form: str) -> None:
        if form not in FORMS:
            raise ValueError(f"{form!r} is no form of webhook; there are {', '.join(FORMS)}")
        self.form = form
        super().__init__(settings, self.content)

    def content(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """Return what the gateway is told of a message."""
        told = {"customer": outgoing.address, "valid_seconds": outgoing.valid_seconds}
        if self.form == "wecom":
            return {**told, "msgtype": "text", "text": {"content": outgoing.text}}
        return {**told, "title": outgoing.subject, "body": outgoing.text}

    def read_callback(self, request: CallbackRequest, *, at: datetime) -> list[Told]:
        """Return what a call-back tells; raise CallbackRefused."""
        said = self.settings
        content = checked(request, secret=said.secret, at=at, age_seconds=said.callback_age_seconds)
        return told_by(content, dead_codes=())
