"""Sealing of identity numbers, phones and card numbers (PIPL art. 51: encryption, de-identification)."""

from forbear.privacy.mask import mask_name, mask_number
from forbear.privacy.stream import StreamVault
from forbear.privacy.vault import SealBroken, Sealed, Vault

__all__ = ["SealBroken", "Sealed", "StreamVault", "Vault", "mask_name", "mask_number"]
