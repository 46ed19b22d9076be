"""What may be shown of a name or number to someone who may not see it whole."""

from __future__ import annotations

MARK = "*"
TAIL_LENGTH = 4


def mask_name(name: str) -> str:
    """Keep the first and last character: 张伟明 -> 张*明, 张伟 -> 张*."""
    if len(name) <= 1:
        return MARK
    if len(name) == 2:
        return name[0] + MARK
    return name[0] + MARK * (len(name) - 2) + name[-1]


def mask_number(tail: str) -> str:
    """Show only the tail of a phone, card or identity number."""
    return MARK * TAIL_LENGTH + tail[-TAIL_LENGTH:]
