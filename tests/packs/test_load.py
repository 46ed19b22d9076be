"""Packs load as data that a reader can rely on, or do not load and say what to change."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from forbear.packs import GRADES, NoLawInForce, PackError, Packs, PolicyLoosensLaw, load_packs
from forbear.packs.acts import named, word

ROOT = Path(__file__).parents[2]
JURISDICTION = "title: {en: Land, zh: 某地}\nzone: Asia/Shanghai\n"
LAW = "title: {en: Act, zh: 法}\nforce: law\nin_force_on: 2020-01-01\n"
HOUSE = "title: {en: House, zh: 本行}\nforce: policy\nin_force_on: 2000-01-01\n"
CALLS = """
    calls_max:
      description: {en: Calls a day., zh: 每日通话次数。}
      unit: calls
      article: art. 1
      source: {en: the act, zh: 本法}
      grade: V1
      stricter: lower
      values: {2020-01-01: 7, 2022-07-01: 3}
    """
RULE = """
    ACT-1:
      question: may_contact
      article: art. 1
      source: {en: the act, zh: 本法}
      grade: V1
      effect: refuse
      text: {en: No., zh: 不得。}
    """
CONFLICT = """act_calls:
  title: {en: a, zh: b}
  between: [ACT-1]
  positions:
    - {source: {en: the act, zh: 本法}, grade: V1, says: {en: a, zh: b}}
    - {source: {en: other, zh: 其他}, grade: V3, says: {en: a, zh: b}}
  taken: {en: a, zh: b}
  why: {en: a, zh: b}
