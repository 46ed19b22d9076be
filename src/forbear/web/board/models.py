"""Screens only; the nouns live in the other apps."""
