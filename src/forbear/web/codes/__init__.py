"""One-time codes to a debtor's own number: one piece for whoever needs proof that the debtor holds the telephone."""
