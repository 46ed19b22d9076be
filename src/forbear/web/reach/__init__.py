"""How people may be reached: contact points, wishes and consent, the third-person lock, the best time.

Desk, reception, replies and files all write through `contact_points` and `wishes`. Each write takes the gate's lock on
the debtor (and the number) and holds it to its commit: a permit is decided either wholly before or wholly after, so a
wish binds every channel from the moment it is stored. Permits that were reserved and not yet used are released, and
whoever holds one is told by `PermitLost`. Order of locks everywhere: debtor, number, then the rows of cases.
"""
