"""A printer and a post for trying out: prints whole jobs, and says of each letter what became of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from forbear.channels.letter.box import IN
from forbear.channels.letter.jobs import OUT, Printed, read_job
from forbear.channels.letter.results import COLUMNS

PRINTED = "printed"


def post(
    root: Path, *, on: str, result: Callable[[Printed], str] = lambda line: "delivered"
) -> list[Printed]:
    """Print every whole job below root/out, move it to root/printed, drop a file of results; return what was printed."""
    done: list[Printed] = []
    (root / PRINTED).mkdir(exist_ok=True)
    for job in sorted((root / OUT).glob("[!.]*")):
        lines = read_job(job)
        arriving = root / IN / f"{job.name}.part"
        with arriving.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([line.letter, result(line), on] for line in lines)
        arriving.rename(root / IN / f"{job.name}.csv")
        job.rename(root / PRINTED / job.name)
        done += lines
    return done
