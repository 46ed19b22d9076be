"""Measure the quantiles that the demo portfolio follows; writes calibration.yaml beside this file.

python -m forbear.demo.calibrate path/to/uci_credit_card.csv.gz
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
STATUSES_MAX = 5  # months past due, 5 standing for 5 and more: later ones are too few to measure
SOURCE = "Default of Credit Card Clients, Yeh and Lien 2009, UCI Machine Learning Repository"
HERE = Path(__file__).parent


def measure(path: Path) -> dict[str, Any]:
    """Return limit and utilisation quantiles by months past due, and the partial-payment ratio's quantiles."""
    raw = gzip.decompress(path.read_bytes())
    rows = pd.read_csv(path)
    overdue = rows[rows.PAY_0 >= 1].assign(status=lambda r: r.PAY_0.clip(upper=STATUSES_MAX))
    ratio = overdue.PAY_AMT1 / overdue.BILL_AMT2.where(overdue.BILL_AMT2 > 0)
    return {
        "source": SOURCE,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "levels": list(LEVELS),
        "accounts_overdue": len(overdue),
        "limit_by_status": {
            int(status): quantiles(group.LIMIT_BAL) for status, group in overdue.groupby("status")
        },
        "utilisation_by_status": {
            int(status): quantiles((group.BILL_AMT1 / group.LIMIT_BAL).clip(0.02, 1.3))
            for status, group in overdue.groupby("status")
        },
        "payment_ratio": quantiles(ratio[(ratio > 0) & (ratio < 1)]),
    }


def quantiles(values: pd.Series) -> list[float]:
    """Return the quantiles of a column at LEVELS, four decimals."""
    return [round(float(q), 4) for q in np.quantile(values.dropna(), LEVELS)]


if __name__ == "__main__":
    text = yaml.safe_dump(measure(Path(sys.argv[1])), sort_keys=False)
    (HERE / "calibration.yaml").write_text(text)
