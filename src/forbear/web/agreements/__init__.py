"""Agreements with debtors: means, plans, settlements, hardship and disputes, each a machine of appended changes."""
