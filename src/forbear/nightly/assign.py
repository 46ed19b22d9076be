"""Who gets which case: the collector who has it keeps it, the rest is dealt out evenly by count, then value."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

NOBODY = -1


def deal(
    *,
    value: NDArray[np.float64],
    owner: NDArray[np.int64],
    collectors: NDArray[np.int64],
    caseload_max: int,
) -> NDArray[np.int64]:
    """Return a collector for each case of one skill group, NOBODY where all are at their cap.

    value (n,) orders the dealing, owner (n,) is the collector who has the case now or NOBODY, collectors (c,) are
    those of the group. An owner in the group keeps cases up to the cap, the most valuable first. Each case costs
    the same minutes within a group, so equal counts are equal minutes.
    """
    order = np.argsort(-value, kind="stable")
    given = np.full(value.size, NOBODY, np.int64)
    count = dict.fromkeys(collectors.tolist(), 0)
    worth = dict.fromkeys(collectors.tolist(), 0.0)
    rest = []
    for i, has in zip(order.tolist(), owner[order].tolist(), strict=True):
        if count.get(has, caseload_max) < caseload_max:
            given[i] = has
            count[has] += 1
            worth[has] += float(value[i])
        else:
            rest.append(i)
    heap = [(count[c], worth[c], c) for c in count if count[c] < caseload_max]
    heapq.heapify(heap)
    for i in rest:
        if not heap:
            break
        cases, total, collector = heapq.heappop(heap)
        given[i] = collector
        if cases + 1 < caseload_max:
            heapq.heappush(heap, (cases + 1, total + float(value[i]), collector))
    return given
