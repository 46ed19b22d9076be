"""Outside systems: what arrives is parsed into canonical tables, each doubtful row quarantined with its reason."""

from forbear.channels.core_banking import ALERTS, compare_positions
from forbear.channels.files import CHANNELS, LAYOUTS, detect_layout, parse_file, replay_row, write_layout
from forbear.channels.intake.envelope import FileName, read_name
from forbear.channels.intake.findings import RawRow, open_raw_row
from forbear.channels.intake.mapping import BadMapping, Layout, Mapping, load_mapping, mapping_from
from forbear.channels.intake.model import (
    FINDINGS,
    ColumnUse,
    ControlTotals,
    Counts,
    CountsDisagree,
    FileRefusal,
    Options,
    ParsedFile,
)
from forbear.channels.intake.rules import Rule, rules
from forbear.channels.intake.text import escape_for_export
from forbear.channels.uci import parse_uci

__all__ = [
    "ALERTS",
    "CHANNELS",
    "FINDINGS",
    "LAYOUTS",
    "BadMapping",
    "ColumnUse",
    "ControlTotals",
    "Counts",
    "CountsDisagree",
    "FileName",
    "FileRefusal",
    "Layout",
    "Mapping",
    "Options",
    "ParsedFile",
    "RawRow",
    "Rule",
    "compare_positions",
    "detect_layout",
    "escape_for_export",
    "load_mapping",
    "mapping_from",
    "open_raw_row",
    "parse_file",
    "parse_uci",
    "read_name",
    "replay_row",
    "rules",
    "write_layout",
]
