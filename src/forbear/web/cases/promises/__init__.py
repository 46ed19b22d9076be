"""Promises to pay: made on terms of policy, judged from what the bank posted, changed only with an audit row."""
