"""The demo bank: the same from the same seed, nobody's real number, and consistent to the cent."""

from __future__ import annotations

from datetime import date

import pytest

from forbear.channels import Options, detect_layout, parse_file
from forbear.demo import make_book, write_files
from forbear.privacy import Vault

AS_OF = date(2026, 11, 24)
OPTIONS = Options(allow_test_ids=True)


@pytest.fixture(scope="module")
def book():
    return make_book(AS_OF, seed=3, scale=0.05)


def test_the_same_seed_makes_the_same_book(book):
    assert make_book(AS_OF, seed=3, scale=0.05).rows == book.rows


def test_another_seed_makes_another_book(book):
    assert make_book(AS_OF, seed=4, scale=0.05).rows != book.rows


def test_a_whole_book_has_twenty_thousand_overdue_accounts_of_sixteen_thousand_people():
    rows = make_book(AS_OF).rows

    assert len(rows["overdue_list"]["account_no"]) == 20_000
    assert len(set(rows["overdue_list"]["customer_no"])) == 16_000 == len(rows["customers"]["customer_no"])


def test_parts_sum_to_the_total(book):
    rows = book.rows["overdue_list"]
    parts = (
        "principal_minor",
        "interest_minor",
        "compound_minor",
        "late_fee_minor",
        "fee_minor",
        "other_minor",
    )

    assert all(
        sum(rows[part][i] for part in parts) == rows["total_minor"][i] for i in range(len(rows["dpd"]))
    )
    assert min(rows["principal_minor"]) >= 0


def test_nobody_can_own_these_numbers(book):
    contacts = book.rows["contact_points"]
    phones = [
        v
        for v, kind in zip(contacts["value"], contacts["kind"], strict=True)
        if kind.endswith(("mobile", "phone"))
    ]

    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)
    assert all(number.startswith("9999") for number in book.rows["customers"]["id_no"])
    assert all(number.startswith("999999") for number in book.rows["accounts"]["card_no"])


@pytest.mark.parametrize("as_of", [date(2026, 3, 1), date(2026, 3, 31), date(2028, 2, 29), date(2027, 1, 1)])
def test_any_date_makes_a_book_whose_lateness_agrees_with_its_statements(as_of):
    rows = make_book(as_of, seed=1, scale=0.02).rows["overdue_list"]

    assert all((as_of - due).days == dpd for due, dpd in zip(rows["due_on"], rows["dpd"], strict=True))
    assert min(rows["dpd"]) > 3


def test_the_files_read_back_whole_but_for_the_rows_made_dirty_on_purpose(book, tmp_path):
    first, second = write_files(book, tmp_path)
    set_aside = {}
    for path in first + second:
        raw = path.read_bytes()
        layout = detect_layout(raw, path.name, mapping=None, options=OPTIONS)
        parsed = parse_file(
            raw, layout=layout, vault=Vault(b"x" * 32), received_name=path.name, mapping=None, options=OPTIONS
        )
        assert parsed.refused is None
        set_aside[path.name] = parsed.counts.rows_quarantined

    assert {name for name, count in set_aside.items() if count} == {"CC_CONT_20261124_001.csv"}
