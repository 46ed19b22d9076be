"""A collection agency's hand-over sheet (委案表)."""

from pathlib import Path

from forbear.channels.agency_handover.build import build_handover
from forbear.channels.intake.mapping import load_layout
from forbear.channels.intake.parse import Channel

CHANNELS = {
    "handover": Channel(load_layout(Path(__file__).with_name("layout.yaml"), "handover"), build_handover)
}

__all__ = ["CHANNELS"]
