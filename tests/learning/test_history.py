"""The score reads the canonical tables as it reads the data it was trained on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from forbear.channels import parse_uci
from forbear.learning import history_features, history_from_tables, load_model, measure, predict
from forbear.learning.train import read_uci
from forbear.ledger import arrears_rule
from forbear.packs import load_packs
from forbear.privacy import Vault

AS_OF = date(2005, 10, 1)


@pytest.fixture(scope="module")
def rule():
    return arrears_rule(load_packs(), date(2026, 11, 24))


def tables(statements, payments):
    day = pa.date32()
    accounts = pa.table(
        {"account_no": ["A", "B"], "credit_limit_minor": pa.array([1_000_000, None], pa.int64())}
    )
    on, due, balance, minimum = zip(*statements, strict=True)
    value_on, amount = zip(*payments, strict=True) if payments else ((), ())
    count = len(payments)
    return (
        accounts,
        pa.table(
            {
                "account_no": ["A"] * len(on),
                "statement_on": pa.array(on, day),
                "due_on": pa.array(due, day),
                "balance_minor": pa.array(balance, pa.int64()),
                "minimum_due_minor": pa.array(minimum, pa.int64()),
            }
        ),
        pa.table(
            {
                "entry_no": pa.array([str(i) for i in range(count)], pa.string()),
                "account_no": pa.array(["A"] * count, pa.string()),
                "kind": pa.array(["payment"] * count, pa.string()),
                "amount_minor": pa.array(amount, pa.int64()),
                "value_on": pa.array(value_on, day),
                "booked_on": pa.array(value_on, day),
                "reverses_no": pa.nulls(count, pa.string()),
            }
        ),
    )


def test_two_statements_and_one_payment_make_two_known_months(rule):
    made = tables(
        [
            (date(2026, 8, 31), date(2026, 9, 20), 500_000, 50_000),
            (date(2026, 9, 30), date(2026, 10, 20), 400_000, 40_000),
        ],
        [(date(2026, 9, 15), 100_000)],
    )
    history = history_from_tables(*made, as_of=date(2026, 11, 1), rule=rule, typical_limit=5_000.0)
    features = {name: column[0] for name, column in history_features(history).items()}
    assert features["months_past_due"] == 1  # October's 400.00 was due on the 20th
    assert features["months_past_due_1_back"] == 0  # nothing was due yet on 31 August
    assert features["payment_ratio"] == pytest.approx(0.2)  # 1000.00 of 5000.00
    assert features["utilisation"] == pytest.approx(0.4)
    assert features["limit_ratio"] == 2.0
    assert np.isnan(features["months_past_due_2_back"])


def test_an_account_without_statement_or_limit_is_unknown_and_still_scored(rule):
    made = tables([(date(2026, 8, 31), date(2026, 9, 20), 1, 1)], [])
    features = history_features(
        history_from_tables(*made, as_of=date(2026, 11, 1), rule=rule, typical_limit=5_000.0)
    )
    assert all(np.isnan(column[1]) for column in features.values())
    assert 0 < predict(load_model(), features)[1] < 1


def test_a_payment_after_the_day_is_not_seen(rule):
    statements = [
        (date(2026, 8, 31), date(2026, 9, 20), 500_000, 50_000),
        (date(2026, 9, 30), date(2026, 10, 20), 400_000, 40_000),
    ]
    early, late = (
        history_from_tables(
            *tables(statements, [(on, 100_000)]), as_of=date(2026, 9, 30), rule=rule, typical_limit=1.0
        )
        for on in (date(2026, 9, 30), date(2026, 10, 1))
    )
    assert (early.payment[0, 0], late.payment[0, 0]) == (100_000, 0)


def test_the_real_portfolio_through_its_tables_scores_as_well_as_its_own_columns(uci_path, rule):
    made = parse_uci(uci_path, Vault(b"a secret for tests, 32 bytes long"), AS_OF).tables
    history = history_from_tables(
        made["accounts"], made["statements"], made["entries"], as_of=AS_OF, rule=rule, typical_limit=140_000.0
    )
    through, (direct, paid, _) = history_features(history), read_uci(uci_path)
    for name in ("months_past_due", "utilisation", "payment_ratio", "payment_of_limit_mean", "limit_ratio"):
        assert through[name] == pytest.approx(direct[name], abs=1e-4), name
    model = load_model()
    # The file restates about a tenth of its earlier months, so the scores are near each other and not equal.
    auc = [measure(predict(model, features), paid).auc for features in (through, direct)]
    assert auc[0] == pytest.approx(auc[1], abs=0.01)
