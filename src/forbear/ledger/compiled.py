"""One decorator for inner loops over columns, so that a read-only install still runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile a loop with numba, without the interpreter lock; keep it on disk where a cache can be written.

    numba refuses `cache=True` with RuntimeError when it finds no writable folder (a read-only image, a user
    without a home): the loop is then compiled anew in each process, which costs seconds and nothing else.
    """
    try:
        return numba.njit(loop, cache=True, nogil=True)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(loop, nogil=True)  # type: ignore[no-any-return]
