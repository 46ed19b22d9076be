"""Killed anywhere and run again, a day ends with the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from forbear.nightly import STEPS, Day, Folder, Manifest, Step, put_snapshot, run_day
from forbear.nightly import steps as frame
from forbear.nightly.steps import Reader, UndeclaredRead


class Killed(BaseException):
    """Stands for SIGKILL inside one process; the real signal is sent in tests/web/runs."""


def digests(folder: Folder) -> dict[str, str]:
    found = {step.id: folder.manifest(step.id) for step in STEPS}
    return {name: manifest.digest for name, manifest in found.items() if manifest}


@pytest.mark.parametrize("step", [step.id for step in STEPS])
@pytest.mark.parametrize("moment", ["at its start", "in the middle of writing"])
def test_a_day_stopped_at_a_step_goes_on_to_the_same_bytes(
    step: str,
    moment: str,
    tmp_path: Path,
    day: Day,
    snapshot: dict[str, pa.Table],
    ran: Folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Folder(tmp_path)
    put_snapshot(folder, snapshot)
    write = frame.write_table

    def stop_while_writing(table: pa.Table, path: Path) -> None:
        if moment == "in the middle of writing" and path.parent.name == f".{step}.tmp":
            path.write_bytes(b"half a file")
            raise Killed
        write(table, path)

    def stop_at_start(ordinal: int, each: Step, state: str, manifest: Manifest | None) -> None:
        if moment == "at its start" and each.id == step and state == "started":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(frame, "write_table", stop_while_writing)
        with pytest.raises(Killed):
            run_day(folder.root, day, stop_at_start)
    kept: list[str] = []
    run_day(
        folder.root,
        day,
        lambda ordinal, each, state, manifest: kept.append(each.id) if state == "kept" else None,
    )
    assert kept == [each.id for each in STEPS][: [each.id for each in STEPS].index(step)]
    assert digests(folder) == digests(ran)


def test_the_same_facts_and_seed_give_the_same_bytes(run: Callable[..., Folder], ran: Folder) -> None:
    assert digests(run()) == digests(ran)


def test_a_finished_day_run_again_keeps_every_step(ran: Folder, day: Day) -> None:
    states: list[str] = []
    run_day(ran.root, day, lambda ordinal, step, state, manifest: states.append(state))
    assert states == ["kept"] * len(STEPS)


def test_a_damaged_output_is_made_anew(run: Callable[..., Folder], day: Day, ran: Folder) -> None:
    folder = run()
    path = folder.step_path("ageing", "ageing")
    path.write_bytes(path.read_bytes()[:-1])
    run_day(folder.root, day)
    assert digests(folder) == digests(ran)


def test_another_law_date_runs_every_step_again(run: Callable[..., Folder], day: Day) -> None:
    folder = run()
    states: list[str] = []
    later = replace(day, law_on=day.law_on.replace(day=day.law_on.day + 1))
    run_day(folder.root, later, lambda ordinal, step, state, manifest: states.append(state))
    assert "kept" not in states


def test_a_step_may_not_read_what_it_does_not_declare(ran: Folder) -> None:
    with pytest.raises(UndeclaredRead, match="inputs/owners"):
        Reader(ran, ("inputs/accounts",)).table("inputs/owners")


def test_a_table_is_written_without_bytes_of_foreign_memory(tmp_path: Path) -> None:
    """A dictionary with a word twice made the writer leave eight unwritten bytes in the file."""
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int8()), pa.array(["a", "b", "a"]))
    once = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array(["a", "b"]))
    for name, column in (("twice", twice), ("once", once)):
        frame.write_table(pa.table({"c": column}), tmp_path / name)
    assert (tmp_path / "twice").read_bytes() == (tmp_path / "once").read_bytes()
