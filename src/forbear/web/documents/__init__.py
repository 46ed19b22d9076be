"""Stored documents: made or received, sealed, signed, read by whoever may."""
