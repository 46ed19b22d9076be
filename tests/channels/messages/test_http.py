"""Signed HTTP: told again with the same key, taken once; call-backs believed only when signed, fresh and readable."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from tests.channels.messages.peers import AT, SECRET, http_settings, provider

from forbear.channels.contract import CallbackRefused, CallbackRequest, Kind, Outcome, Outgoing, Status
from forbear.channels.http_sms import HttpSms
from forbear.channels.signed_http import HttpSettings, NotEncrypted, sign

MESSAGE = Outgoing(key="k1", reference=1, address="13800138001", text="您好")


def send(channel: HttpSms, message: Outgoing = MESSAGE):
    async def run():
        await channel.connect()
        (result,) = await channel.send([message], may_start=lambda _: True)
        await channel.close()
        return result

    return asyncio.run(run())


def test_a_lost_answer_is_asked_for_again_with_the_same_key_and_taken_once():
    with provider() as server:
        server.drop_answers = 1
        result = send(HttpSms(http_settings(server.server_port)))

        assert result.outcome is Outcome.ACCEPTED
        assert server.calls == 2
        assert list(server.kept) == ["k1"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(429, Outcome.NOT_TAKEN), (503, Outcome.NOT_TAKEN), (400, Outcome.REJECTED), (500, Outcome.UNKNOWN)],
)
def test_refusals_are_told_apart(status, outcome):
    with provider() as server:
        server.status = status
        assert send(HttpSms(http_settings(server.server_port))).outcome is outcome


def test_nothing_leaves_the_machine_unencrypted():
    with pytest.raises(NotEncrypted):
        HttpSms(HttpSettings(url="http://sms.example/send", secret=SECRET, now=lambda: AT))


def callback(events, *, secret: str = SECRET, age: float = 0, body: bytes | None = None) -> CallbackRequest:
    body = json.dumps({"events": events}).encode() if body is None else body
    timestamp = str(int((AT - timedelta(seconds=age)).timestamp()))
    return CallbackRequest(
        body, {"x-forbear-timestamp": timestamp, "X-Forbear-Signature": sign(secret, timestamp, body)}
    )


def read(request: CallbackRequest):
    return HttpSms(http_settings(1), dead_codes={"001"}).read_callback(request, at=AT)


def test_receipts_and_replies_are_read():
    receipt, reply = read(
        callback(
            [
                {"type": "receipt", "id": "p-k1", "key": "k1", "status": "failed", "code": "001"},
                {"type": "inbound", "id": "i1", "from": "13800138001", "text": "TD"},
            ]
        )
    )

    assert (receipt.kind, receipt.status, receipt.message_key, receipt.dead) == (
        Kind.RECEIPT,
        Status.FAILED,
        "k1",
        True,
    )
    assert (reply.kind, reply.address, reply.text) == (Kind.INBOUND, "13800138001", "TD")


@pytest.mark.parametrize(
    "request_",
    [
        callback([], secret="another"),
        callback([], age=301),
        callback([], age=-301),
        callback([], body=b"not json"),
        callback([], body=b"[" * 100_000),
        callback([], body=b'{"events": 7}'),
        callback([{"type": "receipt", "id": 7, "status": "failed"}]),
        callback([{"type": "receipt", "id": "x", "status": "lost"}]),
        callback([{"type": "inbound", "id": "i", "from": "1", "text": "\x00"}]),
        callback([{}] * 1001),
        CallbackRequest(b'{"events": []}', {}),
        CallbackRequest(b"{}", {"X-Forbear-Timestamp": "9" * 400, "X-Forbear-Signature": sign(SECRET, "9" * 400, b"{}")}),
        CallbackRequest(b"{}", {"X-Forbear-Timestamp": "1", "X-Forbear-Signature": "é"}),
    ],
)  # fmt: skip
def test_what_is_not_signed_fresh_and_readable_is_refused(request_):
    with pytest.raises(CallbackRefused):
        read(request_)
