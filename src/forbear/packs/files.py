"""Finds and reads the YAML of law/ and policy/, refusing duplicate keys."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from forbear.packs.errors import PackError, gettext_noop

INSTRUMENT, ACTS = "instrument.yaml", "acts.yaml"


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Safe loader that refuses what YAML would silently make of a slip: of a key written twice it keeps the last one, and
    of a text with a comma between braces a text cut short and a key without a value.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            seen: set[Any] = set()
            for key_node, _ in node.value:
                if key_node.value in seen:
                    line = key_node.start_mark.line + 1
                    raise PackError(
                        gettext_noop("line %(line)s: %(value)r is written twice; keep one of them"),
                        line=line,
                        value=key_node.value,
                    )
                seen.add(key_node.value)
        if node.flow_style:
            _refuse_cut_text(node)
        return mapping


def _refuse_cut_text(node: yaml.MappingNode) -> None:
    for key_node, value_node in node.value:
        if value_node.value == "" and value_node.style not in ("'", '"'):
            raise PackError(
                gettext_noop(
                    "line %(line)s: %(value)r has no value; a text that holds a comma stands in quotes"
                ),
                line=key_node.start_mark.line + 1,
                value=key_node.value,
            )


def packs_root() -> Path:
    """Return the folder that holds law/ and policy/: FORBEAR_PACKS, or the checkout this code is in."""
    named = os.environ.get("FORBEAR_PACKS")
    return Path(named) if named else Path(__file__).resolve().parents[3]


def read_yaml(path: Path) -> Any:
    """Return the content of one YAML file; raises PackError naming the file."""
    try:
        return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 (a safe loader, with one more check)
    except yaml.YAMLError as error:
        raise PackError(
            gettext_noop("%(path)s: not readable as YAML: %(error)s"), path=path, error=error
        ) from error
    except PackError as error:
        raise PackError(gettext_noop("%(path)s: %(error)s"), path=path, error=error) from error


def instrument_folders(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield (pack, key, folder) for each instrument: law/<pack>/<name>/ and policy/<pack>/."""
    if not (root / "law").is_dir():
        raise PackError(
            gettext_noop(
                "%(root)s does not exist: set FORBEAR_PACKS to the folder that holds law/ and policy/"
            ),
            root=root / "law",
        )
    for path in sorted((root / "law").glob(f"*/*/{INSTRUMENT}")):
        yield path.parent.parent.name, f"{path.parent.parent.name}/{path.parent.name}", path.parent
    for path in sorted((root / "policy").glob(f"*/{INSTRUMENT}")):
        yield path.parent.name, path.parent.name, path.parent


def content_files(folder: Path) -> list[Path]:
    """Return the files of one instrument that hold its numbers and norms, in name order."""
    return sorted(path for path in folder.glob("*.yaml") if path.name not in (INSTRUMENT, ACTS))


def digest(paths: list[Path]) -> str:
    """Return the first 12 hex digits of the SHA-256 of names and content."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        total.update(f"{path.parent.name}/{path.name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:12]
