"""What every benchmark prints first: the machine and the versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib.metadata import version


def describe(postgresql: str = "", *packages: str) -> str:
    """Return one line: processor count, memory, system, Python, PostgreSQL and the packages named."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{os.cpu_count()} cores, {memory:.0f} GiB",
        platform.platform(terse=True),
        f"Python {platform.python_version()}",
    ]
    if postgresql:
        parts.append(f"PostgreSQL {postgresql}")
    return "; ".join(parts + [f"{package} {version(package)}" for package in packages])


def in_own_database(measure: Callable[[int], None], many: int) -> None:
    """Make a database of its own on the house's server, measure in it, drop it; Django is started before."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(many)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
