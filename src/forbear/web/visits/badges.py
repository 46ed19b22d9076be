"""Badges that can be checked: one signed code per person and visiting day, and the short word a team mate gives.

A debtor scans the code and their own page says whether it is genuine. Signed with the installation's secret, so a code
cannot be made up; looked up in the day's teams, so one of yesterday, of somebody who left or does not go today is not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime

import segno
from django.conf import settings
from django.core.signing import BadSignature, Signer

from forbear.web.people.models import User
from forbear.web.visits.models import TeamMember

SALT = "visits.badge"
CODE_MAX = 120
WORD_LETTERS = 8  # 40 bits: enough for a day, short enough to type at a door


@dataclass(frozen=True, slots=True)
class Badge:
    """What a debtor may know of a visitor: name, staff number, and on which day the badge holds."""

    name: str
    staff_no: str
    on: date
    agency: str  # empty: the bank's own staff


def code_of(user: User, on: date) -> str:
    """Return the code a person's badge of a day carries."""
    return Signer(salt=SALT, sep=".").sign(f"{user.pk}.{on:%Y%m%d}")


def address_of(code: str) -> str:
    """Return the address behind the QR code."""
    return f"{settings.FORBEAR_PUBLIC}/my/badge/{code}/"


def picture_of(code: str) -> str:
    """Return the QR code of a badge."""
    return picture_of_address(address_of(code))


def picture_of_address(address: str) -> str:
    """Return a QR code as an SVG data address, which the content security policy lets an image have."""
    made = segno.make(address, error="m", micro=False)
    return str(made.svg_data_uri(scale=4, border=2, dark="#000", light="#fff"))


def badge_is_genuine(code: str, at: datetime) -> Badge | None:
    """Return whose badge a code is, if it is ours, of today, and its holder goes out today; else nothing."""
    found = _read(code)
    if found is None or found[1] != at.date():
        return None
    user_id, on = found
    row = (
        TeamMember.objects.filter(user_id=user_id, on=on, user__is_active=True).select_related("user").first()
    )
    return Badge(row.user.display_name, row.user.staff_no, on, row.user.agency) if row else None


def _read(code: str) -> tuple[int, date] | None:
    if len(code) > CODE_MAX or not code.isascii():
        return None
    try:
        user_id, day = Signer(salt=SALT, sep=".").unsign(code).split(".")
        return int(user_id), date.fromisoformat(day)
    except (BadSignature, ValueError):
        return None


def word_of(user: User, on: date) -> str:
    """Return the word a person gives to the one who checks the team in: proof that they stand there too."""
    mac = hmac.digest(settings.FORBEAR_SECRET.encode(), f"visits.word {user.pk} {on}".encode(), "sha256")
    return base64.b32encode(mac).decode()[:WORD_LETTERS]


def proof_of(word: str, salt: str) -> str:
    """Return what a phone holds to check a word typed into it: a salted digest, never the word."""
    return hashlib.sha256(f"{salt}:{word}".encode()).hexdigest()
