"""Codes by which anybody can check that a caller, a letter or a visitor's badge is the bank's."""
