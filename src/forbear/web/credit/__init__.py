"""Credit record: what is reported each month, what was told before, corrections and objections."""
