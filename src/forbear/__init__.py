"""Forbear (善催): lawful, fair and effective collection of overdue credit-card debt."""
