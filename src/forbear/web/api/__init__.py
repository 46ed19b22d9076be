"""The HTTP API: the question registry for anyone on the bank's network, permits for those who may contact."""
