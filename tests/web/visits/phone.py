"""A phone as the server meets it: its own chain per visit, its own clock, a queue that empties when an answer arrives."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.web.cases.bank import moment
from tests.web.visits.conftest import MORNING, Field

from forbear.web import evidence
from forbear.web.visits import badges, sync
from forbear.web.visits.day import ask_permit, start
from forbear.web.visits.models import PhoneDay, Visit

DOOR = moment("2026-05-13", "10:05:00")
PLACE = {"lat": 31_230_400, "lon": 121_473_700, "acc": 12}
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f000500"
    "01ff89993d1d0000000049454e44ae426082"
)
FILM = b"\x1a\x45\xdf\xa3" + b"film" * 64


class Phone:
    """One person's phone on one day; `slow` is how far its clock is behind ours."""

    def __init__(self, user: Any, at: datetime, slow: timedelta = timedelta(0)) -> None:
        self.user, self.slow, self.now = user, slow, at
        self.device = uuid4()
        day, self.carried = start(user, self.device, phone_at=self.clock(), at=at)
        self.day_id = day.pk
        self.queue: list[dict[str, Any]] = []
        self.heads: dict[int, tuple[int, str]] = {}
        self.files: dict[str, bytes] = {}

    @property
    def day(self) -> PhoneDay:
        return PhoneDay.objects.select_related("team").get(pk=self.day_id)

    def clock(self) -> datetime:
        """Return what the phone believes."""
        return self.now - self.slow

    def wait(self, **span: int) -> None:
        self.now += timedelta(**span)

    def say(self, visit: Visit, kind: str, **data: Any) -> dict[str, Any]:
        """Write one record down."""
        seq, previous = self.heads.get(visit.pk, (0, "0" * 64))
        made = {
            "id": str(uuid4()), "visit": visit.pk, "seq": seq + 1, "kind": kind, "previous": previous,
            "at": self.clock().isoformat(timespec="milliseconds"), "data": data,
        }  # fmt: skip
        made["hash"] = digest(made)
        self.heads[visit.pk] = (seq + 1, made["hash"])
        self.queue.append(made)
        return made

    def check_in(self, visit: Visit, mates: list[Any], **more: Any) -> dict[str, Any]:
        words = {str(mate.pk): badges.word_of(mate, self.day.on) for mate in mates}
        given = {"people": [self.user.pk, *(mate.pk for mate in mates)], "words": words, "place": PLACE}
        return self.say(visit, "check_in", **given | more)

    def film(self, visit: Visit, what: str = "recording", content: bytes = FILM) -> UUID:
        name = uuid4()
        self.files[str(name)] = content
        self.say(
            visit, "evidence", evidence=str(name), what=what, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)
        )  # fmt: skip
        return name

    def check_out(self, visit: Visit) -> dict[str, Any]:
        return self.say(visit, "check_out", place=PLACE, last=self.heads[visit.pk][0] + 1)

    def send(self, events: list[dict[str, Any]] | None = None) -> sync.Answer:
        """Send what waits, or some of it; what the server has leaves the queue."""
        events = self.queue[:100] if events is None else events
        answer = sync.take_batch(self.day, events, sent_at=self.clock(), received_at=self.now, by=self.user)
        held = {*answer.taken, *answer.known, *answer.set_aside}
        self.queue = [each for each in self.queue if each["id"] not in held]
        return answer


def digest(made: dict[str, Any]) -> str:
    core = {name: made[name] for name in ("id", "visit", "seq", "kind", "at", "data")}
    return hashlib.sha256(made["previous"].encode() + b"\n" + evidence.canonical(core)).hexdigest()


def written(field: Field) -> tuple[Phone, Visit]:
    """Return a phone that holds a whole visit and has sent nothing, and the visit."""
    visit = field.approved(field.debtor())
    field.team()
    field.planned()
    phone = Phone(field.ma, MORNING)
    phone.now = DOOR
    ask_permit(phone.day, visit.pk, at=phone.now, by=field.ma)
    phone.wait(minutes=2)
    phone.say(visit, "forbidden_read", codes=["alone"])
    phone.check_in(visit, [field.niu])
    phone.say(visit, "badges")
    phone.say(visit, "notice", way="audio_video", refused=False)
    phone.say(visit, "door", who="debtor")
    phone.say(visit, "identity", way="digits", passed=True)
    phone.say(visit, "amount")
    phone.film(visit)
    phone.wait(minutes=10)
    phone.say(visit, "result", code="V01", talk="B10", note="")
    phone.check_out(visit)
    return phone, visit
