"""Processes that run a day and die on the way: `python -m tests.web.runs.killed HOME MOMENT:STEP ...`.

One child for each MOMENT:STEP, one after the other; each line printed is how it ended (-9: killed). MOMENT is `start` (as the step begins), `middle` (its output half written), `end` (as it ends), `commit` (the
outcomes copied, nothing committed) or `never`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa


def die() -> None:
    """End as kill -9 would."""
    os.kill(os.getpid(), signal.SIGKILL)


def run(home: Path, moment: str, fatal: str) -> None:
    """Run the day, dying at the moment."""
    from tests.web.runs.conftest import AS_OF

    from forbear.nightly import steps
    from forbear.web.runs import commit
    from forbear.web.runs.services import run_day

    write, copy = steps.write_table, commit.copy_table

    def write_half(table: pa.Table, path: Path) -> None:
        if moment == "middle" and path.parent.name == f".{fatal}.tmp":
            path.write_bytes(b"half")
            die()
        write(table, path)

    def copy_then_die(cursor: Any, table: str, data: pa.Table, **named: Any) -> None:
        copy(cursor, table, data, **named)
        if moment == "commit" and table == "runs_outcome":
            die()

    def tell(step: str, state: str, figures: Mapping[str, Any]) -> None:
        if step == fatal and (moment, state) in {("start", "started"), ("end", "done")}:
            die()

    steps.write_table, commit.copy_table = write_half, copy_then_die
    ran = run_day(AS_OF, home=home, tell=tell)
    print("already" if ran.already else "made", flush=True)


def main() -> None:
    import django

    django.setup()
    import forbear.web.runs.services  # noqa: F401 - imported once, before the children part

    home = Path(sys.argv[1])
    for words in sys.argv[2:]:
        moment, fatal = words.split(":")
        child = os.fork()
        if child == 0:
            run(home, moment, fatal)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
