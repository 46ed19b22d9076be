"""The example adapter: JSON call-backs signed with HMAC-SHA-256 over the moment and the body.

    X-Forbear-Signature: t=1780000000,v1=<hex of HMAC-SHA-256(secret, "1780000000." + body)>

For bytes that are uploaded, the body is the hex digest of the bytes.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

import msgspec

from forbear.channels.contact_centre.contract import DECODER, Told
from forbear.channels.contract import CallbackRefused, CallbackRequest

HEADER = "x-forbear-signature"
SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
SECRET_BYTES_MIN = 32
OLDEST = timedelta(minutes=5)  # a call-back may be told again from its id; an old signature proves nothing


class SignedJson:
    """Reads signed JSON of one vendor."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES_MIN:
            raise ValueError(f"a vendor's secret has at least {SECRET_BYTES_MIN} bytes")
        self._secret = secret

    def sign(self, body: bytes, *, at: datetime) -> str:
        """Return the signature a vendor sends."""
        moment = int(at.timestamp())
        return (
            f"t={moment},v1={hmac.digest(self._secret, str(moment).encode() + b'.' + body, 'sha256').hex()}"
        )

    def read(self, request: CallbackRequest, *, at: datetime) -> list[Told]:
        """Return what the call-back tells; raises CallbackRefused."""
        self._check(request, request.body, at)
        try:
            return DECODER.decode(request.body)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise CallbackRefused(f"not readable: {error}") from error

    def check_upload(self, request: CallbackRequest, *, at: datetime, sha256: str) -> None:
        """Raise CallbackRefused unless the vendor signed the digest of the bytes."""
        self._check(request, sha256.encode(), at)

    def _check(self, request: CallbackRequest, body: bytes, at: datetime) -> None:
        given = {name.lower(): value for name, value in request.headers.items()}.get(HEADER, "")
        found = SIGNED.fullmatch(given)
        if found is None:
            raise CallbackRefused("no signature")
        good = hmac.digest(self._secret, found[1].encode() + b"." + body, "sha256").hex()
        if not hmac.compare_digest(good, found[2]):
            raise CallbackRefused("the signature is not the vendor's")
        if abs(at - datetime.fromtimestamp(int(found[1]), tz=at.tzinfo)) > OLDEST:
            raise CallbackRefused("the signature is too old")
