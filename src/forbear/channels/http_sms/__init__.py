"""SMS through a provider that takes signed JSON over HTTP and calls back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from forbear.channels.callbacks import told_by
from forbear.channels.contract import CallbackRequest, Outgoing, Told
from forbear.channels.signed_http import HttpSettings, SignedHttp, checked

__all__ = ["HttpSms"]


class HttpSms(SignedHttp):
    """The channel."""

    def __init__(self, settings: HttpSettings, *, sender: str = "", dead_codes: Collection[str] = ()) -> None:
        self.sender, self.dead_codes = sender, frozenset(dead_codes)
        super().__init__(settings, self.content)

    def content(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """Return what the provider is told of a message."""
        return {
            "from": self.sender,
            "to": outgoing.address,
            "text": outgoing.text,
            "valid_seconds": outgoing.valid_seconds,
        }

    def read_callback(self, request: CallbackRequest, *, at: datetime) -> list[Told]:
        """Return what a call-back tells; raise CallbackRefused."""
        said = self.settings
        content = checked(request, secret=said.secret, at=at, age_seconds=said.callback_age_seconds)
        return told_by(content, dead_codes=self.dead_codes)
