"""The page on files names every reason with what to do, every layout, and every heading."""

from __future__ import annotations

from pathlib import Path

import pytest

from forbear.channels import LAYOUTS, rules

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text("utf-8")


@pytest.mark.parametrize("rule", sorted(rules()))
def test_each_reason_stands_on_the_page_with_what_to_do(rule):
    one = rules()[rule]
    assert f"| `{rule}` | {one.severity} | {one.message} | {one.suggestion} |" in PAGE


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_each_field_stands_on_the_page_with_its_first_heading(layout):
    one = LAYOUTS[layout]
    assert f"`{layout}`" in PAGE
    for field in one.fields.values():
        if not field.name.startswith(("person2", "person3", "person4", "person5", "person6")):
            assert f"| `{field.name}` |" in PAGE
            assert field.headings[0] in PAGE
