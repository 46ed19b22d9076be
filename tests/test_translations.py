"""The Chinese is complete, keeps its placeholders, and the tool that says so can see when it is not."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools" / "translations.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def say(tool, tmp_path):
    """Return a function that writes code into a folder and tells what is wrong with a catalogue for it."""

    def problems(code: str, entries: dict, template: str = "") -> list[str]:
        (tmp_path / "code.py").write_text(code)
        (tmp_path / "page.html").write_text(template)
        known = tool.catalogue()
        for message, string in entries.items():
            known.add(message, string=string)
        return tool.problems_of(known, tool.messages_in(tmp_path))

    return problems


def test_every_message_has_its_chinese(tool):
    assert tool.every_problem() == []


def test_words_are_asked_for_by_a_name_the_tool_knows(tool):
    """A message behind any other name would be missed, and shown in English to everybody."""
    strange = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {name.asname}"
        for path in sorted(tool.WEB.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in tool.KEYWORDS and name.asname and name.asname not in tool.KEYWORDS
    ]
    assert strange == []


def test_a_translated_message_passes(say):
    assert say('_("Kept")', {"Kept": "已履约"}) == []


def test_a_message_without_chinese_is_named(say):
    assert "no Chinese for 'Kept'" in say('_("Kept")', {})[0]


def test_a_message_in_a_template_is_seen(say):
    assert "no Chinese for 'Board'" in say("", {}, '{% load i18n %}{% translate "Board" %}')[0]


def test_a_message_inside_a_template_tag_is_seen(say):
    assert "no Chinese for 'Kept'" in say("", {}, '{% badge "good" _("Kept") %}')[0]


def test_a_lost_placeholder_is_named(say):
    assert "name" in say('_("%(name)s can sign in.")', {"%(name)s can sign in.": "可以登录。"})[0]


def test_a_translation_nobody_needs_any_more_is_named(say):
    assert "any more" in say("", {"Gone": "没了"})[0]


def test_chinese_written_into_the_code_is_refused(say):
    assert any(
        "write the message in English" in problem for problem in say('_("已履约")', {"已履约": "已履约"})
    )


def test_a_plural_needs_one_chinese_form(say):
    code = 'ngettext("%(n)d day", "%(n)d days", n)'
    assert say(code, {("%(n)d day", "%(n)d days"): ("%(n)d 天",)}) == []
    assert "no Chinese" in say(code, {("%(n)d day", "%(n)d days"): ("",)})[0]


def test_the_compiled_catalogue_speaks_chinese(tool, tmp_path, monkeypatch):
    from gettext import GNUTranslations

    source = tool.WEB / "desk" / tool.BELOW
    copy = tmp_path / "django.po"
    copy.write_bytes(source.read_bytes())
    monkeypatch.setattr(tool, "WEB", tmp_path)
    tool.compile_catalogue()

    with copy.with_suffix(".mo").open("rb") as file:
        assert GNUTranslations(file).gettext("This contact point cannot be called.") == "此联系方式不能拨打。"


def test_each_app_keeps_its_own_words_and_two_apps_may_not_disagree(tool, tmp_path, monkeypatch):
    for app, chinese in (("desk", "已履约"), ("board", "履行")):
        (tmp_path / app).mkdir()
        (tmp_path / app / "apps.py").write_text('_("Kept")')
        path = tmp_path / app / tool.BELOW
        path.parent.mkdir(parents=True)
        path.write_text(tool.HEADER + f'msgid "Kept"\nmsgstr "{chinese}"\n')
    monkeypatch.setattr(tool, "WEB", tmp_path)
    monkeypatch.setattr(tool, "SOURCE", tmp_path)
    assert set(tool.catalogues()) == {tmp_path / app / tool.BELOW for app in ("desk", "board")}
    problems = tool.every_problem()
    assert len(problems) == 1
    assert "已履约" in problems[0]
    assert "履行" in problems[0]
