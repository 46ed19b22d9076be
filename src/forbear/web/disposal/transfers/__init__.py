"""Transfer: listed, checked case by case, approved, and done in one moment in which all our access ends."""
