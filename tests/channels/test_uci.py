"""The real UCI file: every row counted, aged to its own status, whoever saved it again."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from forbear.channels import parse_uci
from forbear.channels.uci.derive import LEAST, derive
from forbear.ledger import arrears, arrears_rule, book_from_tables
from forbear.packs import load_packs
from forbear.privacy import Vault

AS_OF = date(2005, 10, 1)
VAULT = Vault(b"a secret for tests, 32 bytes long")
HEAD = "ID,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6,BILL_AMT1,BILL_AMT2,BILL_AMT3,BILL_AMT4,BILL_AMT5,BILL_AMT6,PAY_AMT1,PAY_AMT2,PAY_AMT3,PAY_AMT4,PAY_AMT5,PAY_AMT6,default"
ROW = "{id},20000,2,2,1,24,{status},0,0,0,0,0,3913,3102,689,0,0,0,0,689,0,0,0,0,1"


@pytest.fixture(scope="module")
def parsed(uci_path):
    return parse_uci(uci_path, VAULT, AS_OF)


@pytest.fixture(scope="module")
def raw_rows(uci_path):
    with gzip.open(uci_path, "rt") as stream:
        return list(csv.DictReader(stream))


def aged(parsed, rule_on):
    tables = parsed.tables
    book = book_from_tables(tables["accounts"], tables["statements"], tables["entries"])
    return arrears(book.book, as_of=AS_OF, rule=arrears_rule(load_packs(), rule_on))


def test_thirty_thousand_rows_in_are_all_applied(parsed):
    assert parsed.refused is None
    assert parsed.counts.rows_read == 30_000
    assert parsed.counts.rows_accepted + parsed.counts.rows_quarantined == 30_000
    assert parsed.counts.rows_quarantined == parsed.quarantined.num_rows == 0
    for table in ("customers", "accounts", "positions"):
        assert parsed.tables[table].num_rows == 30_000


@pytest.mark.parametrize("rule_on", [AS_OF, date(2026, 11, 24)])
def test_aged_buckets_equal_an_independent_count_from_the_raw_file(parsed, raw_rows, rule_on):
    """By days and by cycles, with no grace (2005) and with the house's later grace."""
    counted = Counter(min(max(int(row["PAY_0"]), 0), 7) for row in raw_rows)
    found = aged(parsed, rule_on)
    assert Counter(found.bucket_by_dpd.tolist()) == counted
    assert Counter(found.bucket_by_cycles.tolist()) == counted
    assert counted == {0: 23_182, 1: 3_688, 2: 2_667, 3: 322, 4: 76, 5: 26, 6: 11, 7: 28}


def test_each_account_has_the_status_of_its_own_row_and_the_days_of_its_own_position(parsed, raw_rows):
    found = aged(parsed, AS_OF)
    status = [max(int(row["PAY_0"]), 0) for row in raw_rows]
    assert found.cycles_missed.tolist() == status == parsed.tables["positions"]["cycles"].to_pylist()
    assert found.dpd.tolist() == parsed.tables["positions"]["dpd"].to_pylist()


def test_sums_tie_to_the_raw_file(parsed, raw_rows):
    bills = sum(int(Decimal(row["BILL_AMT1"])) for row in raw_rows) * 100
    paid = sum(int(Decimal(row[f"PAY_AMT{month}"])) for row in raw_rows for month in range(1, 7)) * 100
    limits = sum(int(Decimal(row["LIMIT_BAL"])) for row in raw_rows) * 100
    assert (
        sum(parsed.tables["positions"]["total_minor"].to_pylist()) == bills == parsed.totals.found_sum_minor
    )
    assert sum(parsed.tables["entries"]["amount_minor"].to_pylist()) == paid
    assert sum(parsed.tables["accounts"]["credit_limit_minor"].to_pylist()) == limits


def test_the_file_saved_again_by_an_office_program_gives_the_same_tables(parsed, uci_path):
    resaved = parse_uci(uci_path.with_name("uci_credit_card_resaved.csv.gz"), VAULT, AS_OF)
    assert resaved.counts.rows_read == 30_000
    for name, table in parsed.tables.items():
        assert table.equals(resaved.tables[name]), name


def test_the_published_digest_is_checked_and_an_altered_copy_is_marked(parsed, uci_path):
    assert "source_altered" not in parsed.warnings["rule"].to_pylist()
    altered = gzip.decompress(uci_path.read_bytes()).replace(
        b"1,20000,2,2,1,24,2,", b"1,20000,2,2,1,24,1,", 1
    )
    assert "source_altered" in parse_uci(altered, VAULT, AS_OF).warnings["rule"].to_pylist()


def test_sex_education_marriage_and_age_are_withheld(parsed):
    withheld = {one.heading for one in parsed.columns if one.use == "withheld"}
    assert {"SEX", "EDUCATION", "MARRIAGE", "AGE"} <= withheld
    names = {name for table in parsed.tables.values() for name in table.column_names}
    assert not names & {"sex", "education", "marriage", "age"}


def test_restated_months_are_counted(parsed):
    finding = next(row for row in parsed.warnings.to_pylist() if row["rule"] == "status_restated")
    assert '"total": "150000"' in finding["params"]  # 30,000 accounts x April to August


def test_a_day_on_which_the_status_no_longer_holds_is_refused(uci_path):
    for day in (date(2005, 9, 30), date(2005, 10, 21)):
        with pytest.raises(ValueError, match="2005-10-01"):
            parse_uci(uci_path, VAULT, day)


def test_a_bad_row_is_quarantined_and_the_others_go_on():
    text = "\n".join(
        [HEAD, ROW.format(id=1, status=2), ROW.format(id=2, status="x"), ROW.format(id=3, status=12), ""]
    )
    parsed = parse_uci(text.encode(), VAULT, AS_OF)
    assert parsed.counts.rows_read == 3
    assert parsed.tables["positions"]["account_no"].to_pylist() == ["UCI-1"]
    assert set(parsed.quarantined["rule"].to_pylist()) == {"number_unread", "number_out_of_range"}


def test_damaged_packing_is_refused():
    assert parse_uci(b"\x1f\x8b" + io.BytesIO(b"nonsense").read(), VAULT, AS_OF).refused is not None


def test_minimum_dues_reproduce_any_september_status_whatever_the_history():
    rng = np.random.default_rng(5)
    status = rng.integers(-2, 9, (4_000, 6))
    bills, paid = (
        rng.integers(-500, 50_000, (4_000, 6)),
        rng.integers(0, 3_000, (4_000, 6)) * rng.integers(0, 2, (4_000, 6)),
    )
    derived = derive(status, bills, paid)
    assert (derived.oldest_unpaid == 14 - np.maximum(status[:, -1], 0)).all()
    assert derived.reproduced[:, -1].all()
    assert (derived.minimum_due >= -1).all()
    late = status[:, -1] > 0
    # What is past due at the end of September is what the August minimum less the September payment leaves.
    left = derived.minimum_due[:, -2] - paid[:, -1]
    assert (left[late] >= LEAST).all()
    assert (left[~late] <= 0).all()
