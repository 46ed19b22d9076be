"""Splits of a whole that lose nothing: the parts always sum to it."""

from __future__ import annotations

from collections.abc import Sequence


def split(total_minor: int, parts: int) -> list[int]:
    """Split into equal parts; what does not divide goes to the last one, so 10.00 by 3 is 3.33, 3.33, 3.34."""
    if parts < 1:
        raise ValueError(f"{parts} parts: give at least one")
    size = abs(total_minor) // parts
    sign = -1 if total_minor < 0 else 1
    return [sign * size] * (parts - 1) + [sign * (abs(total_minor) - size * (parts - 1))]


def proportion(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share a whole in proportion to weights, by largest remainder; on equal remainders the earlier part gets more.

    Raises ValueError where a weight is negative or all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"weights {list(weights)}: none negative, at least one above zero")
    sign = -1 if total_minor < 0 else 1
    shares = [divmod(abs(total_minor) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    left = abs(total_minor) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]
