"""The main job on real input: 30,000 accounts, every row accounted for, buckets as an independent count finds them."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db.models import Count

from forbear.web.runs.commands import day
from forbear.web.runs.models import DayRun, Outcome

AS_OF = "2005-10-01"


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(day, ["run", *arguments])
    return result.exit_code, result.output


def counted(path: Path) -> Counter[str]:
    """Count accounts by bucket from the raw file alone: PAY_0 is the months past due of September; 7 and more is M7+."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    status = [max(0, int(row["PAY_0"])) for row in rows]
    return Counter("M7+" if months >= 7 else f"M{months}" for months in status)


@pytest.mark.django_db(transaction=True)
def test_the_real_portfolio_runs_from_its_file(uci_path: Path, settings: object, tmp_path: Path) -> None:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    code, out = invoke("--input", str(uci_path), "--format", "uci", "--as-of", AS_OF, "--json")
    assert code == 0, out
    said = json.loads(out[out.index("{") :])
    (received,) = said["inputs"]
    assert received["rows_in"] == received["applied"] + received["quarantined"] == 30_000
    run = DayRun.objects.get(pk=said["run"])
    by_bucket = dict(Outcome.objects.filter(run=run).values_list("bucket").annotate(n=Count("account")))
    assert by_bucket == dict(counted(uci_path))
    assert sum(row["accounts"] for row in said["summary"]["by_reason"]) == 30_000
    again, out = invoke("--input", str(uci_path), "--format", "uci", "--as-of", AS_OF, "--json")
    assert (again, json.loads(out[out.index("{") :])["run"]) == (0, run.pk)
    refused, out = invoke("--format", "uci", "--as-of", AS_OF, "--law-on", AS_OF)
    assert refused == 2
    assert "NoLawInForce" in out
