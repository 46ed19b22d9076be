"""Issue a code, check one, take one back."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from forbear.web.genuine.models import Code
from forbear.web.law.current import packs_at
from forbear.web.portfolio.vault import vault

if TYPE_CHECKING:
    from forbear.web.people.models import User

TAIL = 2  # enough to notice a code read out to somebody else, too little to know a number by
GROUP = 4
DRAWS = 5  # a code already in use is drawn again; five in a row does not happen
TYPED_MAX = 40
KEY = "genuine_code"


def rule(kind: str, at: datetime) -> dict[str, Any]:
    """Return digits and life in hours of a kind of code; raises KeyError for an unknown kind."""
    rows = packs_at(at).value("house/genuine/codes", at.date())
    found: dict[str, Any] = next((row for row in rows if row["kind"] == kind), {})
    if not found:
        raise KeyError(f"house/genuine/codes has no row for {kind!r}")
    return found


def issue(
    kind: str, subject: str, *, at: datetime, case_id: int | None = None, staff: User | None = None, number_tail: str = "",
    until: datetime | None = None,
) -> str:  # fmt: skip
    """Return a fresh code for one thing (`call`, `letter`, `badge`), as digits; it is stored nowhere in plain.

    staff: who calls or visits, told to whoever checks; number_tail: digits of the number called; until: default the
    life of the kind in house/genuine.
    """
    known = rule(kind, at)
    for _draw in range(DRAWS):
        code = f"{secrets.randbelow(10 ** known['digits']):0{known['digits']}d}"
        row = Code(
            code_index=index_of(code), kind=kind, subject=subject, case_id=case_id, staff=staff, tail=number_tail[-TAIL:],
            made_at=at, expires_at=until or at + timedelta(hours=known["hours"]),
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            continue
        return code
    raise RuntimeError(f"no free code of kind {kind} in {DRAWS} draws; give it more digits in house/genuine")


def check(typed: str, *, at: datetime) -> Code | None:
    """Return what a code vouches for and count the look; None for one unknown, over or taken back, without saying which.

    `checks` is the number of looks before this one.
    """
    code = digits_of(typed)
    if not code:
        return None
    running = Code.objects.filter(code_index=index_of(code), expires_at__gt=at, revoked_at__isnull=True)
    found = running.select_related("staff").first()
    if found is not None:
        Code.objects.filter(pk=found.pk).update(checks=F("checks") + 1)
    return found


def revoke(kind: str, subject: str, *, at: datetime) -> None:
    """Take back every running code of a thing."""
    Code.objects.filter(kind=kind, subject=subject, revoked_at__isnull=True).update(revoked_at=at)


def digits_of(typed: str) -> str:
    """Return the digits of what somebody typed, whatever stands between them; empty where there is anything else."""
    if len(typed) > TYPED_MAX:
        return ""
    plain = unicodedata.normalize("NFKC", typed)
    code = "".join(each for each in plain if not each.isspace() and each not in "-.·")
    return code if code.isascii() and code.isdigit() else ""


def index_of(code: str) -> bytes:
    """Return the keyed digest under which a code is stored."""
    return vault().index(code, KEY)


def grouped(code: str) -> str:
    """Write a code so that it can be read out: in groups of four."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
