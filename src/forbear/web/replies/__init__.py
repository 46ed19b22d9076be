"""What debtors answer, and what their words force at once."""
