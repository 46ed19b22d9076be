"""Codes of callers, letters and badges: what they vouch for, for how long, and that they cannot be found by guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.cases.bank import Bank, moment

from forbear.web.genuine import codes
from forbear.web.genuine.models import Code

pytestmark = pytest.mark.django_db
NOON = moment("2026-05-12", "12:00:00")


@pytest.mark.parametrize(
    ("kind", "digits", "hours"), [("call", 8, 12), ("badge", 8, 12), ("letter", 12, 8784)]
)
def test_a_code_lives_as_long_as_its_kind(kind: str, digits: int, hours: int) -> None:
    code = codes.issue(kind, "thing:1", at=NOON)

    assert len(code) == digits
    assert code.isdigit()
    last = NOON + timedelta(hours=hours)
    assert codes.check(code, at=last - timedelta(seconds=1)) is not None
    assert codes.check(code, at=last) is None


def test_an_unknown_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="no row for 'poster'"):
        codes.issue("poster", "thing:1", at=NOON)


@pytest.mark.parametrize("form", ["{0} {1}", "{0}-{1}", " {0}{1} ", "{0}　{1}", "{0}·{1}"])
def test_a_code_is_found_however_it_is_typed(form: str) -> None:
    code = codes.issue("call", "case:1", at=NOON)

    assert codes.check(form.format(code[:4], code[4:]), at=NOON) is not None
    wide = code.translate({ord(str(each)): 0xFF10 + each for each in range(10)})
    assert codes.check(wide, at=NOON) is not None


@pytest.mark.parametrize("typed", ["", "12345678x", "<script>", "1" * 41, "\0", "٣" * 8, "-", "12\ud800"])
def test_what_is_no_code_is_not_even_looked_up(typed: str, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert codes.check(typed, at=NOON) is None


def test_no_code_is_stored_in_plain() -> None:
    code = codes.issue("letter", "letter:7", at=NOON)
    row = Code.objects.values().get()

    assert not any(code in str(value) for value in row.values())
    assert code.encode() not in bytes(row["code_index"])


def test_looks_are_counted_and_a_code_can_be_taken_back() -> None:
    code = codes.issue("letter", "letter:7", at=NOON)
    other = codes.issue("letter", "letter:8", at=NOON)
    seen = [found.checks for found in (codes.check(code, at=NOON) for _each in range(3)) if found]
    codes.revoke("letter", "letter:7", at=NOON)

    assert seen == [0, 1, 2]
    assert codes.check(code, at=NOON) is None
    assert codes.check(other, at=NOON) is not None


def test_a_code_in_use_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: next(drawn))

    assert codes.issue("call", "case:1", at=NOON) == "00000007"
    assert codes.issue("call", "case:2", at=NOON) == "00000008"


def test_only_the_end_of_a_number_is_kept(db: None) -> None:
    bank = Bank()
    code = codes.issue("call", "case:1", at=NOON, staff=bank.collector, number_tail="0001")
    found = codes.check(code, at=NOON)

    assert found is not None
    assert (found.tail, found.staff) == ("01", bank.collector)
