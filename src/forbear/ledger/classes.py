"""Five-category class of what is past due, under each instrument in force and the stricter of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forbear.ledger.parts import Days, Mask
from forbear.packs import NoLawInForce, Packs

CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")  # mildest first
ORDER_2011 = "cn/cc-2011-2"
MEASURES_2023 = "cn/rc-2023"
NOT_IN_FORCE = -1


@dataclass(frozen=True)
class Classes:
    """Index into CLASSES per account; all columns have shape (n,)."""

    by_instrument: dict[str, NDArray[np.int8]]  # NOT_IN_FORCE where the instrument does not yet bind
    stricter: NDArray[np.int8]
    raised_by_restructuring: NDArray[np.bool_]

    def names(self) -> NDArray[np.str_]:
        """Name the stricter class of each account."""
        return np.array(CLASSES)[self.stricter]


def classify(
    dpd: NDArray[np.integer[Any]], *, as_of: Days, packs: Packs, restructured: NDArray[np.bool_] | None = None
) -> Classes:
    """Class accounts by days past due on their day; `as_of` is one day or one per account.

    Raises NoLawInForce, with the rows, where no instrument binds on the day. No text is known that repeals the
    2011 order, so where both bind the stricter class counts.
    """
    days = np.broadcast_to(np.asarray(as_of, dtype="datetime64[D]"), dpd.shape)
    mended = np.zeros(dpd.shape, dtype=bool) if restructured is None else np.asarray(restructured, dtype=bool)
    order = _by_ladder(packs, f"{ORDER_2011}/class_ladder", dpd, days)
    if (order == NOT_IN_FORCE).any():
        packs.values(f"{ORDER_2011}/class_ladder", days)  # raises, with the first such day and the rows
    floor = _by_ladder(packs, f"{MEASURES_2023}/class_ladder", dpd, days)
    raised = np.where(mended, _restructured_floor(packs, days), NOT_IN_FORCE)
    measures = np.maximum(floor, np.where(floor == NOT_IN_FORCE, NOT_IN_FORCE, raised)).astype(np.int8)
    return Classes(
        {ORDER_2011: order, MEASURES_2023: measures}, np.maximum(order, measures), measures > floor
    )


def _by_ladder(packs: Packs, name: str, dpd: NDArray[np.integer[Any]], days: Days) -> NDArray[np.int8]:
    codes = np.full(dpd.shape, NOT_IN_FORCE, dtype=np.int8)
    for ladder, rows in in_force(packs, name, days):
        rank = np.array([CLASSES.index(band) for band in ladder.names], dtype=np.int8)
        codes[rows] = rank[ladder.code(dpd[rows])]
    return codes


def _restructured_floor(packs: Packs, days: Days) -> NDArray[np.int8]:
    floors = np.full(days.shape, NOT_IN_FORCE, dtype=np.int8)
    for floor, rows in in_force(packs, f"{MEASURES_2023}/restructured/floor", days):
        floors[rows] = CLASSES.index(floor)
    return floors


def in_force(packs: Packs, name: str, days: Days) -> Iterator[tuple[Any, Mask]]:
    """Yield each value of a parameter that is in force on some of the days, with the rows it holds for."""
    parameter = packs.parameter(name)
    same_day = days.size == 0 or bool((days == days.flat[0]).all())
    distinct, place = (
        (days[:1], np.zeros(days.shape, dtype=np.int64)) if same_day else np.unique(days, return_inverse=True)
    )
    held: dict[int, tuple[Any, list[int]]] = {}
    for index, day in enumerate(distinct):
        try:
            value = parameter.on(day.astype(object))
        except NoLawInForce:  # the caller decides what it means that a row gets no value
            continue
        held.setdefault(id(value), (value, []))[1].append(index)
    for value, indexes in held.values():
        chosen = np.zeros(distinct.size, dtype=bool)
        chosen[indexes] = True
        yield value, chosen[place]
