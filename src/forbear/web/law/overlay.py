"""Lays published files over the shipped packs: in a folder of its own, so that shipped law stays as it is."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from forbear.packs import Packs, load_packs, shared_packs
from forbear.packs.files import packs_root

# House policy may be rewritten; of law only a new file with parameters may be added to an instrument.
POLICY_FILE = re.compile(r"policy/[a-z0-9_-]+/(?!instrument\.yaml)[a-z0-9_-]+\.yaml")
LAW_FILE = re.compile(r"law/[a-z0-9_-]+/[a-z0-9_-]+/(?!instrument\.yaml)[a-z0-9_-]+\.yaml")


@dataclass(frozen=True, slots=True)
class Overlay:
    """One file with the text that stands for it."""

    file: str
    text: str


def shipped_text(file: str) -> str:
    """Return the text of a shipped file, empty where there is none."""
    path = packs_root() / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def policy_files(overlays: Sequence[Overlay] = ()) -> list[str]:
    """Name the files of house policy, shipped and added."""
    root = packs_root()
    shipped = (path.relative_to(root).as_posix() for path in (root / "policy").glob("*/*.yaml"))
    named = {*shipped, *(each.file for each in overlays)}
    return sorted(file for file in named if POLICY_FILE.fullmatch(file))


@lru_cache(maxsize=32)
def packs_with(overlays: tuple[Overlay, ...]) -> Packs:
    """Return the packs with files laid over them, later ones over earlier; raises PackError."""
    if not overlays:
        return shared_packs()
    folder = merged_root(overlays)
    try:
        return load_packs(folder)
    except Exception:
        shutil.rmtree(folder)  # a draft that does not load leaves nothing behind
        raise


def merged_root(overlays: Sequence[Overlay]) -> Path:
    """Return a folder that holds the shipped packs with these files laid over, made once by content."""
    content = hashlib.sha256(repr(sorted(shared_packs().digests.items())).encode())
    for each in overlays:
        content.update(f"{each.file}\0{len(each.text)}\0{each.text}".encode())
    folder = Path(settings.HOME) / "packs" / content.hexdigest()[:32]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="making-"))
        write_merged(made, overlays)
        settle(made, folder)
    return folder


def write_merged(folder: Path, overlays: Sequence[Overlay]) -> None:
    """Copy the shipped packs into a folder and lay the files over them."""
    for part in ("law", "policy"):
        shutil.copytree(packs_root() / part, folder / part)
    for each in overlays:
        if not (POLICY_FILE.fullmatch(each.file) or LAW_FILE.fullmatch(each.file)):
            raise ValueError(f"{each.file!r} is no file an overlay may hold")
        path = folder / each.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, encoding="utf-8")


def settle(made: Path, folder: Path) -> None:
    """Give a finished folder its name; another process may have been first, with the same content."""
    try:
        os.rename(made, folder)
    except OSError:
        shutil.rmtree(made)
        if not folder.is_dir():
            raise
