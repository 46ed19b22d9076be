"""Template tags of the telephone."""
