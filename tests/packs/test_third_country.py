"""A third country is a folder of files and no code: the how-to of docs/howto-compliance.md, done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forbear.packs import PackError, Packs, load_packs
from forbear.questions.coverage import Coverage
from forbear.questions.vectors import failure, load_vectors

ROOT = Path(__file__).parents[2]
COUNTRY = Path(__file__).parent / "third_country/law/zz"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "law", tmp_path / "law")
    shutil.copytree(ROOT / "policy", tmp_path / "policy")
    shutil.copytree(COUNTRY, tmp_path / "law/zz")
    return tmp_path


def of_zz(packs: Packs, root: Path) -> list[str]:
    vectors = [v for v in load_vectors(root) if v.pack == "zz"]
    assert len(vectors) > 10
    by_name = {"all": packs, "law": packs.without_policy()}
    return [said for v in vectors if (said := failure(v, by_name[v.packs]))]


def test_its_cases_hold_and_leave_nothing_open(root: Path) -> None:
    packs = load_packs(root)
    assert "zz" in packs.jurisdictions()
    assert of_zz(packs, root) == []
    coverage = Coverage(packs, [v for v in load_vectors(root) if v.pack == "zz"])
    assert list(map(str, coverage.gaps(lambda entry: entry.instrument.pack == "zz"))) == []


def test_a_wrong_number_is_told_by_its_cases(root: Path) -> None:
    path = root / "law/zz/fair-contact-act/parameters.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"19:00:00"', '"20:00:00"'), encoding="utf-8")
    (said,) = of_zz(load_packs(root), root)[:1]
    assert "ZZ-HOURS" in said
    assert "the vector says 'refused'" in said


def test_a_rule_surer_than_its_number_does_not_load(root: Path) -> None:
    path = root / "law/zz/fair-contact-act/parameters.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("grade: V1", "grade: U", 1), encoding="utf-8")
    with pytest.raises(
        PackError, match=r"ZZ-HOURS: graded V1, but zz/fair-contact-act/evening_from .* is graded U"
    ):
        load_packs(root)
