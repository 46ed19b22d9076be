"""SMS over SMPP 3.4: codec, client of the contract, and a gateway for loopback."""

from forbear.channels.smpp.client import Smpp, SmppSettings

__all__ = ["Smpp", "SmppSettings"]
