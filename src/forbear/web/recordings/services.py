"""Writes of recordings: announced, received, sealed, tied to the attempt, held, deleted when the question allows."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import to_builtins

from forbear.channels.contact_centre import AgentSeen, CallSeen, RecordingReady, Seen, SignedJson
from forbear.privacy import StreamVault
from forbear.web import clock
from forbear.web.cases.timeline import append_event
from forbear.web.contact.models import ContactAttempt
from forbear.web.portfolio.vault import vault
from forbear.web.recordings.keeping import ORAL_PLAN, why_kept
from forbear.web.recordings.models import LegalHold, Purge, Recording, RecordingState, Vendor, VendorEvent
from forbear.web.telephony.models import PhoneCall
from forbear.web.telephony.vendor import agent_moved, call_moved

if TYPE_CHECKING:
    from forbear.web.people.models import User
    from forbear.web.portfolio.models import Customer

READ_BYTES = 262_144


class RecordingRefused(ValueError):
    """These bytes are not what was announced, or nothing was announced."""


@lru_cache(maxsize=1)
def stream_vault() -> StreamVault:
    """Return what seals and opens recordings."""
    return StreamVault(settings.FORBEAR_SECRET.encode())


def folder() -> Path:
    """Return where sealed recordings lie."""
    found = Path(settings.HOME) / "recordings"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def make_vendor(code: str) -> tuple[Vendor, str]:
    """Let a contact centre call back; return it with its secret, which is shown this once."""
    secret = secrets.token_urlsafe(48)
    sealed = vault().seal(secret, "vendor")
    made, _new = Vendor.objects.update_or_create(
        code=code, defaults={"secret_cipher": sealed.cipher, "active": True}
    )
    return made, secret


def adapter_of(vendor: Vendor) -> SignedJson:
    """Return the adapter that reads a vendor's call-backs."""
    return SignedJson(vault().open(bytes(vendor.secret_cipher), "vendor").encode())


@transaction.atomic
def hear(vendor: Vendor, told: Iterable[Seen], at: datetime) -> int:
    """Store what a vendor told; what was told before changes nothing. Return how many things were new."""
    new = 0
    for one in told:
        said = to_builtins(one)
        _row, made = VendorEvent.objects.get_or_create(
            vendor=vendor, event_id=one.event_id,
            defaults={"kind": said["kind"], "at": one.at, "received_at": at, "said": said},
        )  # fmt: skip
        new += made
        if made and isinstance(one, RecordingReady):
            announce(vendor.code, one, at)
        if made and isinstance(one, CallSeen):
            call_moved(one, at)
            tie_late(vendor.code, one.call_id)
        if made and isinstance(one, AgentSeen):
            agent_moved(one)
    return new


@transaction.atomic
def announce(source: str, ready: RecordingReady, at: datetime) -> Recording:
    """Note that a recording is to come; announced twice, it is one."""
    made, _new = Recording.objects.get_or_create(
        source=source, external_id=ready.recording_id,
        defaults={
            "call_id": ready.call_id, "attempt": attempt_of(ready.call_id), "media_type": ready.media_type,
            "record": ORAL_PLAN if ready.oral_plan else "call_recording", "made_at": ready.made_at,
            "seconds": ready.seconds, "size": ready.size, "sha256": ready.sha256, "announced_at": at,
        },
    )  # fmt: skip
    return made


def attempt_of(call_id: str) -> ContactAttempt | None:
    """Return the attempt a call was: sources name our calls `call-<number>`, or an attempt as `attempt-<number>`."""
    kind, _, number = call_id.partition("-")
    if not number.isdigit():
        return None
    if kind == "attempt":
        return ContactAttempt.objects.filter(pk=int(number)).first()
    call = (
        PhoneCall.objects.select_related("attempt").filter(pk=int(number)).first() if kind == "call" else None
    )
    return call.attempt if call else None


