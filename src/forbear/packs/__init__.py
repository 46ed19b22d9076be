"""Law and policy as data: loads the packs, checks them, and says what is in force on a day.

packs = load_packs()                                  # a second or less; keep it, or use shared_packs()
packs.value("cn/cc-2011-2/plan_months_max", on)       # raises NoLawInForce, never a default
packs.values("house/arrears/grace_days", days)        # a column of dates to a column of values
packs.reason("CC11-57-ORDER", on=as_of, effect="note", lang="zh")
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from forbear.packs.errors import NoLawInForce, PackError, PolicyLoosensLaw, Told, gettext_noop
from forbear.packs.load import load_packs
from forbear.packs.model import (
    DEFAULT_LANG,
    EFFECTS,
    FORCES,
    GRADES,
    LANGS,
    NAMED,
    PRESUMPTION,
    Conflict,
    Instrument,
    Packs,
    Parameter,
    Rule,
)
from forbear.packs.units import Ladder


@lru_cache(maxsize=4)
def shared_packs(root: Path | None = None) -> Packs:
    """Return the packs of a folder, read once per process."""
    return load_packs(root)


__all__ = [
    "DEFAULT_LANG", "EFFECTS", "FORCES", "GRADES", "LANGS", "NAMED", "PRESUMPTION", "Conflict", "Instrument", "Ladder", "NoLawInForce", "PackError",
    "Packs", "Parameter", "PolicyLoosensLaw", "Rule", "Told", "gettext_noop", "load_packs", "shared_packs",
]  # fmt: skip
