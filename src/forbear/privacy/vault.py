"""Encrypt a value, index it for equality, keep its tail."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forbear.privacy.mask import TAIL_LENGTH

NONCE_BYTES = 12
KEY_BYTES = 32
INDEX_BYTES = 16


class SealBroken(ValueError):
    """A sealed value could not be opened: wrong key, or its bytes were altered."""


class Sealed(NamedTuple):
    """A value as it is stored: ciphertext, equality index, last characters."""

    cipher: bytes
    index: bytes  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    tail: str


class Vault:
    """Seals and opens values with keys derived from one secret; `kind` separates domains (phone, card, id)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < KEY_BYTES:
            raise ValueError(f"the vault secret has {len(secret)} bytes; at least {KEY_BYTES} are needed")
        self._aead = AESGCM(hashlib.blake2b(secret, digest_size=KEY_BYTES, person=b"forbear-seal").digest())
        self._index_key = hashlib.blake2b(secret, digest_size=KEY_BYTES, person=b"forbear-index").digest()

    def seal(self, value: str, kind: str) -> Sealed:
        """Encrypt value under a fresh nonce; kind is bound as associated data."""
        return Sealed(self.seal_bytes(value.encode(), kind), self.index(value, kind), value[-TAIL_LENGTH:])

    def seal_bytes(self, content: bytes, kind: str) -> bytes:
        """Encrypt a whole file under a fresh nonce; kind is bound as associated data."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, kind.encode())

    def open_bytes(self, cipher: bytes, kind: str) -> bytes:
        """Decrypt a file; raise SealBroken when the bytes or the key are not those that sealed it."""
        try:
            return self._aead.decrypt(cipher[:NONCE_BYTES], cipher[NONCE_BYTES:], kind.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"a sealed {kind} could not be opened: wrong key or altered bytes") from error

    def index(self, value: str, kind: str) -> bytes:
        """Return a keyed digest, equal for equal values, that does not reveal the value."""
        message = kind.encode() + b"\x00" + value.encode()
        return hmac.digest(self._index_key, message, "sha256")[:INDEX_BYTES]

    def open(self, cipher: bytes, kind: str) -> str:
        """Decrypt; raise SealBroken when the bytes or the key are not those that sealed it."""
        return self.open_bytes(cipher, kind).decode()