def tie_late(source: str, call_id: str) -> None:
    """Tie what came before its call was written up."""
    if attempt := attempt_of(call_id):
        Recording.objects.filter(source=source, call_id=call_id, attempt__isnull=True).update(attempt=attempt)


def receive(recording: Recording, parts: Iterable[bytes], at: datetime) -> Recording:
    """Seal the bytes of an announced recording as they come; raises RecordingRefused when they are others.

    The sealed file is in place before the row says so; received twice, the first stays.
    """
    if recording.state != RecordingState.EXPECTED:
        return recording
    name = f"{at:%Y%m}-{secrets.token_hex(16)}"
    path = folder() / name
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for part in parts:
            digest.update(part)
            size += len(part)
            if size > recording.size:
                raise RecordingRefused(_("More bytes came than were announced."))
            yield part

    try:
        with path.open("xb") as file:
            stream_vault().seal(counted(), file)
            file.flush()
            os.fsync(file.fileno())
        if (digest.hexdigest(), size) != (recording.sha256, recording.size):
            raise RecordingRefused(_("The bytes are not those that were announced."))
        return keep(recording, name, at)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@transaction.atomic
def keep(recording: Recording, name: str, at: datetime) -> Recording:
    """Say that a recording is kept, and write it on the case."""
    row = Recording.objects.select_for_update().get(pk=recording.pk)
    if row.state != RecordingState.EXPECTED:
        raise RecordingRefused(_("This recording was received already."))
    row.state, row.path, row.received_at = RecordingState.KEPT, name, at
    row.attempt = row.attempt or attempt_of(row.call_id)
    row.save()
    case = row.attempt.case if row.attempt else None
    if case is not None:
        payload = {
            "recording": row.pk,
            "sha256": row.sha256,
            "seconds": row.seconds,
            "attempt": row.attempt_id,
        }
        append_event(case, kind="recording", at=at, payload=payload)
    return row


def hold(customer: Customer, *, reason: str, at: datetime, by: User) -> LegalHold:
    """Keep everything that concerns a customer until the hold is lifted; raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError(_("Say what the hold is for."))
    return LegalHold.objects.create(customer=customer, reason=reason.strip(), since=at, by=by)


def lift(held: LegalHold, *, at: datetime, by: User) -> None:
    """Lift a hold; the second time changes nothing."""
    LegalHold.objects.filter(pk=held.pk, lifted_at__isnull=True).update(lifted_at=at, lifted_by=by)


def purge(at: datetime, *, limit: int = 10_000) -> Purge:
    """Delete what no rule asks for any more, by the question `retention`, and report what was kept and why."""
    rows = Recording.objects.filter(state=RecordingState.KEPT).select_related("attempt__case")
    deleted: list[int] = []
    kept: Counter[str] = Counter()
    looked = list(rows.order_by("made_at", "pk")[:limit])
    for row in looked:
        why = why_recording_kept(row, at)
        if why:
            kept[why] += 1
        else:
            erase(row, at)
            deleted.append(row.pk)
    return Purge.objects.create(
        at=at, looked_at=len(looked), deleted=len(deleted), report={"deleted": deleted, "kept": dict(kept)}
    )


def why_recording_kept(row: Recording, at: datetime) -> str:
    """Return the rule or reason that keeps a recording today; empty when it may go."""
    if row.attempt is None:
        return "no attempt"  # whose it is must be found first
    made_on = row.made_at.astimezone(clock.bank_zone()).date()  # the bank's day, not that of UTC
    return why_kept(row.attempt.case, row.record, made_on, at)


def erase(row: Recording, at: datetime) -> None:
    """Delete the sealed bytes; the row stays with its hash, so that what was deleted can be told."""
    with transaction.atomic():
        Recording.objects.filter(pk=row.pk).update(state=RecordingState.PURGED, purged_at=at, path="")
        case = row.attempt.case if row.attempt else None
        if case is not None:
            append_event(
                case, kind="recording_deleted", at=at, payload={"recording": row.pk, "sha256": row.sha256}
            )
    (folder() / row.path).unlink(missing_ok=True)
