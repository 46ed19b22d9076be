"""The books of this installation: the bank's own, and others told apart by the prefix of their account numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from forbear.packs import Packs


class UnknownPortfolio(LookupError):
    """Policy names no such book; the known ones are listed."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One book: whose accounts, whose law, who works it."""

    name: str
    staff: bool
    account_prefix: str = ""
    law_on: date | None = None
    assume_points: tuple[str, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # prefixes that belong to other books

    def condition(self, alias: str = "a") -> str:
        """Return the SQL condition that an account is of this book; prefixes come from checked policy."""
        if self.account_prefix:
            return f"{alias}.account_no LIKE '{self.account_prefix}%%'"
        return " AND ".join(f"{alias}.account_no NOT LIKE '{prefix}%%'" for prefix in self.others) or "true"


def portfolio(packs: Packs, name: str, on: date) -> Portfolio:
    """Return a book by its name; raises UnknownPortfolio, and ValueError for a prefix that is not plain."""
    rows = {row["name"]: row for row in packs.value("house/portfolios/portfolios", on)}
    if name not in rows:
        raise UnknownPortfolio(f"no portfolio {name!r}; policy knows {', '.join(rows)}")
    prefixes = [row["account_prefix"] for row in rows.values() if "account_prefix" in row]
    if odd := [prefix for prefix in prefixes if not prefix.replace("-", "").isalnum()]:
        raise ValueError(f"account_prefix {odd[0]!r}: letters, digits and hyphens only")
    row = rows[name]
    return Portfolio(
        name=name,
        staff=row["staff"],
        account_prefix=row.get("account_prefix", ""),
        law_on=row.get("law_on"),
        assume_points=tuple(row.get("assume_points", ())),
        why=row.get("why", {}),
        others=tuple(prefix for prefix in prefixes if prefix != row.get("account_prefix")),
    )
