"""Client, gateway and database session killed at random: every message once, or flagged; none lost, none too late."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bench.messages import free_port, lay_out, read_log, shift_to_noon, start_gateway
from django.db import connection
from django.utils import timezone
from tests.web.contact.racers import database_url

from forbear.web.cases.models import Case
from forbear.web.cases.services import place_hold
from forbear.web.contact.models import ContactAttempt
from forbear.web.contact.verify import broken_decisions
from forbear.web.outbox.models import MessageState, OutboxMessage

ROOT = Path(__file__).resolve().parents[3]
ON_THE_WIRE = {"sent", "delivered", "failed"}
NEVER = {"withdrawn", "expired"}
OPEN = ("planned", "claimed", "handed_over")


class Scene:
    """A gateway and senders, each of which may die."""

    def __init__(
        self, log: Path, *, senders: int, permit_seconds: int, a_second: float, in_hand: int
    ) -> None:
        self.log, self.port = log, free_port()
        self.shift = shift_to_noon(timezone.now())
        url = database_url(connection.settings_dict)
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "forbear.web.config.settings",
        }
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.web.outbox.senders", str(self.port), str(self.shift.total_seconds()), str(permit_seconds), str(a_second), str(in_hand)],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.gateway = start_gateway(log, self.port, self.shift)  # while the nursery loads
        assert self.nursery.stdout is not None
        assert self.nursery.stdout.readline() == "ready\n"
        self.senders = [self.start_sender() for _ in range(senders)]

    def now(self) -> datetime:
        return timezone.now() + self.shift

    def start_sender(self) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write("start\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())

    def kill_client(self, chance: random.Random) -> None:
        place = chance.randrange(len(self.senders))
        os.kill(self.senders[place], signal.SIGKILL)
        self.senders[place] = self.start_sender()

    def kill_gateway(self, chance: random.Random) -> None:
        self.gateway.kill()
        self.gateway.wait()
        time.sleep(chance.uniform(0, 0.5))
        self.gateway = start_gateway(self.log, self.port, self.shift)

    def kill_session(self, chance: random.Random) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def close(self) -> None:
        for pid in self.senders:
            os.kill(pid, signal.SIGKILL)
        self.nursery.kill()
        self.nursery.wait()
        self.gateway.kill()
        self.gateway.wait()


def wait_until(done, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, Counter(OutboxMessage.objects.values_list("state", flat=True))
        time.sleep(0.1)


def run(
    scene: Scene, *, count: int, kills: int, every: tuple[float, float], seconds: float, seed: int
) -> dict[int, datetime]:
    """Kill at random while messages go out; return the cases put on hold meanwhile, each with when that was on record."""
    chance = random.Random(seed)
    ways = [scene.kill_client, scene.kill_gateway, scene.kill_session]
    held: dict[int, datetime] = {}
    for number in range(kills):
        time.sleep(chance.uniform(*every))
        ways[number % 3](chance)
        if number % 5 == 1:
            case = chance.choice(
                list(Case.objects.filter(outbox__state="planned")[:1000]) or list(Case.objects.all()[:1])
            )
            place_hold(case, kind="complaint", at=scene.now(), by=None)
            held[case.pk] = scene.now()  # on record by now: whoever asks from here on must hear of it
    wait_until(lambda: not OutboxMessage.objects.filter(state__in=OPEN).exists(), seconds)
    wait_until(lambda: (read := read_log(scene.log))[1] == len(read[0]), seconds)
    return held


def judge(scene: Scene, count: int, held: dict[int, datetime]) -> Counter[str]:
    """Compare every message with the gateway's log."""
    submits, _ = read_log(scene.log)
    taken = Counter(entry["key"] for entry in submits)
    at = {entry["key"]: datetime.fromisoformat(entry["at"]) for entry in submits}
    rows = {row.key: row for row in OutboxMessage.objects.all()}
    assert len(rows) == count
    assert set(taken) <= set(rows)
    assert max(taken.values()) == 1  # never twice, whoever died
    for row in rows.values():
        times = taken[row.key]
        assert (
            times == 1
            if row.state in ON_THE_WIRE and row.why != "not_taken"
            else times == 0 or row.state == "uncertain"
        ), row.key
        if times:
            assert at[row.key] < row.permit_expires_at + GRACE, (row.key, at[row.key], row.permit_expires_at)
    for case_id, on_record in held.items():
        assert rows_of(rows, case_id, "handed_over_at") < on_record
    wire = [row.permit_id for row in rows.values() if row.state in ON_THE_WIRE and row.why != "not_taken"]
    assert ContactAttempt.objects.filter(permit__in=wire).count() == len(wire)
    for customer in random.Random(1).sample(sorted({row.customer_id for row in rows.values()}), 20):
        assert broken_decisions(customer) == []
    return Counter(str(row.state) for row in rows.values())


GRACE = timedelta(
    milliseconds=250
)  # from the last look at the clock through two processes to the gateway's own


def rows_of(rows: dict[str, OutboxMessage], case_id: int, name: str) -> datetime:
    (row,) = [row for row in rows.values() if row.case_id == case_id]
    return getattr(row, name) or datetime.min.replace(tzinfo=UTC)


def play(
    log: Path,
    *,
    count: int,
    kills: int,
    every: tuple[float, float],
    a_second: float,
    in_hand: int,
    permit_seconds: int,
    seconds: float,
) -> Counter[str]:
    lay_out(count, at=timezone.now() + shift_to_noon(timezone.now()) - timedelta(minutes=1))
    scene = Scene(log, senders=2, permit_seconds=permit_seconds, a_second=a_second, in_hand=in_hand)
    try:
        held = run(scene, count=count, kills=kills, every=every, seconds=seconds, seed=5)
        found = judge(scene, count, held)
    finally:
        scene.close()
    assert found[MessageState.DELIVERED] + found[MessageState.FAILED] > count * 0.8
    return found


@pytest.mark.django_db(transaction=True)
def test_five_kills_lose_nothing_and_double_nothing(tmp_path):
    play(
        tmp_path / "log",
        count=400,
        kills=5,
        every=(0.3, 0.7),
        a_second=100,
        in_hand=20,
        permit_seconds=6,
        seconds=60,
    )


@pytest.mark.stress
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_messages_and_fifty_kills(tmp_path):
    found = play(
        tmp_path / "log",
        count=int(os.environ.get("OUTBOX_MESSAGES", "100000")),
        kills=50,
        every=(1, 8),
        a_second=5000,
        in_hand=100,
        permit_seconds=4,
        seconds=1500,
    )
    print(found)
