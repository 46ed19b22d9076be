"""What all tests share: the real data when it is there, and people to sign in as."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time, so that a change is judged by what it changed; `make stress` draws new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("FORBEAR_EXAMPLES", "same"))

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("FORBEAR_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def uci_path() -> Path:
    """Return the path of the real UCI portfolio, or skip saying what is missing."""
    path = SHARED / "data" / "uci_credit_card.csv.gz"
    if not path.exists():
        pytest.skip(f"the real data is not here: {path} (set FORBEAR_SHARED to the folder that holds data/)")
    return path
