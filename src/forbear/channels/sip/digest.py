"""Digest authentication of requests (RFC 8760 and RFC 7616): MD5, which most exchanges still ask for, and SHA-256."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PART = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
HASHES: Mapping[str, Callable[[bytes], str]] = {
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
}


class CannotAnswer(ValueError):
    """A challenge in a form that is not known here."""


@dataclass(frozen=True, slots=True)
class Login:
    """Name and secret at the exchange; the secret is never shown."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return f"Login({self.name!r})"


def challenge_parts(header: str) -> dict[str, str]:
    """Read the parts of a WWW-Authenticate or Proxy-Authenticate value."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        raise CannotAnswer(f"authentication by {scheme!r} is not known here")
    return {found[1].lower(): found[2] or found[3] or "" for found in PART.finditer(rest)}


def authorisation(header: str, login: Login, *, method: str, uri: str, cnonce: str = "") -> str:
    """Return the Authorization value that answers one challenge; raises CannotAnswer."""
    asked = challenge_parts(header)
    named = asked.get("algorithm", "MD5").upper()
    digest = HASHES.get(named)
    if digest is None or not asked.get("nonce"):
        raise CannotAnswer(f"digest by {named!r} is not known here")
    qops = [each.strip() for each in asked.get("qop", "").split(",") if each.strip()]
    if qops and "auth" not in qops:
        raise CannotAnswer(f"quality of protection {asked['qop']!r} is not known here")
    realm = asked.get("realm", "")
    who = digest(f"{login.name}:{realm}:{login.secret}".encode())
    what = digest(f"{method}:{uri}".encode())
    parts = {"username": login.name, "realm": realm, "nonce": asked["nonce"], "uri": uri}
    plain = {"algorithm": named}
    if qops:
        cnonce = cnonce or secrets.token_hex(8)
        response = digest(f"{who}:{asked['nonce']}:00000001:{cnonce}:auth:{what}".encode())
        plain |= {"qop": "auth", "nc": "00000001"}
        parts["cnonce"] = cnonce
    else:
        response = digest(f"{who}:{asked['nonce']}:{what}".encode())
    parts["response"] = response
    if "opaque" in asked:
        parts["opaque"] = asked["opaque"]
    quoted = [f'{name}="{value}"' for name, value in parts.items()]
    return "Digest " + ", ".join([*quoted, *(f"{name}={value}" for name, value in plain.items())])
