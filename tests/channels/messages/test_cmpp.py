"""The CMPP 3.0 codec against hand-written octets, and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from forbear.channels.cmpp import codec
from forbear.channels.cmpp.codec import Deliver, Report, Submit
from forbear.channels.frames import BadFrame, Frame
from forbear.channels.sms_text import cut

VECTORS = yaml.safe_load((Path(__file__).parent / "cmpp_vectors.yaml").read_text())


def octets(layout: list[Any]) -> bytes:
    return b"".join(
        bytes.fromhex(field)
        if isinstance(field, str)
        else field["text"].encode().ljust(field["width"], b"\x00")
        for field in layout
    )


@pytest.mark.parametrize("vector", VECTORS["connect"])
def test_the_digest_covers_source_secret_and_time(vector):
    digest = codec.digest_of(vector["source"], vector["secret"], vector["timestamp"])

    assert digest.hex() == vector["digest"]


def test_a_submit_is_these_octets():
    said = VECTORS["submit"]
    parts = cut(said["text"], 1)
    submit = Submit(said["source"], said["destination"], parts.octets[0], parts.coding, said["sp_id"])
    packed = codec.pack_submit(submit)

    assert packed == octets(said["layout"])
    assert len(packed) == said["length"]
    assert codec.unpack_submit(packed) == submit
    assert (
        codec.FRAMING.pack(Frame(4, 0, 7, packed))[:12].hex() == f"{12 + said['length']:08x}0000000400000007"
    )


def test_a_report_is_these_octets():
    said = VECTORS["report"]
    report = codec.unpack_report(octets(said["layout"]))

    assert (report.message_id, report.state, report.destination) == (
        said["message_id"],
        said["state"],
        said["destination"],
    )
    assert codec.pack_report(report) == octets(said["layout"])
    assert len(codec.pack_report(report)) == said["length"]


def test_a_delivery_survives_packing():
    deliver = Deliver(
        9, "10690000", "13800138001", codec.pack_report(Report(1, "DELIVRD", "13800138001")), is_report=True
    )

    assert codec.unpack_deliver(codec.pack_deliver(deliver)) == deliver


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadFrame):
        codec.pack_submit(Submit("1" * 22, "13800138001", b"", 8, "901234"))
    with pytest.raises(BadFrame):
        codec.pack_submit(Submit("1", "13800138001", b"x" * 256, 8, "901234"))


@given(st.binary(max_size=400))
def test_noise_is_refused_and_nothing_worse(noise):
    for unpack in (
        codec.unpack_submit,
        codec.unpack_deliver,
        codec.unpack_report,
        codec.unpack_connect,
        codec.unpack_submit_answer,
    ):
        try:
            unpack(noise)
        except BadFrame:
            continue