"""


@pytest.fixture
def write(tmp_path: Path):
    """Write a small pack and load it; keyword arguments replace files, None leaves one out."""

    def _write(**files: str | None) -> Packs:
        written = {
            "law/xx/jurisdiction.yaml": JURISDICTION,
            "law/xx/act/instrument.yaml": LAW,
            "law/xx/act/parameters.yaml": CALLS,
            "law/xx/act/rules.yaml": RULE,
            "policy/house/instrument.yaml": HOUSE,
        }
        names = {"parameters": "law/xx/act/parameters.yaml", "rules": "law/xx/act/rules.yaml", "policy": "policy/house/p.yaml",
                 "jurisdiction": "law/xx/jurisdiction.yaml", "conflicts": "law/xx/conflicts.yaml", "instrument": "law/xx/act/instrument.yaml"}  # fmt: skip
        written |= {names[name]: text for name, text in files.items()}
        for name, text in written.items():
            if text is not None:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(dedent(text), encoding="utf-8")
        return load_packs(tmp_path)

    return _write


def calls(**changed: str) -> str:
    """Return the parameter with some of its lines changed; an empty change leaves the line out."""
    lines = dedent(CALLS).splitlines()
    for key, text in changed.items():
        lines = [line for line in lines if not line.startswith(f"  {key}:")]
        if text:
            lines.append(f"  {key}: {text}")
    return "\n".join(lines)


def test_a_value_holds_from_its_first_day_until_the_next_begins(write) -> None:
    packs = write()
    found = [
        packs.value("xx/act/calls_max", date.fromisoformat(day))
        for day in ("2020-01-01", "2022-06-30", "2022-07-01")
    ]
    assert found == [7, 7, 3]


def test_the_day_before_the_first_value_there_is_no_law_and_no_default(write) -> None:
    with pytest.raises(NoLawInForce, match=r"xx/act/calls_max .* 2019-12-31"):
        write().value("xx/act/calls_max", date(2019, 12, 31))


def test_a_value_that_ended_for_good_is_not_carried_on(write) -> None:
    packs = write(parameters=calls(values="{2020-01-01: {value: 7, until: 2020-12-31}}"))
    assert packs.value("xx/act/calls_max", date(2020, 12, 31)) == 7
    with pytest.raises(NoLawInForce):
        packs.value("xx/act/calls_max", date(2021, 1, 1))


def test_a_column_of_dates_gets_the_value_of_each_date(write) -> None:
    days = np.array(["2022-07-01", "2020-01-01", "2030-01-01", "2022-06-30"], dtype="datetime64[D]")
    assert write().values("xx/act/calls_max", days).tolist() == [3, 7, 3, 7]


def test_a_column_with_a_date_before_the_law_marks_that_row(write) -> None:
    days = np.array(["2022-07-01", "2019-12-31"], dtype="datetime64[D]")
    with pytest.raises(NoLawInForce) as raised:
        write().values("xx/act/calls_max", days)
    assert raised.value.rows.tolist() == [False, True]


def test_an_unknown_name_is_no_law_in_force(write) -> None:
    with pytest.raises(NoLawInForce, match="calls_max"):
        write().value("xx/act/calls_min", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"parameters": calls(unit="moons")}, "unit 'moons' is unknown; use one of"),
        ({"parameters": calls(source="")}, "`source` is missing"),
        ({"parameters": calls(article="")}, "`article` is missing"),
        ({"parameters": calls(description="")}, "`description` is missing"),
        ({"parameters": calls(description="Calls a day.")}, "description: give the text in both languages"),
        ({"parameters": calls(description="{en: Calls a day.}")}, "description: give the text in both languages"),
        ({"parameters": calls(source="{en: the act, zh: ' '}")}, "source: give the text in both languages"),
        ({"rules": RULE.replace("{en: the act, zh: 本法}", "{zh: 本法}")}, "source: give the text in both languages"),
        ({"jurisdiction": "zone: Asia/Tokyo\n"}, "`title` is missing"),
        ({"parameters": calls(grade="V9")}, "grade 'V9' is unknown"),
        ({"parameters": calls(grade="")}, "grade None is unknown"),
        ({"parameters": calls(values="{2020-01-01: seven}")}, "write a whole number"),
        ({"parameters": calls(values="{2020-01-01: true}")}, "write a whole number"),
        ({"parameters": calls(values='{"2020-01-01": 7}')}, "write YYYY-MM-DD unquoted"),
        ({"parameters": calls(values="{2020-01-01: 7, 2020-01-01: 8}")}, "written twice"),
        ({"parameters": calls(unit="CNY", values="{2020-01-01: 10.5}")}, "quoted decimal"),
        ({"parameters": calls(unit="CNY", values="{2020-01-01: 'NaN'}")}, "finite decimal"),
        ({"parameters": calls(unit="local_time", values="{2020-01-01: 22:00:00}")}, "quoted time"),
        ({"parameters": calls(unit="local_time", values="{2020-01-01: '25:00:00'}")}, "quoted time"),
        ({"parameters": calls(unit="text", values="{2020-01-01: x}")}, "has no order"),
        ({"parameters": calls(unti="2020-01-01")}, "unknown key 'unti'"),
        ({"parameters": calls(values="{2020-01-01: {value: 7, until: 2021-01-31}, 2021-01-15: 3}")}, "values overlap"),
        ({"parameters": calls(values="{2020-01-01: {value: 7, until: 2020-12-31}, 2021-01-02: 3}")}, "close the gap"),
        ({"parameters": calls(values="{2020-01-01: {value: 7, until: 2019-12-31}}")}, "ends before it starts"),
        ({"rules": RULE.replace("refuse", "forbid")}, "effect 'forbid' is unknown"),
        ({"rules": RULE.replace("en: No.", "en: No, never.")}, "'never.' has no value; a text that holds a comma stands in quotes"),
        ({"rules": RULE.replace("{en: No., zh: 不得。}", "{en: No.}")}, "both languages"),
        ({"rules": RULE.replace("source: {en: the act, zh: 本法}", "")}, "`source` is missing"),
        ({"rules": RULE.replace("question: may_contact", "questoin: may_contact")}, "unknown key 'questoin'"),
        ({"rules": RULE.rstrip() + "\n      hardens: [standard]\n"}, "only a policy may have `hardens`"),
        ({"rules": RULE.rstrip() + "\n      from: 2020-02-01\n      until: 2020-01-01\n"}, "before it starts"),
        ({"rules": "ACT-1: [\n"}, "not readable as YAML"),
        ({"instrument": LAW.replace("force: law", "force: habit")}, "force 'habit' is unknown"),
        ({"instrument": LAW.replace("force: law", "force: policy")}, "does not fit its place"),
        ({"instrument": LAW.replace("in_force_on: 2020-01-01", "")}, "`in_force_on` is missing"),
        ({"jurisdiction": None}, "add jurisdiction.yaml"),
        ({"policy": "parameters:\n  p: {description: {en: d, zh: 述}, unit: calls, source: {en: s, zh: 源}, values: {2020-01-01: 3}, tightens: xx/act/nothing}\n"}, "no parameter of any pack"),
        ({"policy": "rules:\n  ACT-1: {question: q, source: {en: s, zh: 源}, effect: note, text: {en: a, zh: b}}\n"}, "rename one"),
        ({"policy": "params: {}\n"}, "unknown key 'params'"),
        ({"rules": RULE.rstrip() + "\n      states: [fines_max]\n"}, "states 'fines_max', which is no parameter"),
        ({"rules": RULE.rstrip() + "\n      states: {most: fines_max}\n"}, "states 'fines_max', which is no parameter"),
        ({"parameters": calls(grade="U"), "rules": RULE.rstrip() + "\n      states: {most: calls_max}\n"}, "grade the rule U too"),
        ({"parameters": calls(grade="U"), "rules": RULE.rstrip() + "\n      states: [calls_max]\n"}, "grade the rule U too"),
        ({"conflicts": CONFLICT.replace("{en: other, zh: 其他}", "other")}, "give the text in both languages"),
        ({"jurisdiction": JURISDICTION + "calendar: Japan\n"}, "write the country whose days off hold"),
        ({"conflicts": CONFLICT.replace("ACT-1", "ACT-9")}, "'ACT-9' is no rule or parameter"),
        ({"conflicts": CONFLICT.replace("  why: {en: a, zh: b}\n", "")}, "`why` is missing"),
        ({"conflicts": CONFLICT.replace("    - {source: {en: other, zh: 其他}, grade: V3, says: {en: a, zh: b}}\n", "")}, "at least two positions"),
    ],
)  # fmt: skip
def test_a_wrong_pack_does_not_load_and_says_what_to_change(
    write, files: dict[str, str | None], said: str
) -> None:
    with pytest.raises(PackError) as raised:
        write(**files)
    assert said in str(raised.value)
    assert (
        "act" in str(raised.value) or "house" in str(raised.value) or "law" in str(raised.value)
    )  # names the place


LADDER = "class: {{description: {{en: d, zh: 述}}, unit: dpd_ladder, article: a, source: {{en: s, zh: 源}}, grade: V1, values: {{2020-01-01: {bands}}}}}\n"


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ("[{name: A, from: 0, to: 30}, {name: B, from: 32}]", "leaves a gap before it: start it at 31"),
        ("[{name: A, from: 0, to: 30}, {name: B, from: 30}]", "overlaps the band before it: start it at 31"),
        ("[{name: A, from: 0, to: 30}]", "only the last band is open"),
        ("[{name: A, from: 0}, {name: B, from: 31}]", "only the last band is open"),
        ("[{name: A, from: 5, to: 3}, {name: B, from: 4}]", "ends before it starts"),
        ("[]", "write a list"),
    ],
)
def test_bands_meet_without_gap_or_overlap(write, bands: str, said: str) -> None:
    with pytest.raises(PackError) as raised:
        write(parameters=LADDER.format(bands=bands))
    assert said in str(raised.value)


def policy(value: str) -> str:
    return f"""
        parameters:
          calls_max: {{description: {{en: d, zh: 述}}, unit: calls, source: {{en: s, zh: 源}}, tightens: xx/act/calls_max, values: {value}}}
        """


def test_a_policy_may_be_as_strict_as_law_or_stricter(write) -> None:
    assert write(policy=policy("{2020-01-01: 3}")).value("house/p/calls_max", date(2024, 1, 1)) == 3


def test_a_policy_that_loosens_law_is_refused_showing_both(write) -> None:
    # 5 tightens the 7 of 2020 but loosens the 3 of 2022-07-01.
    with pytest.raises(PolicyLoosensLaw) as raised:
        write(policy=policy("{2020-01-01: 5}"))
    said = str(raised.value)
    assert "from 2022-07-01" in said
    assert "house/p/calls_max = 5" in said
    assert "xx/act/calls_max = 3, art. 1" in said


def test_a_policy_rule_weaker_than_the_law_it_tightens_is_refused_showing_both(write) -> None:
    rules = "rules:\n  H-1: {question: may_contact, source: {en: s, zh: 源}, effect: discourage, tightens: ACT-1, text: {en: a, zh: b}}\n"
    with pytest.raises(PolicyLoosensLaw, match=r"H-1 has the effect discourage, but ACT-1 .* refuse"):
        write(policy=rules)


def test_the_version_changes_with_the_content_and_with_nothing_else(write, tmp_path: Path) -> None:
    first = write().versions(["xx", "house"], date(2024, 1, 1))
    assert write().versions(["xx", "house"], date(2024, 1, 1)) == first
    changed = write(parameters=CALLS.replace(": 3", ": 2")).versions(["xx", "house"], date(2024, 1, 1))
    assert changed["house"] == first["house"]
    assert changed["xx"] != first["xx"]
    assert first["xx"].startswith("2020-01-01+")


def test_a_folder_without_law_says_how_to_name_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="FORBEAR_PACKS"):
        load_packs(tmp_path)


def test_the_shipped_packs_name_article_source_and_grade_for_everything() -> None:
    packs = load_packs(ROOT)
    for entry in (*packs.parameters.values(), *packs.rules.values()):
        name = getattr(entry, "name", None) or entry.id
        assert set(entry.source) == {"zh", "en"}, name
        if entry.instrument.force != "policy":
            assert entry.article["zh"], name
            assert entry.grade in GRADES, name


def test_the_unverified_grace_of_the_house_says_so() -> None:
    packs = load_packs(ROOT)
    days, amount = (packs.parameter(f"house/arrears/{name}") for name in ("grace_days", "grace_amount"))
    assert (days.on(date(2026, 1, 1)), amount.on(date(2026, 1, 1))) == (3, Decimal("10.00"))
    assert not days.verified
    assert not amount.verified


def test_a_ladder_names_each_day_count() -> None:
    ladder = load_packs(ROOT).value("house/arrears/bucket_ladder", date(2026, 1, 1))
    dpd = np.array([0, 1, 30, 31, 90, 91, 180, 181, 4_000])
    assert [ladder.names[code] for code in ladder.code(dpd)] == [
        "M0",
        "M1",
        "M1",
        "M2",
        "M3",
        "M4",
        "M6",
        "M7+",
        "M7+",
    ]
    assert ladder.name(151) == "M6"


def test_law_loads_without_any_house_policy(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "law", tmp_path / "law")
    assert load_packs(tmp_path).houses() == ()


def test_an_error_of_a_rule_names_the_file_it_stands_in(write) -> None:
    with pytest.raises(PackError, match=r"act/rules\.yaml: ACT-1: ends on"):
        write(rules=RULE.rstrip() + "\n      until: 2019-01-01\n")


@pytest.mark.parametrize(
    ("article", "said"),
    [
        ("附则", "article 附则 has no English form"),
        ("{zh: 附则}", "give the text in both languages"),
        ("[第一条]", "has no English form"),
        ("''", "`article` is missing"),
    ],
)
def test_an_article_nobody_can_say_in_english_does_not_load(write, article: str, said: str) -> None:
    with pytest.raises(PackError) as raised:
        write(rules=RULE.replace("art. 1", article))
    assert said in str(raised.value)


ACT = RULE.replace("may_contact", "conduct").rstrip() + "\n      applies: {act: [whistle]}\n"


def test_an_act_without_words_does_not_load_and_says_where_they_go(write, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"the act 'whistle' has no words: add it to law/xx/acts\.yaml"):
        write(rules=ACT)
    (tmp_path / "law/xx/acts.yaml").write_text("act: {whistle: {en: whistle, zh: 吹哨}}", encoding="utf-8")
    packs = write(rules=ACT)
    assert word(packs, "act", "whistle", "house") == {"en": "whistle", "zh": "吹哨"}
    assert word(packs, "act", "shout", "xx") is None


@pytest.mark.parametrize("text", ["acts: {}", "act: [a]", "act: {a: {en: a}}", "act: {a: b}"])
def test_words_of_acts_are_written_in_both_languages(write, tmp_path: Path, text: str) -> None:
    write()
    (tmp_path / "law/xx/acts.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=r"acts\.yaml"):
        load_packs(tmp_path)


def test_every_word_of_a_shipped_act_is_of_a_rule() -> None:
    packs = load_packs(ROOT)
    for pack, words in packs.acts.items():
        used = {pair for rule in packs.rules.values() if rule.instrument.pack == pack for pair in named(rule)}
        assert {(fact, value) for fact, texts in words.items() for value in texts} == used, pack


def test_a_reason_carries_its_source_and_refuses_a_date_before_its_rule() -> None:
    packs = load_packs(ROOT)
    reason = packs.reason("CC11-57-ORDER", on=date(2026, 1, 1), lang="en", dpd_max=90)
    assert reason["article"] == "art. 57 para. 2"
    assert packs.rules["CC11-57-ORDER"].reason("note", "zh", {"dpd_max": 90})["article"] == "第五十七条第二款"
    assert reason["source_grade"] == "V2"
    assert "90 days" in reason["text"]
    with pytest.raises(NoLawInForce):
        packs.reason("CC11-57-ORDER", on=date(2011, 1, 12))
