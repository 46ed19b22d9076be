"""Recordings and transcripts: received, sealed, tied to their attempt, kept as long as the law asks, heard by few."""
