"""What every channel of messages must do, whatever its protocol. A new channel joins by its entry in peers.PEERS."""

from __future__ import annotations

import asyncio

import pytest
from tests.channels.messages.peers import PEERS, play
from tests.channels.samples import one_page

from forbear.channels.contract import HELD_BACK, ConnectionRefused, Kind, Outcome, Outgoing, Status

pytestmark = pytest.mark.parametrize("name", sorted(PEERS))
LONG = "您好，您尾号0014的信用卡账单已过还款日。" * 8


def messages(address: str, count: int = 1, text: str = "您好") -> list[Outgoing]:
    return [
        Outgoing(key=f"k{n}", reference=n, address=address, text=text, subject="提醒", document=one_page(n))
        for n in range(1, count + 1)
    ]


def always(_: Outgoing) -> bool:
    return True


def test_each_message_arrives_once_and_has_its_result_in_order(name, tmp_path):
    async def scene(peer):
        await peer.channel.connect()
        return await peer.channel.send(messages(peer.good, 20), may_start=always)

    peer, results = play(scene, name, tmp_path)

    assert [result.key for result in results] == [f"k{n}" for n in range(1, 21)]
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert len({result.provider_ids for result in results}) == 20
    assert peer.taken == [peer.good] * 20


def test_what_may_not_start_is_held_back(name, tmp_path):
    async def scene(peer):
        await peer.channel.connect()
        return await peer.channel.send(messages(peer.good, 2), may_start=lambda each: each.key == "k2")

    peer, (held, sent) = play(scene, name, tmp_path)

    assert (held.outcome, held.code) == (Outcome.NOT_TAKEN, HELD_BACK)
    assert sent.outcome is Outcome.ACCEPTED
    assert len(peer.taken) == 1


def test_a_long_chinese_message_is_accepted(name, tmp_path):
    async def scene(peer):
        await peer.channel.connect()
        return await peer.channel.send(messages(peer.good, text=LONG), may_start=always)

    peer, (result,) = play(scene, name, tmp_path)

    assert result.outcome is Outcome.ACCEPTED
    assert set(peer.taken) == {peer.good}
    assert len(peer.taken) == len(result.provider_ids)


def test_an_empty_batch_is_no_trouble(name, tmp_path):
    async def scene(peer):
        await peer.channel.connect()
        return await peer.channel.send([], may_start=always)

    assert play(scene, name, tmp_path)[1] == []


def test_an_address_that_does_not_exist_is_told_as_dead(name, tmp_path):
    if name in ("http_sms", "webhook"):
        pytest.skip("told by call-back: test_http.py")

    async def scene(peer):
        await peer.channel.connect()
        await peer.channel.send(messages(peer.dead), may_start=always)
        return (await peer.channel.incoming.get()).told

    told = play(scene, name, tmp_path)[1]

    assert (told.kind, told.status, told.dead) == (Kind.RECEIPT, Status.FAILED, True)


def test_where_nobody_listens_nothing_is_taken_and_nothing_pretended(name, tmp_path):
    async def scene(peer):
        connecting = asyncio.create_task(peer.unreachable.connect())
        await asyncio.sleep(0.05)
        results = await peer.unreachable.send(messages(peer.good), may_start=always)
        connecting.cancel()
        return results, peer.unreachable.health()

    _, ((result,), health) = play(scene, name, tmp_path)

    assert result.outcome in (Outcome.NOT_TAKEN, Outcome.UNKNOWN)
    assert health.trouble


def test_a_wrong_secret_is_said_at_once(name, tmp_path):
    async def scene(peer):
        if peer.refuses is None:
            pytest.skip("nobody signs in on this channel; each message is signed")
        with pytest.raises(ConnectionRefused):
            await peer.refuses.connect()

    play(scene, name, tmp_path)


def test_health_says_whether_it_is_connected(name, tmp_path):
    async def scene(peer):
        before = peer.channel.health().connected
        await peer.channel.connect()
        during = peer.channel.health()
        await peer.channel.close()
        return before, during.connected, during.waiting

    assert play(scene, name, tmp_path)[1] == (False, True, 0)
