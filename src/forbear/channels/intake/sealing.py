"""Seal whole columns of numbers, each distinct value once."""

from __future__ import annotations

import pyarrow as pa

from forbear.ledger.tables import SEALED
from forbear.privacy import Vault


def seal_column(column: pa.Array, kind: str, vault: Vault) -> list[pa.Array]:
    """Seal (n,) strings into the three columns cipher, index, tail; null stays null.

    `kind` is the vault's domain: id, card, phone, email or address, so that equal numbers of one kind meet.
    """
    coded = column.dictionary_encode()
    sealed = [vault.seal(value, kind) for value in coded.dictionary.to_pylist()]
    parts = [[one.cipher for one in sealed], [one.index for one in sealed], [one.tail for one in sealed]]
    return [
        pa.array(part, kind_of).take(coded.indices) for part, (_, kind_of) in zip(parts, SEALED, strict=True)
    ]
