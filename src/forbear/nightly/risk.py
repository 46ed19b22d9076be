"""Step `class`: the five-category class of each account under each instrument in force, and the stricter one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from forbear.ledger import CLASSES, classify
from forbear.nightly.day import Day
from forbear.nightly.steps import Made, Reader, Step

READS = ("ageing/ageing",)


def run(reader: Reader, day: Day) -> Made:
    """Class every account by its days past due under the law of the day's law date."""
    dpd = np.asarray(reader.table("ageing/ageing", ["dpd"])["dpd"])
    found = classify(dpd, as_of=np.array(day.law_on, dtype="datetime64[D]"), packs=day.packs)
    names = pa.array(CLASSES)
    classes = pa.DictionaryArray.from_arrays(pa.array(found.stricter.astype(np.int8)), names)
    counts = np.bincount(found.stricter, minlength=len(CLASSES)).tolist()
    return Made(
        {"class": pa.table({"risk_class": classes})},
        dpd.size,
        dpd.size,
        dict(zip(CLASSES, counts, strict=True)),
    )


STEP = Step("class", "Class the accounts", "五级分类", READS, run)
