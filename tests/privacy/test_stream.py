"""Long things are sealed chunk by chunk: any part opens alone, nothing altered, moved or cut off does."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forbear.privacy import SealBroken, StreamVault
from forbear.privacy.stream import CHUNK_BYTES, SEALED_CHUNK

VAULT = StreamVault(b"a secret of at least thirty-two bytes, for tests")
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


def sealed(data: bytes, step: int = 10_000) -> io.BytesIO:
    to = io.BytesIO()
    VAULT.seal((data[n : n + step] for n in range(0, len(data), step)), to)
    to.seek(0)
    return to


def opened(source: io.BytesIO, size: int, start: int = 0, stop: int | None = None) -> bytes:
    source.seek(0)
    return b"".join(VAULT.open(source, size=size, start=start, stop=stop))


def sample(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_whole(size):
    assert opened(sealed(sample(size)), size) == sample(size)


@settings(max_examples=25, deadline=None)
@given(size=st.sampled_from(SIZES[1:]), data=st.data())
def test_any_part_opens_alone(size, data):
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))

    assert opened(sealed(sample(size)), size, start, stop) == sample(size)[start:stop]


def test_nothing_altered_moved_or_cut_off_opens():
    size = 3 * CHUNK_BYTES
    whole = sealed(sample(size)).getvalue()
    head, first, rest = whole[:20], whole[20 : 20 + SEALED_CHUNK], whole[20 + SEALED_CHUNK :]
    moved = head + rest[:SEALED_CHUNK] + first + rest[SEALED_CHUNK:]
    altered = whole[:-1] + bytes([whole[-1] ^ 1])

    for broken, said in (
        (moved, size),
        (altered, size),
        (whole[:-SEALED_CHUNK], 2 * CHUNK_BYTES),
        (b"x" * 100, 80),
    ):
        with pytest.raises(SealBroken):
            opened(io.BytesIO(broken), said)


def test_another_key_opens_nothing():
    other = StreamVault(b"another secret of at least thirty-two bytes")

    with pytest.raises(SealBroken):
        b"".join(other.open(sealed(b"voice"), size=5))
