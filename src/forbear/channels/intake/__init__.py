"""What every file channel shares: bytes in, typed columns out, each doubtful row named with its reason."""
