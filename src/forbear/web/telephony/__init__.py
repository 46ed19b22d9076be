"""Telephone: calls placed through the exchange, what the network told of them, seats and the dialler."""
