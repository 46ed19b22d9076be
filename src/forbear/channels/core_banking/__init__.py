"""The bank's core system: its daily files, as layouts and the builders of their canonical tables."""

from pathlib import Path

from forbear.channels.core_banking.build import (
    build_accounts,
    build_customers,
    build_overdue,
    build_statements,
)
from forbear.channels.core_banking.compare import ALERTS, compare_positions
from forbear.channels.core_banking.contacts import build_contact_points
from forbear.channels.core_banking.entries import build_entries
from forbear.channels.core_banking.writer import write_file
from forbear.channels.intake.mapping import load_layout
from forbear.channels.intake.parse import Channel

_LAYOUTS = Path(__file__).with_name("layouts")
_BUILDERS = {
    "customers": build_customers,
    "contact_points": build_contact_points,
    "accounts": build_accounts,
    "statements": build_statements,
    "transactions": build_entries,
    "overdue_list": build_overdue,
}
CHANNELS = {
    name: Channel(load_layout(_LAYOUTS / f"{name}.yaml", name), build) for name, build in _BUILDERS.items()
}

__all__ = ["ALERTS", "CHANNELS", "compare_positions", "write_file"]
