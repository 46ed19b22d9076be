"""Payments made on our pages: orders, what the provider told, and how they meet what the bank posted."""
