"""Rules of a pack as norms over columns: `compiler` makes a `norm` of a rule, `judging` tries norms on rows."""
