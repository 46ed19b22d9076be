"""SMPP against our own gateway, and our codec against an independent one (smpplib)."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
from hypothesis import given
from hypothesis import strategies as st

from forbear.channels.contract import HELD_BACK, ConnectionRefused, Kind, Outcome, Outgoing, Status
from forbear.channels.frames import BadFrame
from forbear.channels.smpp import Smpp, SmppSettings, codec
from forbear.channels.smpp.simulator import Smsc
from forbear.channels.sms_text import PART_MAX, cut, part_of, read

LONG = "您好，您尾号0014的信用卡账单已过还款日。" * 8 + "𬭎"


def message(number: int = 1, text: str = "您好", to: str = "13800138001") -> Outgoing:
    return Outgoing(key=f"k{number}", reference=number, address=to, text=text)


def always(_: Outgoing) -> bool:
    return True


def settings(port: int, **more: Any) -> SmppSettings:
    said = {
        "system_id": "forbear",
        "password": "loopback",
        "sender": "10690000",
        "answer_seconds": 5.0,
    } | more
    return SmppSettings(host="127.0.0.1", port=port, **said)


def gateway(tmp_path: Path, **more: Any) -> Smsc:
    return Smsc(tmp_path / "smsc.log", now=lambda: "2026-11-24T12:00:00+08:00", **more)


def logged(smsc: Smsc) -> list[dict[str, Any]]:
    return [
        entry for line in smsc.log.read_text().splitlines() if (entry := json.loads(line))["what"] == "submit"
    ]


def drive(scene: Any, smsc: Smsc, **more: Any) -> Any:
    """Run a scene with a connected client."""

    async def run() -> Any:
        port = await smsc.start()
        client = Smpp(settings(port, **more))
        await client.connect()
        try:
            async with asyncio.timeout(20):
                return await scene(client)
        finally:
            await client.close()
            await smsc.stop()

    return asyncio.run(run())


def test_each_message_is_taken_once_and_receipted(tmp_path):
    async def scene(client: Smpp) -> Any:
        results = await client.send([message(n) for n in range(1, 301)], may_start=always)
        return results, [await client.incoming.get() for _ in range(300)]

    smsc = gateway(tmp_path)
    results, arrived = drive(scene, smsc, window=10)

    assert [r.outcome for r in results] == [Outcome.ACCEPTED] * 300
    assert sorted(entry["key"] for entry in logged(smsc)) == sorted(f"k{n}" for n in range(1, 301))
    ids = {r.key: r.provider_ids[0] for r in results}
    for each in arrived:
        assert (each.told.kind, each.told.status) == (Kind.RECEIPT, Status.DELIVERED)
        assert ids[each.told.message_key] == each.told.provider_id


def test_a_long_chinese_message_goes_in_parts_that_join_again(tmp_path):
    async def scene(client: Smpp) -> Any:
        return await client.send([message(7, LONG)], may_start=always)

    smsc = gateway(tmp_path)
    (result,) = drive(scene, smsc)

    entries = logged(smsc)
    assert len(entries) == len(result.provider_ids) == 3
    assert [(e["part"], e["parts"]) for e in entries] == [(1, 3), (2, 3), (3, 3)]


def test_what_may_not_start_is_not_sent(tmp_path):
    async def scene(client: Smpp) -> Any:
        return await client.send([message(1), message(2)], may_start=lambda each: each.key == "k2")

    smsc = gateway(tmp_path)
    held, sent = drive(scene, smsc)

    assert (held.outcome, held.code) == (Outcome.NOT_TAKEN, HELD_BACK)
    assert sent.outcome is Outcome.ACCEPTED
    assert [entry["key"] for entry in logged(smsc)] == ["k2"]


def test_a_gateway_that_is_too_busy_did_not_take_it(tmp_path):
    async def scene(client: Smpp) -> Any:
        return await client.send([message(n) for n in range(1, 5)], may_start=always)

    smsc = gateway(tmp_path, throttle_every=2)
    results = drive(scene, smsc)

    assert [r.outcome for r in results] == [Outcome.ACCEPTED, Outcome.NOT_TAKEN] * 2
    assert len(logged(smsc)) == 2


def test_numbers_that_fail_and_numbers_that_do_not_exist_are_told_apart(tmp_path):
    async def told(client: Smpp) -> Any:
        await client.send([message(1, to="13800138097"), message(2, to="13800138098")], may_start=always)
        return {each.told.message_key: each.told for each in [await client.incoming.get() for _ in "12"]}

    found = drive(told, gateway(tmp_path), dead_codes=frozenset({"001"}))

    assert [(found[k].status, found[k].dead) for k in ("k1", "k2")] == [
        (Status.FAILED, False),
        (Status.FAILED, True),
    ]


def test_a_receipt_that_was_not_acknowledged_comes_again_after_the_gateway_died(tmp_path):
    async def first(client: Smpp) -> Any:
        await client.send([message(1)], may_start=always)
        return (await client.incoming.get()).told.event_key  # never acknowledged

    async def second(client: Smpp) -> Any:
        arrived = await client.incoming.get()
        await arrived.acknowledge()
        async with asyncio.timeout(20):
            while again.pending:
                await asyncio.sleep(0.01)
        return arrived.told.event_key

    key = drive(first, gateway(tmp_path))
    again = gateway(tmp_path)

    assert drive(second, again) == key
    assert not again.pending


def test_a_connection_that_breaks_leaves_unknown_and_comes_back(tmp_path):
    async def scene(client: Smpp) -> Any:
        broken = await client.send([message(n) for n in range(1, 201)], may_start=always)
        return broken, await client.send([message(9001)], may_start=always)

    class Dying(Smsc):
        """Takes the fiftieth message and is gone before it can say so."""

        def write(self, entry: dict[str, Any]) -> None:
            super().write(entry)
            if self.seen == 50:
                for session in self.sessions:
                    session.writer.transport.abort()

    smsc = Dying(tmp_path / "smsc.log", now=lambda: "", receipts=False)
    broken, (after,) = drive(scene, smsc, window=20, a_second=1e9)

    keys = [entry["key"] for entry in logged(smsc)]
    assert len(keys) == len(set(keys))
    by_outcome = {outcome: {r.key for r in broken if r.outcome is outcome} for outcome in Outcome}
    assert by_outcome[Outcome.ACCEPTED] <= set(keys)
    assert not by_outcome[Outcome.NOT_TAKEN] & set(keys)
    assert 0 < len(by_outcome[Outcome.UNKNOWN]) <= 20
    assert keys[49] in by_outcome[Outcome.UNKNOWN]
    assert after.outcome is Outcome.ACCEPTED


def test_the_pace_is_kept(tmp_path):
    async def scene(client: Smpp) -> Any:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.send([message(n) for n in range(40)], may_start=always)
        return loop.time() - began

    assert drive(scene, gateway(tmp_path), a_second=100) >= 0.38


def test_a_reply_in_parts_arrives_whole(tmp_path):
    async def scene(client: Smpp) -> Any:
        smsc.say("13800138001", LONG)
        smsc.say("13800138002", "TD")
        return [(await client.incoming.get()).told for _ in "12"]

    smsc = gateway(tmp_path)
    first, second = drive(scene, smsc)

    assert (first.kind, first.address, first.text) == (Kind.INBOUND, "13800138001", LONG)
    assert (second.address, second.text) == ("13800138002", "TD")


def test_a_wrong_secret_is_said_to_a_person_and_not_tried_again(tmp_path):
    async def scene() -> None:
        smsc = gateway(tmp_path)
        port = await smsc.start()
        try:
            await Smpp(settings(port, password="wrong")).connect()
        finally:
            await smsc.stop()

    with pytest.raises(ConnectionRefused, match="forbear"):
        asyncio.run(scene())


def test_a_link_that_gives_no_sign_of_life_is_opened_again(tmp_path):
    async def scene() -> int:
        connections = 0

        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            frame = codec.FRAMING.unpack((await reader.readexactly(16 + 8 + 9 + 1 + 4))[4:])
            writer.write(
                codec.FRAMING.pack(type(frame)(frame.command | 0x80000000, 0, frame.sequence, b"x\x00"))
            )
            await asyncio.sleep(5)

        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = Smpp(settings(port, keep_alive_seconds=0.1, answer_seconds=0.2))
        await client.connect()
        async with asyncio.timeout(20):
            while connections < 2:
                await asyncio.sleep(0.02)
        await client.close()
        server.close()
        return connections

    assert asyncio.run(scene()) >= 2


def test_an_independent_client_is_understood_and_understands_us(tmp_path):
    """smpplib binds to our gateway, submits Chinese text and reads our receipt."""
    receipts: list[Any] = []
    ports: list[int] = []
    started, stop = threading.Event(), threading.Event()
    smsc = gateway(tmp_path)

    async def serve() -> None:
        ports.append(await smsc.start())
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.01)
        await smsc.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(5)
    client = smpplib.client.Client("127.0.0.1", ports[0], allow_unknown_opt_params=True)
    client.set_message_received_handler(lambda pdu: receipts.append(pdu))
    try:
        client.connect()
        client.bind_transceiver(system_id="forbear", password="loopback")
        client.send_message(
            source_addr="10690000", destination_addr="13800138001", short_message="您好".encode("utf-16-be"),
            data_coding=8, registered_delivery=True,
        )  # fmt: skip
        while not receipts:
            client.read_once()
    finally:
        stop.set()
        thread.join()
        client.disconnect()

    assert receipts[0].receipted_message_id.rstrip(b"\x00").decode() == logged(smsc)[0]["id"]
    assert b"stat:DELIVRD" in receipts[0].short_message


@given(st.text(max_size=300), st.integers(0, 255))
def test_any_text_survives_the_cutting(text, reference):
    parts = cut(text, reference)
    pieces = [part_of(octets)[1] if parts.headed else octets for octets in parts.octets]

    assert "".join(read(piece, parts.coding) for piece in pieces) == text
    if parts.headed:
        assert all(len(piece) <= PART_MAX[parts.coding] for piece in pieces)


@given(st.binary(max_size=300))
def test_noise_is_refused_and_nothing_worse(noise):
    for unpack in (codec.unpack_short, codec.unpack_bind, lambda body: codec.FRAMING.unpack(body)):
        try:
            unpack(noise)
        except BadFrame:
            continue
