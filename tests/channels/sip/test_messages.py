"""Bytes from the network: what is no message is refused, what is one comes back as it went; digests by vector."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.channels.sip.causes import Cause, cause_of, line_of
from forbear.channels.sip.digest import CannotAnswer, Login, authorisation
from forbear.channels.sip.message import Answer, BadMessage, Message, hop_of, read, response_to
from forbear.channels.sip.sdp import NoVoice, Voice, held, read_voice, write_voice

INVITE = (
    b"INVITE sip:138@bank SIP/2.0\r\nv: SIP/2.0/UDP a:5060;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2\r\n"
    b'f: "A, B" <sip:a@a>;tag=1\r\nt: <sip:b@b>\r\ni: call\r\nCSeq: 1 INVITE\r\nSubject: folded\r\n here\r\nl: 4\r\n\r\nbodyREST'
)


def test_short_names_folded_lines_and_listed_values_are_read():
    message = read(INVITE)

    assert message.method == "INVITE"
    assert message.branch == "z9hG4bK1"
    assert len(message.all("via")) == 2
    assert message.first("subject") == "folded here"
    assert (message.tag("from"), message.tag("to"), message.body) == ("1", "", b"body")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        INVITE.replace(b"CSeq: 1 INVITE", b"CSeq: one INVITE"),
        INVITE.replace(b"i: call\r\n", b""),
        INVITE.replace(b"l: 4", b"l: 4000"),
        INVITE.replace(b"l: 4", b"l: -4"),
        INVITE.replace(b"Subject: folded", b"no colon here"),
        INVITE.replace(b"sip:a@a", b"\xff\xfe"),
        INVITE.replace(b"Subject", b"X: y\r\n" * 300 + b"Subject"),
        b"A" * 70_000,
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(BadMessage):
        read(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_are_refused(data):
    for each in (data, INVITE[:40] + data, INVITE + data):
        try:
            read(each)
        except BadMessage:
            continue


words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x4FF, exclude_characters=',<>"'), min_size=1, max_size=20
)


@given(subject=words, body=st.binary(max_size=100))
def test_a_message_is_read_as_it_was_written(subject, body):
    written = Message(
        "SIP/2.0 200 OK",
        (("via", "SIP/2.0/UDP a;branch=1"), ("from", "<sip:a>;tag=1"), ("to", "<sip:b>;tag=2"), ("call-id", "c"),
         ("cseq", "1 INVITE"), ("x-subject", subject)),
        body,
    )  # fmt: skip

    assert read(written.render()) == written


def test_no_header_can_be_smuggled_through_a_value():
    with pytest.raises(BadMessage):
        Message("BYE sip:a SIP/2.0", (("subject", "x\r\nAuthorization: mine"),)).render()


def test_a_response_carries_what_the_request_brought():
    response = response_to(read(INVITE), Answer(486, "Busy Here", tag="9"))

    assert (response.status, response.cseq, response.tag("to")) == (486, (1, "INVITE"), "9")
    assert response.all("via") == read(INVITE).all("via")


def test_the_digest_is_that_of_the_standard():
    # RFC 2617, 3.5
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )

    said = authorisation(
        challenge, Login("Mufasa", "Circle Of Life"), method="GET", uri="/dir/index.html", cnonce="0a4f113b"
    )

    assert 'response="6629fae49393a05397450978507c4ef1"' in said
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in said


def test_the_digest_by_sha_256_is_that_of_the_standard():
    # RFC 7616, 3.9.1
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )

    said = authorisation(
        challenge, Login("Mufasa", "Circle of Life"), method="GET", uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip

    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in said


@pytest.mark.parametrize(
    "challenge",
    [
        "Basic realm=x",
        'Digest realm="x"',
        'Digest nonce="1", algorithm=MD4',
        'Digest nonce="1", qop="auth-int"',
    ],
)
def test_a_challenge_that_is_not_known_is_not_answered(challenge):
    with pytest.raises(CannotAnswer):
        authorisation(challenge, Login("a", "b"), method="INVITE", uri="sip:a")


def test_a_voice_is_read_as_it_was_written():
    voice = Voice("10.0.0.9", 4000, (8, 0), 101)

    assert read_voice(write_voice(voice, session=1, version=1, host="10.0.0.1")) == voice
    assert b"a=inactive" in write_voice(held("a"), session=1, version=1, host="a", direction="inactive")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=0\r\nc=IN IP4 1.1.1.1\r\nm=video 9 RTP/AVP 31\r\n",
        b"v=0\r\nc=IN IP4 1.1.1.1\r\nm=audio 0 RTP/AVP 8\r\n",
        b"v=0\r\nc=IN IP4 1.1.1.1\r\nm=audio 4000 RTP/AVP 18\r\n",
        b"v=0\r\nm=audio 4000 RTP/AVP 8\r\n",
        b"\xff\xff",
    ],
)
def test_a_description_without_common_voice_is_refused(body):
    with pytest.raises(NoVoice):
        read_voice(body)


def test_the_place_of_the_audio_line_comes_before_that_of_the_session():
    body = b"c=IN IP4 1.1.1.1\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 2.2.2.2\r\nm=video 1 RTP/AVP 9\r\nc=IN IP4 3.3.3.3\r\n"

    assert read_voice(body).host == "2.2.2.2"


@pytest.mark.parametrize("uri", ["", "tel:123", "sip:", "sip:a@", "sip:a@host:0", "sip:a@host:99999"])
def test_an_address_that_leads_nowhere_is_refused(uri):
    with pytest.raises(BadMessage):
        hop_of(uri)


TABLE = [
    {"line": "L06", "q850": [1], "sip": [404]},
    {"line": "L03", "q850": [17], "sip": [486, 600]},
    {"line": "L10", "sip": ["5xx"]},
]


@pytest.mark.parametrize(
    ("status", "q850", "line"),
    [(404, None, "L06"), (486, None, "L03"), (480, 17, "L03"), (486, 1, "L06"), (503, None, "L10"), (499, None, "L99"), (480, 127, "L99")],
)  # fmt: skip
def test_the_cause_of_the_network_speaks_before_the_status(status, q850, line):
    assert line_of(Cause(status, q850), TABLE, "L99") == line


def test_a_cause_is_read_from_reason_among_others():
    message = Message(
        "BYE sip:a SIP/2.0",
        (("reason", 'SIP;cause=200;text="x"'), ("reason", 'Q.850; cause=31;text="normal"')),
    )

    assert cause_of(message) == Cause(0, 31)
