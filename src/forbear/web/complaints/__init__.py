"""Complaints: taken in, looked into without conflict of interest, answered in time, and learned from."""
