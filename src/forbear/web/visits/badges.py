"""Badges that can be checked: one code per person and visiting day, and the short word a team mate gives.

The codes are those of the house (`genuine`), which the debtor's page checks; here a code is tied to a person, a day and a team.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import segno
from django.conf import settings

from forbear.web import clock
from forbear.web.genuine import codes
from forbear.web.genuine.models import Kind
from forbear.web.people.models import User
from forbear.web.visits.models import TeamMember

WORD_LETTERS = 8  # 40 bits: enough for a day, short enough to type at a door
ON_PHONE, ON_PAPER = "phone", "paper"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a debtor may know of a visitor: name, staff number, and on which day the badge holds."""

    name: str
    staff_no: str
    on: date
    agency: str  # empty: the bank's own staff


def issue(user: User, on: date, *, at: datetime, how: str = ON_PHONE) -> str:
    """Return a fresh code for a person's badge of a day, held until that day ends; the one before it no longer holds."""
    subject = subject_of(user.pk, on, how)
    codes.revoke(Kind.BADGE, subject, at=at)
    until = datetime.combine(on + timedelta(days=1), time(), tzinfo=clock.bank_zone())
    return codes.issue(Kind.BADGE, subject, at=at, staff=user, until=until)


def subject_of(user_id: int, on: date, how: str) -> str:
    """Return what a code vouches for, as the house's codes keep it."""
    return f"badge:{user_id}:{on}:{how}"


def take_back(user_id: int, on: date, *, at: datetime) -> None:
    """Take back the badges of a person who does not go out that day after all."""
    for how in (ON_PHONE, ON_PAPER):
        codes.revoke(Kind.BADGE, subject_of(user_id, on, how), at=at)


def address_of(code: str) -> str:
    """Return the address behind the QR code: the page on which anybody checks a code."""
    return f"{settings.FORBEAR_PUBLIC}/my/check/?code={code}"


def picture_of(code: str) -> str:
    """Return the QR code of a badge."""
    return picture_of_address(address_of(code))


def picture_of_address(address: str) -> str:
    """Return a QR code as an SVG data address, which the content security policy lets an image have."""
    made = segno.make(address, error="m", micro=False)
    return str(made.svg_data_uri(scale=4, border=2, dark="#000", light="#fff"))


def badge_is_genuine(code: str, at: datetime) -> Badge | None:
    """Return whose badge a code is, if it is ours, of today, and its holder goes out today; else nothing."""
    found = codes.check(code, at=at)
    if found is None or found.kind != Kind.BADGE or found.staff is None or not found.staff.is_active:
        return None
    if not TeamMember.objects.filter(user=found.staff, on=at.date()).exists():
        return None
    return Badge(found.staff.display_name, found.staff.staff_no, at.date(), found.staff.agency)


def word_of(user: User, on: date) -> str:
    """Return the word a person gives to the one who checks the team in: proof that they stand there too."""
    mac = hmac.digest(settings.FORBEAR_SECRET.encode(), f"visits.word {user.pk} {on}".encode(), "sha256")
    return base64.b32encode(mac).decode()[:WORD_LETTERS]


def proof_of(word: str, salt: str) -> str:
    """Return what a phone holds to check a word typed into it: a salted digest, never the word."""
    return hashlib.sha256(f"{salt}:{word}".encode()).hexdigest()
