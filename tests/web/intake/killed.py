"""A process that dies in the middle of an import: `python -m tests.web.intake.killed FILE [STEP TIMES] [placing]`.

It loads FILE and kills itself, as kill -9 would, when the progress of the import says STEP for the TIMES-th time.
Without STEP it imports to the end. With `placing` a file of any size is copied into place where the book knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from tests.web.intake.files import at

    from forbear.web.intake import all_new
    from forbear.web.intake.services import receive_file

    settings.FORBEAR_ALLOW_TEST_IDS = True
    said = sys.argv[1:]
    if said[-1] == "placing":
        said.pop()
        all_new.MANY_ROWS = 1
    path = Path(said[0])
    fatal, times = (said[1], int(said[2])) if len(said) > 1 else (None, 0)
    seen = 0

    def progress(step: str, done: int, total: int) -> None:
        nonlocal seen
        seen += step == fatal
        if fatal == step and seen == times:
            os.kill(os.getpid(), signal.SIGKILL)

    print(receive_file(path.name, path, user=None, at=at("2026-11-24"), progress=progress).state)


if __name__ == "__main__":
    main()
