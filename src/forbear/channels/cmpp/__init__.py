"""SMS over CMPP 3.0, which carriers in mainland China speak: codec, client of the contract, a gateway for loopback."""

from forbear.channels.cmpp.client import Cmpp, CmppSettings

__all__ = ["Cmpp", "CmppSettings"]
