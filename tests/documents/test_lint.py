"""A template that would run, read, hide or forget something is refused when it is read, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from forbear.documents import HOUSE, BadTemplate, render, templates
from forbear.packs.files import packs_root

FRONT = """
title: {zh: 样, en: Sample}
version: "1"
languages: [zh, en]
source: a test
dated: day
variables:
  day: {type: date}
  name: {type: text}
  rows: {type: table, columns: {amount: amount}, optional: true}
  total: {type: money, optional: true}
items: {who: [name]}
sums: [{total: total, parts: [rows.amount]}]
"""
BODY = """#import "_paper.typ": *
#show: paper
#item("who")#d.name #d.day #d.total
#for row in d.rows [#row.amount]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_paper.typ").write_bytes((packs_root() / HOUSE / "_paper.typ").read_bytes())
    (tmp_path / "sample.yaml").write_text(FRONT)
    (tmp_path / "sample.typ").write_text(BODY)
    return tmp_path


def test_a_sound_template_is_read(folder: Path) -> None:
    assert list(templates(folder)) == ["sample"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("#d.name", "#d.nme", "'name' is not both declared and used|'nme'"),
        ("#d.total", "", "'total' is not both declared and used"),
        ('#item("who")', "", "item 'who'"),
        ("#row.amount", "#row.amnt", "amnt"),
        ("#d.name", '#d.name #eval("1")', "eval"),
        ("#d.name", '#d.name #read("_paper.typ")', "read"),
        ("#d.name", '#d.name #read ("/etc/passwd")', "read"),
        ("#show: paper", '#import "@preview/x:1.0.0": y\n#show: paper', "@preview|import"),
        ("#show: paper", '#import "../other.typ": y\n#show: paper', "import"),
        ("#d.name", "#d.name #include \"other.typ\"", "include"),
        ("#d.name", "#d.name #plugin(\"x.wasm\")", "plugin"),
        ("#d.name", "#d.name #(1 + ", "expected|unclosed"),
        ("#d.name", "// #d.name", "'day' is not both declared and used"),
    ],
)  # fmt: skip
def test_a_body_is_refused(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "sample.typ").write_text(BODY.replace(old, new))

    with pytest.raises(BadTemplate, match=says):
        templates(folder)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('version: "1"', "", "`version` is missing"),
        ("languages: [zh, en]", "languages: [zh, fr]", "languages are some of"),
        ("dated: day", "dated: name", "dated"),
        ("dated: day", "dated: when", "dated"),
        ("{type: text}", "{type: html}", "a type is one of"),
        ("{type: text}", "{type: text, optional: true}", "can't be optional"),
        ("rows.amount]", "rows.when]", "is no money"),
        ("items: {who: [name]}", "items: {who: [nobody]}", "no variable"),
        ("source: a test", "source: a test\nsurprise: 1", "write only"),
        ("version: \"1\"", "version: \"1\"\nversion: \"2\"", "written twice"),
        ("variables:", "variables: [", "not readable"),
    ],
)  # fmt: skip
def test_a_front_is_refused(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "sample.yaml").write_text(FRONT.replace(old, new))

    with pytest.raises(BadTemplate, match=says):
        templates(folder)


def test_a_front_without_a_body_is_refused(folder: Path) -> None:
    (folder / "sample.typ").unlink()

    with pytest.raises(BadTemplate, match="needs both"):
        templates(folder)


def test_the_digest_covers_the_shared_paper(folder: Path) -> None:
    from forbear.documents.load import load_templates

    before = load_templates(folder)["sample"].sha256
    paper = folder / "_paper.typ"
    paper.write_text(paper.read_text() + "// one word more\n")

    assert load_templates(folder)["sample"].sha256 != before


def test_a_shared_paper_must_lie_there(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match=r"_paper\.typ is missing"):
        templates(tmp_path)


def test_a_house_without_the_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match="missing"):
        render("x", {}, lang="zh", folder=tmp_path / "none")
