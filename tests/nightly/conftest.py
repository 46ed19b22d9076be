"""A day to run and a folder to run it in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from tests.nightly.portfolio import AS_OF, made

from forbear.nightly import Day, Folder, put_snapshot, run_day
from forbear.packs import shared_packs


@pytest.fixture(scope="session")
def day() -> Day:
    return Day(AS_OF, AS_OF, shared_packs())


@pytest.fixture(scope="session")
def snapshot() -> dict[str, pa.Table]:
    return made(600)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, day: Day, snapshot: dict[str, pa.Table]) -> Folder:
    """Return the folder of one undisturbed day."""
    folder = Folder(tmp_path_factory.mktemp("day"))
    put_snapshot(folder, snapshot)
    run_day(folder.root, day)
    return folder


@pytest.fixture
def run(tmp_path: Path, day: Day, snapshot: dict[str, pa.Table]) -> Callable[..., Folder]:
    """Return a runner of a day over the snapshot with some tables exchanged."""

    def go(on: Day = day, **changed: pa.Table) -> Folder:
        folder = Folder(tmp_path / f"run-{len(list(tmp_path.iterdir()))}")
        put_snapshot(folder, {**snapshot, **changed})
        run_day(folder.root, on)
        return folder

    return go
