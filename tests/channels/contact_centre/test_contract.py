"""Every contact centre's adapter: reads its own signed call-backs, refuses everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbear.channels.contact_centre import AgentSeen, CallSeen, RecordingReady, SignedJson
from forbear.channels.contract import CallbackRefused, CallbackRequest

AT = datetime(2026, 5, 12, 4, 0, tzinfo=UTC)
SECRET = b"the vendor's secret, thirty-two bytes"
ADAPTERS = [pytest.param(SignedJson(SECRET), id="signed_json")]
EVENTS = [
    {"kind": "call", "event_id": "e1", "at": "2026-05-12T12:00:00+08:00", "call_id": "c1", "state": "over", "q850": 17},
    {
        "kind": "recording", "event_id": "e2", "at": "2026-05-12T12:00:00+08:00", "recording_id": "r1", "call_id": "c1",
        "sha256": "0" * 64, "size": 5, "media_type": "audio/wav", "made_at": "2026-05-12T11:00:00+08:00",
    },
    {"kind": "agent", "event_id": "e3", "at": "2026-05-12T12:00:00+08:00", "staff_no": "1023", "state": "break"},
]  # fmt: skip


def signed(adapter, body: bytes, at=AT) -> CallbackRequest:
    return CallbackRequest(body, {"X-Forbear-Signature": adapter.sign(body, at=at)})


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_what_the_vendor_tells_is_read(adapter):
    told = adapter.read(signed(adapter, json.dumps(EVENTS).encode()), at=AT)

    assert [type(each) for each in told] == [CallSeen, RecordingReady, AgentSeen]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_or_early_signature_is_refused(adapter, late):
    with pytest.raises(CallbackRefused):
        adapter.read(signed(adapter, b"[]", AT - late), at=AT)


@pytest.mark.parametrize("adapter", ADAPTERS)
@given(body=st.binary(max_size=200), signature=st.text(max_size=100))
def test_nothing_without_the_vendors_signature_is_read(adapter, body, signature):
    with pytest.raises(CallbackRefused):
        adapter.read(CallbackRequest(body, {"x-forbear-signature": signature}), at=AT)


@pytest.mark.parametrize("adapter", ADAPTERS)
@given(body=st.binary(max_size=200))
def test_signed_nonsense_is_refused_or_empty(adapter, body):
    try:
        assert adapter.read(signed(adapter, body), at=AT) == []
    except CallbackRefused:
        return


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "weather"},
        {"event_id": "../../etc"},
        {"event_id": ""},
        {"at": "2026-05-12T12:00:00"},
        {"state": "dancing"},
    ],
)
def test_a_signed_event_with_a_bad_field_is_refused(adapter, changed):
    with pytest.raises(CallbackRefused):
        adapter.read(signed(adapter, json.dumps([EVENTS[0] | changed]).encode()), at=AT)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_bytes_are_taken_only_under_the_digest_that_was_signed(adapter):
    digest = "a" * 64
    adapter.check_upload(signed(adapter, digest.encode()), at=AT, sha256=digest)

    with pytest.raises(CallbackRefused):
        adapter.check_upload(signed(adapter, digest.encode()), at=AT, sha256="b" * 64)
