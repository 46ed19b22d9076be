"""Figures that a phone may carry but cannot read: opened only by the end of the debtor's own identity number.

AES-GCM under a key from PBKDF2 of those characters. The phone wraps the packet once more under its key of the day,
which cannot be taken out of the browser and is deleted at day's end (docs/decisions/0008-field-phones.md).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES, SALT_BYTES, KEY_BYTES = 12, 16, 32
PROOF_LETTERS = 6  # of the identity number's end; those who visit do not know them


def proof_of(id_no: str) -> str:
    """Return what opens a packet: the last characters of an identity number, letters large."""
    return id_no.strip().upper()[-PROOF_LETTERS:]


def seal(figures: Mapping[str, Any], proof: str, *, rounds: int) -> dict[str, Any]:
    """Return a packet: salt, nonce and ciphertext in base64, with the rounds that made its key."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    key = hashlib.pbkdf2_hmac("sha256", proof.encode(), salt, rounds, KEY_BYTES)
    content = json.dumps(figures, ensure_ascii=False).encode()
    made = {"salt": salt, "nonce": nonce, "cipher": AESGCM(key).encrypt(nonce, content, None)}
    return {name: base64.b64encode(part).decode() for name, part in made.items()} | {"rounds": rounds}


def opened(packet: Mapping[str, Any], proof: str) -> dict[str, Any]:
    """Return the figures; raises InvalidTag for another proof. The phone does the same."""
    salt, nonce, cipher = (base64.b64decode(packet[name]) for name in ("salt", "nonce", "cipher"))
    key = hashlib.pbkdf2_hmac("sha256", proof.encode(), salt, packet["rounds"], KEY_BYTES)
    figures: dict[str, Any] = json.loads(AESGCM(key).decrypt(nonce, cipher, None))
    return figures
