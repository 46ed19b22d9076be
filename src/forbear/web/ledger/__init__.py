"""The ledger's screens: why an amount is what it is, and where our figures differ from the bank's."""
