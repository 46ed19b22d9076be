"""Template tags of reaching people."""
