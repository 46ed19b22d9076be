"""Seconds and peak memory of a step."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KB_A_MB = 1024
CLEAR_PEAK = "5"  # proc(5): writing 5 to clear_refs resets the peak resident set size
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Used:
    """What one step used: wall seconds and the highest resident memory of the process meanwhile."""

    seconds: float = 0.0
    peak_mb: float = 0.0


@contextmanager
def measured() -> Iterator[Used]:
    """Measure the block; the peak is the block's own on Linux, and the process's so far elsewhere."""
    used = Used()
    _forget_peak()
    start = time.perf_counter()
    try:
        yield used
    finally:
        used.seconds = round(time.perf_counter() - start, 3)
        used.peak_mb = round(_peak_kb() / KB_A_MB, 1)


def _forget_peak() -> None:
    path = Path("/proc/self/clear_refs")
    if path.exists():
        try:
            path.write_text(CLEAR_PEAK)
        except OSError:  # a container may forbid it: the peak is then the process's so far, never less
            return


def _peak_kb() -> int:
    path = Path("/proc/self/status")
    if path.exists() and (found := _PEAK.search(path.read_text())):
        return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
