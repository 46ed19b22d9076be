"""The inner loops run where nothing can be written."""

from __future__ import annotations

from forbear.planner.compiled import compiled


def test_a_loop_without_a_place_for_its_cache_still_compiles():
    # Code from a string has no file, so numba finds no folder for a cache: the error of a read-only install.
    space: dict[str, object] = {}
    exec(compile("def double(x):\n    return 2 * x\n", "<nowhere>", "exec"), space)
    assert compiled(space["double"])(21) == 42
