"""Features are free of currency, and unknown is not zero."""

from __future__ import annotations

import numpy as np
import pytest

from forbear.learning import FEATURES, History, history_features, uci_features


def history(limit=10_000.0, balance=(5000,) * 6, payment=(500,) * 6, late=(0,) * 6, typical=20_000.0):
    rows = (np.array([x], np.float32) for x in (balance, payment, late))
    return History(np.array([limit], np.float32), *rows, typical)


def one(made, name, **more):
    return float(history_features(made, **more)[name][0])


def test_months_past_due_are_read_newest_first():
    made = history(late=(3, 2, 1, 0, 0, 1))
    assert [one(made, f"months_past_due{back}") for back in ("", "_1_back", "_2_back")] == [3, 2, 1]
    assert one(made, "months_past_due_worst") == 3
    assert one(made, "months_late") == 4


def test_a_payment_is_measured_against_the_bill_before_it():
    made = history(balance=(1, 4000, 1000, 1000, 1000, 1000), payment=(1000, 1000, 500, 0, 9000, 7))
    assert one(made, "payment_ratio") == 0.25  # 1000 / 4000
    assert one(made, "payment_ratio_mean") == pytest.approx(
        (0.25 + 1 + 0.5 + 0 + 2) / 5
    )  # 9 bills count as 2
    assert one(made, "months_paid_in_full") == 2
    assert one(made, "months_without_payment") == 1


def test_amounts_in_another_currency_give_the_same_features():
    yuan, fen = history(), history(1e6, (500_000,) * 6, (50_000,) * 6, (0,) * 6, 2e6)
    for name in FEATURES:
        assert one(yuan, name) == pytest.approx(one(fen, name), nan_ok=True)


def test_nothing_to_pay_counts_as_paid():
    assert one(history(balance=(0,) * 6, payment=(0,) * 6), "payment_ratio") == 1.0


def test_an_unknown_month_is_left_out_and_not_taken_for_zero():
    nan = np.nan
    made = history(
        balance=(500, 1000, nan, nan, nan, nan),
        payment=(100, nan, nan, nan, nan, nan),
        late=(1, 0, nan, nan, nan, nan),
    )
    assert one(made, "payment_ratio_mean") == pytest.approx(0.1)
    assert one(made, "months_past_due_worst") == 1
    assert np.isnan(one(made, "months_past_due_2_back"))
    assert np.isnan(one(made, "balance_trend"))
    assert np.isnan(one(made, "promises_broken"))


def test_an_account_without_a_limit_has_no_utilisation():
    assert np.isnan(one(history(limit=0), "utilisation"))


def test_promises_are_taken_where_the_caller_knows_them():
    assert one(history(), "promises_broken", promises_broken=np.array([2])) == 2


def test_an_unknown_extra_is_refused():
    with pytest.raises(ValueError, match="minimum_ratio, promises_kept, promises_broken, got age"):
        history_features(history(), age=np.array([40]))


def test_a_history_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"payment: expected shape \(1, 6\)"):
        history_features(history(payment=(1, 2, 3)))


def test_uci_columns_give_the_same_features_as_the_history_they_stand_for():
    row = {"LIMIT_BAL": 20_000, "PAY_0": 2, "PAY_2": 2, "PAY_3": -1, "PAY_4": -1, "PAY_5": -2, "PAY_6": -2}
    row |= dict(zip([f"BILL_AMT{i}" for i in range(1, 7)], [3913, 3102, 689, 0, 0, 0], strict=True))
    row |= dict(zip([f"PAY_AMT{i}" for i in range(1, 7)], [0, 689, 0, 0, 0, 0], strict=True))
    made = uci_features({name: np.array([value]) for name, value in row.items()})
    asked = history(20_000, (3913, 3102, 689, 0, 0, 0), (0, 689, 0, 0, 0, 0), (2, 2, 0, 0, 0, 0), 140_000)
    for name in FEATURES:
        assert float(made[name][0]) == pytest.approx(one(asked, name), nan_ok=True)
