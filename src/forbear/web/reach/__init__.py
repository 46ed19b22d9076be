"""How people may be reached: contact points, wishes and consent, the third-person lock, the best time."""
