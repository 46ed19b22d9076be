"""Letters: drafted in batches, checked for what law wants said, signed where a lawyer must, printed elsewhere, tracked."""
