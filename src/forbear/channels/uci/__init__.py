"""The UCI credit-card file: 30,000 real accounts as canonical tables, so that the main job runs on real input."""

from forbear.channels.uci.importer import UNPACKED_SHA256, parse_uci

__all__ = ["UNPACKED_SHA256", "parse_uci"]
