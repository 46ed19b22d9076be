"""Seal long things (recordings) chunk by chunk, so that a part can be opened without the rest.

The STREAM construction: each chunk is AES-GCM under a key of its own file, with a nonce of the chunk's number and
whether it is the last. A chunk that was altered, moved, dropped or cut off does not open.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forbear.privacy.vault import KEY_BYTES, SealBroken

CHUNK_BYTES = 65_536
TAG_BYTES = 16
SALT_BYTES = 16
HEAD = b"FBS1"
COUNTER_BYTES = 11  # of a nonce of 12; the last byte says whether the chunk is the last
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


class StreamVault:
    """Seals and opens long things with keys derived from one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < KEY_BYTES:
            raise ValueError(f"the vault secret has {len(secret)} bytes; at least {KEY_BYTES} are needed")
        self._root = hashlib.blake2b(secret, digest_size=KEY_BYTES, person=b"forbear-stream").digest()

    def seal(self, parts: Iterable[bytes], to: BinaryIO) -> None:
        """Write the sealed form of what comes in parts of any size."""
        salt = os.urandom(SALT_BYTES)
        to.write(HEAD + salt)
        aead = self._aead(salt)
        held, number = b"", 0
        for part in parts:
            held += part
            while len(held) > CHUNK_BYTES:  # a whole chunk is kept back: it may be the last
                to.write(aead.encrypt(nonce(number, last=False), held[:CHUNK_BYTES], HEAD))
                held, number = held[CHUNK_BYTES:], number + 1
        to.write(aead.encrypt(nonce(number, last=True), held, HEAD))

    def open(
        self, source: BinaryIO, *, size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[bytes]:
        """Yield the bytes from start to stop of a thing of `size` bytes; raises SealBroken."""
        stop = size if stop is None else min(stop, size)
        head = source.read(len(HEAD) + SALT_BYTES)
        if head[: len(HEAD)] != HEAD:
            raise SealBroken("a sealed recording could not be opened: its beginning is not one")
        aead = self._aead(head[len(HEAD) :])
        final = max(0, (size - 1) // CHUNK_BYTES)
        for number in range(start // CHUNK_BYTES, max(start, stop - 1) // CHUNK_BYTES + 1):
            source.seek(len(head) + number * SEALED_CHUNK)
            chunk = self._chunk(aead, source.read(SEALED_CHUNK), number, last=number == final)
            begin = number * CHUNK_BYTES
            yield chunk[max(0, start - begin) : max(0, stop - begin)]

    def _chunk(self, aead: AESGCM, sealed: bytes, number: int, *, last: bool) -> bytes:
        try:
            return aead.decrypt(nonce(number, last=last), sealed, HEAD)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                f"part {number} of a sealed recording could not be opened: wrong key or altered bytes"
            ) from error

    def _aead(self, salt: bytes) -> AESGCM:
        return AESGCM(
            hashlib.blake2b(salt, digest_size=KEY_BYTES, key=self._root, person=b"forbear-file").digest()
        )


def nonce(number: int, *, last: bool) -> bytes:
    """Return the nonce of a chunk."""
    return number.to_bytes(COUNTER_BYTES, "big") + (b"\x01" if last else b"\x00")
