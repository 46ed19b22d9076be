"""The score of paying by oneself: quality from the card, quality and speed measured now.

    python -m bench.learning [--rows 1000000]

Quality is taken on the real data (shared/data), and left out with a word where it is missing. Speed is that of
`predict` on that many rows with two threads, then of `explain_scores` on 2,000.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from bench.machine import describe

from forbear.learning import FEATURES, explain_scores, load_model, measure, predict
from forbear.learning.train import read_uci, train

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("FORBEAR_SHARED", ROOT.parent / "shared")) / "data" / "uci_credit_card.csv.gz"
TARGET_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Print quality, then speed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(arguments).rows
    print(describe("", "lightgbm", "scikit-learn", "numpy"))
    model = load_model()
    print_quality("card", model.card["measured"])
    if DATA.exists():
        features, paid, source = read_uci(DATA)
        began = perf_counter()
        again = train(features, paid, source=source)
        print_quality(f"retrained in {perf_counter() - began:.1f} s", again.card["measured"])
        fitted = measure(predict(model, features), paid)
        print(
            f"shipped model on its own rows: AUC {fitted.auc:.4f}, Brier {fitted.brier:.4f} (fitted, not a promise)"
        )
    else:
        print(f"retraining left out: {DATA} is missing")
        rng = np.random.default_rng(0)
        features = {name: rng.uniform(0, 3, 30_000).astype(np.float32) for name in FEATURES}
    many = {name: np.resize(column, rows) for name, column in features.items()}
    began, worked = perf_counter(), process_time()
    predict(model, many)
    took, worked = perf_counter() - began, process_time() - worked
    verdict = "within" if took * 1_000_000 / rows <= TARGET_SECONDS else "beyond"
    print(
        f"predict: {rows:,} rows in {took:.2f} s, {rows / took:,.0f} rows/s ({verdict} {TARGET_SECONDS:.0f} s a million); processor {worked:.2f} s, load {os.getloadavg()[0]:.1f}"
    )
    few = {name: column[:2_000] for name, column in features.items()}
    began = perf_counter()
    explain_scores(model, few)
    print(f"explain: {2_000 / (perf_counter() - began):,.0f} rows/s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    return 0


def print_quality(label: str, measured: dict[str, dict[str, float]]) -> None:
    """Print one line for all accounts and one for those past due."""
    for part in ("all", "past_due_now"):
        m = measured[part]
        print(
            f"{label}, {part}: AUC {m['auc']:.4f}, Brier {m['brier']:.4f}, "
            f"calibration error {m['calibration_error']:.4f}, {m['rows']:,} rows"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
