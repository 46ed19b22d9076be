"""E-mail over a real loopback server: both forms, a signature that verifies, bounces that find their message."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.messages.peers import mail_server, mail_settings

from forbear.channels.contract import Kind, Outcome, Outgoing, Status
from forbear.channels.smtp import Smtp, read_mail

MAIL = Outgoing(
    key="k1", reference=1, address="zhang@example.com", text="您好，账单已过还款日。", subject="友好提醒",
    html="<p>您好，账单已过还款日。</p>",
)  # fmt: skip


def send(message: Outgoing, **more):
    async def run(box):
        channel = Smtp(mail_settings(box.port, **more))
        await channel.connect()
        (result,) = await channel.send([message], may_start=lambda _: True)
        await channel.close()
        return result

    with mail_server() as box:
        return asyncio.run(run(box)), box.mails


def test_plain_and_html_arrive_and_bounces_will_find_their_way_back():
    result, (envelope,) = send(MAIL)
    mail = message_from_bytes(envelope.content, policy=policy.default)

    assert result.provider_ids == (mail["Message-ID"],)
    assert envelope.mail_from == "bounce+k1@bank.example"
    assert mail["Subject"] == "友好提醒"
    assert mail.get_body(("plain",)).get_content().strip() == MAIL.text
    assert mail.get_body(("html",)).get_content().strip() == MAIL.html


def test_a_message_is_signed_so_that_anybody_can_verify_it():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def record(name, timeout=5):
        import base64

        assert name == b"f1._domainkey.bank.example."
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    _, (envelope,) = send(MAIL, dkim_key=pem, dkim_selector="f1")

    assert dkim.verify(envelope.content, dnsfunc=record)
    assert not dkim.verify(envelope.content.replace("提醒".encode(), b"") + b"x", dnsfunc=record)


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("gone@example.com", Outcome.REJECTED),
        ("later@example.com", Outcome.NOT_TAKEN),
        ("not an address", Outcome.REJECTED),
        ("a@b\r\nRCPT TO:<c@d>", Outcome.REJECTED),
    ],
)
def test_refusals_are_told_apart(address, outcome):
    result, mails = send(Outgoing(key="k1", reference=1, address=address, text="x", subject="x"))

    assert result.outcome is outcome
    assert mails == []


def test_a_subject_cannot_smuggle_in_a_header():
    result, mails = send(
        Outgoing(key="k1", reference=1, address="a@example.com", text="x", subject="x\r\nBcc: b@c.d")
    )

    assert result.outcome is Outcome.REJECTED
    assert mails == []


def test_a_server_that_dies_after_the_data_leaves_unknown():
    class Dying:
        async def __call__(self, reader, writer):
            writer.write(b"220 hello\r\n")
            while line := await reader.readline():
                if line.upper().startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    writer.close()
                    return
                writer.write(b"250 OK\r\n")

    async def run():
        server = await asyncio.start_server(Dying(), "127.0.0.1", 0)
        channel = Smtp(mail_settings(server.sockets[0].getsockname()[1]))
        await channel.connect()
        (result,) = await channel.send([MAIL], may_start=lambda _: True)
        await channel.close()
        server.close()
        return result

    assert asyncio.run(run()).outcome is Outcome.UNKNOWN


def report(action: str, status: str, *, to: str = "bounce+k1@bank.example", envelope: str = "") -> bytes:
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
{envelope}
Final-Recipient: rfc822; zhang@example.com
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: <abc@bank.example>
Subject: x

--b--
""".encode()


@pytest.mark.parametrize(
    ("action", "code", "status", "dead"),
    [
        ("failed", "5.1.1", Status.FAILED, True),
        ("failed", "5.2.2", Status.FAILED, False),  # a full mailbox is somebody's mailbox
        ("failed", "4.4.7", Status.FAILED, False),
        ("delayed", "4.4.1", Status.PENDING, False),
        ("delivered", "2.0.0", Status.DELIVERED, False),
        ("relayed", "2.0.0", Status.PENDING, False),
    ],
)
def test_delivery_notices_are_read(action, code, status, dead):
    (told,) = read_mail(report(action, code))

    assert (told.kind, told.status, told.dead) == (Kind.RECEIPT, status, dead)
    assert (told.message_key, told.provider_id, told.address) == (
        "k1",
        "<abc@bank.example>",
        "zhang@example.com",
    )


def test_a_reply_is_a_reply_and_a_machine_is_none():
    reply = "From: 张 <zhang@example.com>\nMessage-ID: <r1@x>\nContent-Type: text/plain; charset=utf-8\n\n不是我\n".encode()

    (told,) = read_mail(reply)

    assert (told.kind, told.address, told.text.strip()) == (Kind.INBOUND, "zhang@example.com", "不是我")
    assert read_mail(b"Auto-Submitted: auto-replied\n" + reply) == []


@given(st.binary(max_size=400))
def test_any_mail_is_read_or_left_and_nothing_worse(noise):
    read_mail(noise)
    read_mail(report("failed", "5.1.1")[:200] + noise)
